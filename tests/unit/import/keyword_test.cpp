// The tables of options: complete, true about our settings, and the same as the manual page.
#include "conf/import/keyword.h"

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/import/import.h"
#include "conf/load.h"

namespace alignd::conf::migration {
namespace {

struct Program {
  std::string_view name;
  std::span<const Keyword> keywords;
};

const Program kPrograms[] = {{"OpenDKIM", openDkimKeywords()},
                             {"OpenDMARC", openDmarcKeywords()},
                             {"policyd-spf", policydSpfKeywords()},
                             {"rspamd", rspamdKeywords()}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

TEST(Keywords, EachStandsOnceAndSaysSomething) {
  for (const Program& program : kPrograms) {
    std::set<std::string> seen;
    for (const Keyword& keyword : program.keywords) {
      EXPECT_TRUE(seen.insert(lower(keyword.name)).second) << keyword.name;
      EXPECT_GT(keyword.text.size(), 10U) << keyword.name;
      EXPECT_EQ(find(program.keywords, lower(keyword.name)), &keyword);
    }
  }
  // As the manual pages of Debian 12 have them, and what older and newer versions know.
  EXPECT_GE(openDkimKeywords().size(), 110U);
  EXPECT_GE(openDmarcKeywords().size(), 41U);
  EXPECT_GE(policydSpfKeywords().size(), 28U);
}

// "[section] key" in a row is a setting that there is.
TEST(Keywords, NameSettingsThatExist) {
  std::set<std::string> known;
  std::string section;
  std::istringstream settings(text(Settings()));
  for (std::string line; std::getline(settings, line);) {
    if (line.starts_with('[')) section = line;
    if (const auto equals = line.find(" = "); equals != std::string::npos)
      known.insert(section + " " + line.substr(0, equals));
  }
  const std::regex setting(R"((\[[a-z_]+\]) ([a-z_]+))");
  std::size_t found = 0;
  for (const Program& program : kPrograms) {
    for (const Keyword& keyword : program.keywords) {
      const std::string row(keyword.text);
      for (auto match = std::sregex_iterator(row.begin(), row.end(), setting);
           match != std::sregex_iterator(); ++match) {
        const std::string word = (*match)[2];
        if (word == "on" || word == "and" || word == "is" || word == "are" || word == "when" ||
            word == "knows")
          continue;
        EXPECT_TRUE(known.contains((*match)[1].str() + " " + word)) << keyword.name << ": " << row;
        ++found;
      }
    }
  }
  EXPECT_GT(found, 60U);
}

// Whatever option is given, its name stands in what is printed: taken, or with a reason.
TEST(Keywords, NoneIsPassedOverInSilence) {
  for (const Program& program : kPrograms) {
    if (program.name == "rspamd") continue;  // by module: translate_test.cpp
    for (const Keyword& keyword : program.keywords) {
      if (keyword.name == "Include") continue;  // read in its place
      for (const char* value : {"yes", "no", "1", "/gone"}) {
        const bool equals = program.name == "policyd-spf";
        const std::string line = std::string(keyword.name) + (equals ? " = " : " ") + value + "\n";
        Inputs inputs;
        (program.name == "OpenDKIM" ? inputs.openDkim : equals ? inputs.policydSpf : inputs.openDmarc) = "/x";
        const Imported imported = importSettings(inputs, [&](const std::string& path) {
          return path == "/x" ? FileContent{line} : FileContent{{}, path + ": not there"};
        });
        EXPECT_THAT(imported.faults, testing::IsEmpty());
        EXPECT_THAT(imported.text, testing::HasSubstr(keyword.name)) << line;
        EXPECT_THAT(parse(imported.text, "x").errors, testing::IsEmpty()) << imported.text;
      }
    }
  }
}

std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-') {
      out += "\\-";
    } else if (c == '"') {
      out += "\\(dq";
    } else {
      out += c;
    }
  }
  return out;
}

std::string rows(const Program& program) {
  std::ostringstream out;
  for (const Keyword& keyword : program.keywords) {
    out << ".TP\n.B " << troff(keyword.name) << "\n(" << fateWord(keyword.fate) << ") " << troff(keyword.text)
        << "\n";
  }
  return out.str();
}

// With ALIGND_WRITE_GOLDEN in the environment the page is written anew.
TEST(ManualPage, HasTheRows) {
  const std::string path = ALIGND_SOURCE "/man/alignd-migration.7";
  std::ifstream in(path);
  std::ostringstream content;
  content << in.rdbuf();
  std::string page = content.str();
  for (const Program& program : kPrograms) {
    const std::string begin = ".\\\" rows of " + std::string(program.name) + "\n";
    const std::string end = ".\\\" end of rows\n";
    const auto from = page.find(begin);
    ASSERT_NE(from, std::string::npos) << begin;
    const auto to = page.find(end, from);
    ASSERT_NE(to, std::string::npos);
    const std::string wanted = rows(program);
    if (std::getenv("ALIGND_WRITE_GOLDEN") != nullptr) {
      page.replace(from + begin.size(), to - from - begin.size(), wanted);
    } else {
      EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), wanted) << program.name;
    }
  }
  if (std::getenv("ALIGND_WRITE_GOLDEN") != nullptr) std::ofstream(path) << page;
}

}  // namespace
}  // namespace alignd::conf::migration
