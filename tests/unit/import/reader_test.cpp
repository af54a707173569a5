// The readers: files of one option a line, data sets, UCL; and what is hostile or broken.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/import/data_set.h"
#include "conf/import/ucl.h"
#include "conf/import/words.h"

namespace alignd::conf::migration {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

using Files = std::map<std::string, std::string>;

ReadFile from(const Files& files) {
  return [files](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? FileContent{{}, path + ": not there"} : FileContent{found->second};
  };
}

TEST(Words, OneOptionALine) {
  const struct {
    Style style;
    const char* line;
    const char* name;
    const char* value;
  } lines[] = {
      {Style::Blank, "Mode sv", "Mode", "sv"},
      {Style::Blank, "  Mode\t sv  # both\r", "Mode", "sv"},
      {Style::Blank, "Mode", "Mode", ""},
      {Style::Blank, "RejectString \"a b\"", "RejectString", "\"a b\""},
      {Style::Equals, "TestOnly = 1 ", "TestOnly", "1"},
      {Style::Equals, "TestOnly=1", "TestOnly", "1"},
      {Style::Equals, "Reason_Message = see #1", "Reason_Message", "see #1"},
      {Style::Equals, "TestOnly", "TestOnly", ""},
  };
  for (const auto& line : lines) {
    const Words words = parseWords("# a comment\n\n" + std::string(line.line) + "\n", "f", line.style);
    ASSERT_THAT(words.words, SizeIs(1)) << line.line;
    EXPECT_EQ(words.words[0].name, line.name);
    EXPECT_EQ(words.words[0].value, line.value);
    EXPECT_EQ(words.words[0].place.text(), "f:3");
    EXPECT_THAT(words.faults, IsEmpty());
  }
}

TEST(Words, Bounds) {
  EXPECT_THAT(parseWords(std::string("a b\nx\0y z\n", 10), "f", Style::Blank).faults,
              ElementsAre("f:2: a NUL: this is no text"));
  EXPECT_THAT(parseWords("a " + std::string(5000, 'b'), "f", Style::Blank).faults,
              ElementsAre("f:1: longer than any option"));
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "a b\n";
  EXPECT_THAT(parseWords(many, "f", Style::Blank).faults, ElementsAre("f:10001: more than 10000 lines"));
}

TEST(Words, IncludesAreReadInTheirPlace) {
  const Words words =
      readWords("/a", Style::Blank, from({{"/a", "One 1\nInclude /b\nThree 3\n"}, {"/b", "Two 2\n"}}));
  EXPECT_THAT(words.faults, IsEmpty());
  ASSERT_THAT(words.words, SizeIs(3));
  EXPECT_EQ(words.words[1].place.text(), "/b:1");
  EXPECT_EQ(words.words[2].place.text(), "/a:3");
  EXPECT_THAT(readWords("/a", Style::Blank, from({{"/a", "Include /a\n"}})).faults,
              ElementsAre("/a:1: Include deeper than 5 files"));
  EXPECT_THAT(readWords("/a", Style::Blank, from({{"/a", "Include /gone\n"}})).faults,
              ElementsAre("/gone: not there"));
  std::string wide;
  for (int i = 0; i < 60; ++i) wide += "Include /b\n";
  EXPECT_THAT(readWords("/a", Style::Blank, from({{"/a", wide}, {"/b", ""}})).faults,
              testing::Contains(HasSubstr("more than 50 files")));
  EXPECT_THAT(readWords("/a", Style::Equals, from({{"/a", "Include = /a\n"}})).words, SizeIs(1))
      << "no option there";
}

TEST(DataSets, OfEveryKind) {
  const Files files{{"/l", "# ours\n10.0.0.0/8\tx y\n\n!192.0.2.1 # not this\r\n"}};
  const struct {
    const char* value;
    std::vector<std::string> items;
    const char* problem;
  } lines[] = {
      {"refile:/l", {"10.0.0.0/8", "!192.0.2.1"}, ""},
      {"file:/l", {"10.0.0.0/8", "!192.0.2.1"}, ""},
      {"/l", {"10.0.0.0/8", "!192.0.2.1"}, ""},
      {"csl:a, b,,c ", {"a", "b", "c"}, ""},
      {"a,b", {"a", "b"}, ""},
      {"one", {"one"}, ""},
      {"refile:/gone", {}, "/gone: not there"},
      {"dsn:mysql://u:p@h/t", {}, "a data set of kind dsn cannot be read here"},
      {"ldap://h/x", {}, "a data set of kind ldap cannot be read here"},
      {"lua:/x", {}, "a data set of kind lua"},
      {"/etc/x.db", {}, "a Berkeley DB cannot be read here"},
  };
  for (const auto& line : lines) {
    const DataSet set = readDataSet({{"f", 1}, "InternalHosts", line.value}, from(files));
    std::vector<std::string> texts;
    for (const Item& item : set.items) texts.push_back(item.text);
    EXPECT_EQ(texts, line.items) << line.value;
    EXPECT_THAT(set.problem, StartsWith(line.problem)) << line.value;
  }
  EXPECT_EQ(readItems("/l", from(files)).items[1].place.text(), "/l:4");
  std::string many;
  for (int i = 0; i < 50'001; ++i) many += "a\n";
  EXPECT_EQ(readItems("/m", from({{"/m", many}})).problem, "/m:50001: more than 50000 entries");
  EXPECT_EQ(readItems("/n", from({{"/n", std::string("a\0", 2)}})).problem, "/n:1: a NUL: this is no text");
}

// A tree as one line: {key=value, key={...}, key=[...]}.
std::string shape(const UclFile& file, std::size_t index = 0) {
  const UclNode& node = file.nodes[index];
  const std::string key = node.key.empty() ? "" : node.key + "=";
  if (node.kind == UclNode::Kind::Scalar) return key + node.value;
  std::string out = node.kind == UclNode::Kind::Object ? "{" : "[";
  for (const std::size_t child : node.children) out += (out.size() > 1 ? " " : "") + shape(file, child);
  return key + out + (node.kind == UclNode::Kind::Object ? "}" : "]");
}

TEST(Ucl, Forms) {
  const struct {
    const char* text;
    const char* tree;
  } lines[] = {
      {"", "{}"},
      {"a = 1;", "{a=1}"},
      {"a: \"x y\"; b = true", "{a=x y b=true}"},
      {"a 1\nb 2", "{a=1 b=2}"},
      {"a { b = 1; c { d = 2 } }", "{a={b=1 c={d=2}}}"},
      {"a\n{\n b = 1\n}", "{a={b=1}}"},
      {"a = {\n b = 1;\n}", "{a={b=1}}"},
      {"a = [1, \"two\", 3];", "{a=[1 two 3]}"},
      {"a [ 10.0.0.0/8, fe80::/10 ]", "{a=[10.0.0.0/8 fe80::/10]}"},
      {"rule \"X\" { b = 1 }", "{rule X={b=1}}"},
      {"# c\na = 1; # d\n/* e\n */ b = 2;", "{a=1 b=2}"},
      {".include(try=true) \"x\"\na = 1", "{a=1}"},
      {"a =<<EOD\none { two\nEOD\nb = 1", "{a=one { two b=1}"},
      {"a = \"q\\\"r\"", "{a=q\"r}"},
      {"a =\nb = 1", "{a= b=1}"},
      {"a = 1,b = 2", "{a=1 b=2}"},
      {"a = [{ b = 1 }, { b = 2 }]", "{a=[{b=1} {b=2}]}"},
  };
  for (const auto& line : lines) {
    const UclFile file = parseUcl(line.text);
    EXPECT_EQ(file.fault, "") << line.text;
    EXPECT_EQ(file.nodes.empty() ? "nothing" : shape(file), line.tree) << line.text;
  }
}

TEST(Ucl, Faults) {
  const struct {
    std::string text;
    const char* fault;
  } lines[] = {
      {"a {", "1: is not closed"},
      {"\na = 1\n}", "3: closes what was not opened"},
      {"a = [ 1 }", "1: closes what was not opened"},
      {"\na = \"x", "2: a quotation mark without its other"},
      {"/* x", "1: a comment that does not end"},
      {"a = <<EOD\nx", "1: a text that does not end"},
      {"{ a = 1 }", "1: a value without a name"},
      {std::string("\n\0", 2), "2: a NUL"},
      {"a" +
           [] {
             std::string out;
             for (int i = 0; i < 40; ++i) out += " { a";
             return out;
           }(),
       "1: deeper than 16 braces"},
      {[] {
         std::string out;
         for (int i = 0; i < 20'001; ++i) out += "a=1\n";
         return out;
       }(),
       "20000: more than 20000 values"},
  };
  for (const auto& line : lines)
    EXPECT_THAT(parseUcl(line.text).fault, StartsWith(line.fault)) << line.text.substr(0, 40);
}

}  // namespace
}  // namespace alignd::conf::migration
