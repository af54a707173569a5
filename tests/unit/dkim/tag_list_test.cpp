// RFC 6376 section 3.2, rule by rule.
#include "verifier/dkim/tag_list.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/text_rows.h"

namespace alignd::dkim {
namespace {

std::string shown(const TagList& list) {
  if (list.fault() == TagFault::Duplicate) return "duplicate";
  if (!list.ok()) return "syntax";
  std::string out;
  for (const Tag& tag : list.tags()) out += std::string(tag.name) + "=<" + std::string(tag.value) + ">";
  return out;
}

TEST(TagList, Grammar) {
  using namespace std::string_view_literals;
  const test::TextRow rows[] = {
      {"a=1", "a=<1>", "one tag"},
      {"a=1;b=2", "a=<1>b=<2>", "two"},
      {"a=1;b=2;", "a=<1>b=<2>", "3.2: one semicolon may end the list"},
      {"a=1; b=2 ; \t", "a=<1>b=<2>", "blanks behind it are no tag"},
      {"a=1;;b=2", "syntax", "3.2: an empty tag-spec is not in the grammar"},
      {"a=1;;", "syntax", "nor two semicolons at the end"},
      {";a=1", "syntax", "nor a leading one"},
      {"", "syntax", "an empty list has no tag-spec"},
      {" \t ", "syntax", "blanks only"},
      {";", "syntax", "nothing but a semicolon"},
      {" a = 1 ", "a=<1>", "3.2: white space around name and value is dropped"},
      {"\r\n a\r\n\t=\r\n 1\r\n ;\r\n b=2", "a=<1>b=<2>", "2.8: folds are white space"},
      {"a=\r\n \r\n 1", "a=<1>", "RFC 5322 4.2: obsolete folds too"},
      {"a=1 \t 2", "a=<1 \t 2>", "3.2: inner white space is kept"},
      {"a=1\r\n 2", "a=<1\r\n 2>", "a fold inside a value is kept"},
      {"a=", "a=<>", "3.2: an empty value is allowed, and not absent"},
      {"a= ;b=", "a=<>b=<>", "erratum 5070: blanks only are an empty value"},
      {"a=b=c", "a=<b=c>", "3.2: '=' is a value character"},
      {"a==", "a=<=>", "likewise"},
      {"a", "syntax", "no '='"},
      {"a;b=1", "syntax", "no '=' in the first"},
      {"=1", "syntax", "no name"},
      {"1a=1", "syntax", "3.2: a name starts with a letter"},
      {"_a=1", "syntax", "likewise"},
      {"a_1Z=1", "a_1Z=<1>", "ALPHA / DIGIT / \"_\" behind it"},
      {"a-b=1", "a-b=<1>", "a hyphen is tolerated"},
      {"-b=1", "syntax", "but not in front"},
      {"a b=1", "syntax", "no blank inside"},
      {"\xc3\xa4=1", "syntax", "8-bit name"},
      {"a=1;A=2", "a=<1>A=<2>", "3.2: names are case-sensitive"},
      {"a=1;b=2;a=1", "duplicate", "3.2: a duplicate voids the list"},
      {"xx=;xx=", "duplicate", "even an unknown one"},
      {"a=\xc3\xa4", "a=<\xc3\xa4>", "3.2 note, RFC 8616: UTF-8 in values"},
      {"a=1\r2", "syntax", "bare CR is no white space"},
      {"a=1\n2", "syntax", "bare LF likewise"},
      {"a=1\n 2", "syntax", "bare LF and blank do not fold"},
      {"a=1\r\n2", "syntax", "CRLF without a blank does not fold"},
      {"a=1\r\n", "syntax", "nor at the end"},
      {"a=1\0"sv, "syntax", "NUL"},
      {"a=1\x7f", "syntax", "DEL"},
      {"a=1\v2", "syntax", "VT is not white space"},
      {"a=%n${lookup}", "a=<%n${lookup}>", "T23: nothing is expanded"},
      {"=?utf-8?q?v=3D1;_a=3Drsa?=", "syntax", "T34: encoded words are no tag list"},
  };
  test::expectEach(rows, [](std::string_view text) {
    const TagList list = TagList::parse(text);
    EXPECT_EQ(list.problem().empty(), list.ok()) << text;
    return shown(list);
  });
}

TEST(TagList, RawExtentIsEverythingBetweenEqualsAndSemicolon) {
  const std::string_view text = " a=1; b =\r\n x y \t; c=2";
  const TagList list = TagList::parse(text);
  ASSERT_TRUE(list.ok());
  const Tag* b = list.find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(text.substr(b->rawBegin, b->rawEnd - b->rawBegin), "\r\n x y \t");
  EXPECT_EQ(b->value, "x y");
  for (const char* absent : {"d", "bb", ""}) EXPECT_EQ(list.find(absent), nullptr) << absent;
  EXPECT_EQ(list.value("c"), "2");
}

TEST(TagList, FaultyListStillTellsWhatItCouldRead) {
  const TagList list = TagList::parse("d=example.org; d=other.example; s=s1; ;");
  EXPECT_EQ(list.fault(), TagFault::Duplicate);
  EXPECT_EQ(list.problem(), "tag d= stands twice") << "the first fault is reported";
  EXPECT_EQ(list.value("d"), "example.org");
  EXPECT_EQ(list.value("s"), "s1");
}

TEST(TagList, NumberOfTagsIsBounded) {
  const auto listOf = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "t" + std::to_string(i) + "=1;";
    return text;
  };
  const std::string most = listOf(kMaxTags);
  EXPECT_TRUE(TagList::parse(most).ok());
  const std::string over = listOf(kMaxTags + 1);
  EXPECT_FALSE(TagList::parse(over).ok());
  const std::string flood = listOf(100000);
  EXPECT_LE(TagList::parse(flood).tags().size(), kMaxTags);
}

TEST(TagList, Helpers) {
  EXPECT_EQ(trimFws(" \r\n\t a b \r\n "), "a b");
  EXPECT_EQ(trimFws("\r\n"), "\r\n") << "no fold";
  EXPECT_EQ(trimFws(" \r\n "), "");
  EXPECT_EQ(removeFws("a b\r\n\tc\r\nd\n"), "abc\r\nd\n");
  const auto parts = splitList("a : b:\r\n c::", ':');
  const std::vector<std::string_view> expected{"a", "b", "c", "", ""};
  EXPECT_EQ(parts, expected);
  EXPECT_EQ(splitList("", ':').size(), 1U);
}

// Issue 16 item 2: what is wrong, in words that stay what they are in Authentication-Results (no "=x", no ";").
TEST(TagList, Problems) {
  struct Row {
    std::string_view text;
    std::string_view problem;
  };
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"a=1", ""},
      {"a=1; x-y=2", ""},
      {"", "there is nothing in it"},
      {" \t", "there is nothing in it"},
      {"a=1;;b=2", "an empty tag: a semicolon with nothing before it"},
      {";a=1", "an empty tag: a semicolon with nothing before it"},
      {"a=1; eeee", "no equals sign after eeee"},
      {"a=1; =2", "a tag without a name"},
      {"a=1; b!=2", "bad tag name: b!"},
      {"\"v=1; a=2", "the name of a tag holds a quotation mark, as of a zone file"},
      {"a=1; \xc2\xa0p=2", "the name of a tag holds a no-break space"},
      {"\xe2\x80\x9cv=1", "the name of a tag holds a quotation mark, as of a zone file"},
      {"\xef\xbb\xbfv=1", "the name of a tag holds an invisible character"},
      {"\xe2\x80\x8bv=1", "the name of a tag holds an invisible character"},
      {"v\xe2\x80\x9d=1", "the name of a tag holds a quotation mark, as of a zone file"},
      {"a=1\r23", "a carriage return that folds nothing in a="},
      {" =?utf-8?q?v=3D1=3B_a=3Drsa-sha256?=",
       "the field was turned into encoded-words (RFC 2047) on its way"},
      {"a=1\n2", "a bare line feed in a="},
      {"a=1\r2", "a carriage return that folds nothing in a="},
      {"a=1\v2", "a vertical tab in a="},
      {"a=1\f2", "a form feed in a="},
      {"a=1\x01", "a control character in a="},
      {"a=1\0"sv, "a NUL in a="},
      {"a=1; a=2", "tag a= stands twice"},
  };
  for (const Row& row : rows) {
    const TagList list = TagList::parse(row.text);
    EXPECT_EQ(list.problem(), row.problem) << row.text;
    EXPECT_EQ(list.ok(), row.problem.empty()) << row.text;
  }
  EXPECT_EQ(TagList::parse("a=1; b=2").tolerated(), "");
  EXPECT_EQ(TagList::parse("a=1; x-y=2").tolerated(), "a hyphen in the tag name x-y");
}

}  // namespace
}  // namespace alignd::dkim
