// Any octets as a settings file, and what stands behind a NUL as every list that it names: it is refused with a place, or it gives settings that, written out, give themselves.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "conf/load.h"
#include "tests/fuzz/check.h"
#include "verifier/policy/options.h"

namespace {

using namespace alignd;
using test::check;

// `file:line:column: text`, or `file: text` where no line is to blame; one line, whatever the file held.
bool isRemark(const std::string& remark, bool lists) {
  const bool printable =
      std::all_of(remark.begin(), remark.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return (lists || remark.starts_with("x.toml:")) && remark.find(": ") != std::string::npos && printable;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto nul = file.find('\0');
  const bool lists = nul != std::string_view::npos;
  const std::string entries(lists ? file.substr(nul + 1) : std::string_view());
  const conf::Loaded loaded =
      conf::parse({{"x.toml", std::string(file.substr(0, nul))}}, [&](const std::string& path) {
        return lists ? conf::FileContent{entries} : conf::FileContent{{}, path + ": not there"};
      });
  for (const auto* list : {&loaded.errors, &loaded.warnings}) {
    for (const std::string& remark : *list)
      check(isRemark(remark, lists), "a remark is one printable line with its place");
  }
  if (!loaded.ok()) return 0;
  check(policy::check(loaded.settings.policy).empty(), "what was taken can be decided by");
  const std::string text = conf::text(loaded.settings);
  const conf::Loaded again = conf::parse(text, "x.toml");
  check(again.ok(), "settings in force are a good file");
  check(conf::text(again.settings) == text, "and give themselves");
  return 0;
}
