// Whole set-ups: what is printed for each stands beside it, tests/data/import/NAME/alignd.toml (and opendkim.signer.conf).
// With ALIGND_WRITE_GOLDEN in the environment the files are written anew: read the difference.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/import/import.h"
#include "conf/load.h"

namespace alignd::conf::migration {
namespace {

namespace fs = std::filesystem;

std::string contentOf(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class Golden : public testing::TestWithParam<const char*> {
 protected:
  std::string folder() const { return ALIGND_TEST_DATA "/import/" + std::string(GetParam()); }
  /// `path` when the set-up has it.
  std::string there(const std::string& path) const {
    return fs::exists(folder() + path) ? path : std::string();
  }
  ReadFile reader() const {
    return [this](const std::string& path) {
      FileContent content = readImported(folder() + path);
      if (!content.problem.empty()) content.problem = path + ": not there";
      return content;
    };
  }
  void compare(const std::string& file, const std::string& text) const {
    const std::string path = folder() + "/" + file;
    if (std::getenv("ALIGND_WRITE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(text, contentOf(path)) << path;
  }
};

TEST_P(Golden, PrintsSettingsThatAreTaken) {
  Inputs inputs;
  inputs.openDkim = there("/etc/opendkim.conf");
  inputs.openDmarc = there("/etc/opendmarc.conf");
  inputs.policydSpf = there("/etc/postfix-policyd-spf-python/policyd-spf.conf");
  inputs.rspamd = there("/etc/rspamd");
  ASSERT_TRUE(inputs.any());
  const Imported imported = importSettings(inputs, reader());
  ASSERT_THAT(imported.faults, testing::IsEmpty());
  compare("alignd.toml", imported.text);
  const Loaded loaded = parse(imported.text, "alignd.toml");
  EXPECT_THAT(loaded.errors, testing::IsEmpty());
  if (inputs.openDkim.empty()) return;
  compare("opendkim.signer.conf", importSigner(inputs.openDkim, reader()).text);
}

INSTANTIATE_TEST_SUITE_P(SetUps, Golden,
                         testing::Values("debian", "docker-mailserver", "everything", "iredmail", "ispmail",
                                         "mailcow"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace alignd::conf::migration
