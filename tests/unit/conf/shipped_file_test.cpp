// The shipped alignd.toml and the manual page say what the code does.
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/load.h"
#include "dns/data/ascii.h"

namespace alignd::conf {
namespace {

std::string contentOf(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const std::string kShipped = contentOf(ALIGND_SOURCE "/conf/alignd.toml");

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// "#key = value" is a setting; "# prose" is not.
bool isCommentedKey(const std::string& line) {
  return line.size() > 1 && line[0] == '#' && ascii::isAlpha(line[1]) &&
         line.find(" = ") != std::string::npos;
}

TEST(ShippedFile, ParsesAsItIs) {
  ASSERT_FALSE(kShipped.empty());
  const Loaded loaded = parse(kShipped, "alignd.toml");
  EXPECT_THAT(loaded.errors, testing::IsEmpty());
  EXPECT_THAT(loaded.warnings, testing::IsEmpty());
  EXPECT_EQ(text(loaded.settings), text(Settings()));
}

TEST(ShippedFile, ShowsEveryKeyWithItsDefault) {
  std::string uncommented;
  std::set<std::string> shown;
  std::string section;
  for (const std::string& line : linesOf(kShipped)) {
    if (!line.empty() && line[0] == '[') section = line;
    if (isCommentedKey(line)) shown.insert(section + line.substr(1, line.find(" = ") - 1));
    uncommented += (isCommentedKey(line) ? line.substr(1) : line) + "\n";
  }
  const Loaded loaded = parse(uncommented, "alignd.toml");
  EXPECT_THAT(loaded.errors, testing::IsEmpty());
  EXPECT_EQ(text(loaded.settings), text(Settings()));

  for (const std::string& line : linesOf(text(Settings()))) {
    if (!line.empty() && line[0] == '[') section = line;
    const auto equals = line.find(" = ");
    if (equals != std::string::npos) {
      EXPECT_TRUE(shown.contains(section + line.substr(0, equals))) << section << " " << line;
    }
  }
}

// The example rules are prose to the parser; they must be good all the same.
TEST(ShippedFile, ExampleRulesAreGood) {
  std::string rules;
  bool inside = false;
  for (const std::string& line : linesOf(kShipped)) {
    inside = inside || line == "# [[rule]]";
    if (inside && line.size() > 2 && (line[2] == '[' || line.find(" = ") != std::string::npos)) {
      rules += line.substr(2) + "\n";
    }
  }
  const Loaded loaded = parse(rules, "rules");
  EXPECT_THAT(loaded.errors, testing::IsEmpty()) << rules;
  EXPECT_EQ(loaded.settings.policy.rules.size(), 3U);
}

TEST(ManualPage, NamesEveryKey) {
  const std::string page = contentOf(ALIGND_SOURCE "/man/alignd.toml.5");
  ASSERT_FALSE(page.empty());
  for (const std::string& line : linesOf(text(Settings()))) {
    const auto equals = line.find(" = ");
    if (equals == std::string::npos) continue;
    EXPECT_NE(page.find("\n.B " + line.substr(0, equals) + "\n"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace alignd::conf
