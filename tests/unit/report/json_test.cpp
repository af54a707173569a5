#include "verifier/report/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "verifier/report/keyvalue.h"
#include "verifier/report/story.h"
#include "verifier/report/utf8.h"

namespace alignd::report {
namespace {

std::string asJson(std::string_view text) {
  std::string out;
  appendJsonString(out, text);
  return out;
}

TEST(JsonString, EscapesWhateverCouldSteerAReader) {
  struct Row {
    std::string_view in;
    std::string_view out;
  };
  using namespace std::string_view_literals;
  for (const Row& row : {
           Row{"plain text;=()", R"j("plain text;=()")j"}, Row{"a\"b\\c", R"("a\"b\\c")"},
           Row{"two\r\nlines", R"("two\u000d\u000alines")"},                            // log injection
           Row{"nul\0end"sv, R"("nul\u0000end")"}, Row{"\x1b[31m", R"("\u001b[31m")"},  // terminal escape
           Row{"\x7f", R"("\u007f")"}, Row{"\xc3\xbc", R"("\u00fc")"},                  // U+00FC
           Row{"\xe2\x80\xae", R"("\u202e")"},                    // right-to-left override
           Row{"\xf0\x9f\x93\xa7", R"("\ud83d\udce7")"},          // beyond the BMP
           Row{"latin \xfc", R"("latin \\xfc")"},                 // no UTF-8
           Row{"\xc0\xaf", R"("\\xc0\\xaf")"},                    // overlong
           Row{"\xed\xa0\x80", R"("\\xed\\xa0\\x80")"},           // surrogate
           Row{"\xe2\x82", R"("\\xe2\\x82")"},                    // cut off
           Row{"\xe0\x80\xaf", R"("\\xe0\\x80\\xaf")"},           // overlong, of three octets
           Row{"\xf0\x82\x82\xac", R"("\\xf0\\x82\\x82\\xac")"},  // and of four
       }) {
    EXPECT_EQ(asJson(row.in), row.out);
    EXPECT_TRUE(nlohmann::json::accept(asJson(row.in)));
  }
}

TEST(JsonString, EveryByteGivesValidAsciiJson) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::string out = asJson(text);
      EXPECT_TRUE(nlohmann::json::accept(out)) << first << ' ' << second;
      for (char c : out) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
    }
  }
}

TEST(JsonString, IsCutBetweenCharacters) {
  const auto cut = [](std::string_view text, std::size_t most) {
    std::string out;
    appendJsonString(out, text, most);
    EXPECT_TRUE(nlohmann::json::accept(out)) << out;
    return out;
  };
  EXPECT_EQ(cut("abcdef", 6), "\"abcdef\"");
  EXPECT_EQ(cut("abcdef", 5), "\"abcde[+1]\"");
  EXPECT_EQ(cut("ab\xc3\xbc", 8), R"("ab\u00fc")");
  EXPECT_EQ(cut("ab\xc3\xbc", 7), R"("ab[+2]")");
  EXPECT_EQ(cut("a\"b", 2), R"("a[+2]")");
  EXPECT_EQ(cut("a", 0), R"("[+1]")");
  EXPECT_EQ(cut("", 0), "\"\"");
}

TEST(JsonWriter, NestsAndLeavesOutWhatIsEmpty) {
  std::string out;
  JsonWriter w(out);
  w.beginObject();
  w.text("a", "1");
  w.textIf("b", "");
  w.beginArray("c");
  w.element("x");
  w.beginObject();
  w.number("n", -5);
  w.endObject();
  w.endArray();
  w.flagIf("f", false);
  w.flag("t");
  w.milliseconds("ms", 12'045);
  w.endObject();
  EXPECT_EQ(out, R"({"a":"1","c":["x",{"n":-5}],"t":true,"ms":12.045})");
}

TEST(KeyValueWriter, FlattensTheSameCalls) {
  std::string out;
  KeyValueWriter w(out);
  w.beginObject();
  w.text("a", "with blank");
  w.beginArray("c");
  w.element("x");
  w.beginObject();
  w.text("d", "example.org");
  w.endObject();
  w.endArray();
  w.milliseconds("ms", 7);
  w.text("empty", "");
  w.endObject();
  EXPECT_EQ(out, R"(a="with blank" c.0=x c.1.d=example.org ms=0.007 empty="")");
}

TEST(KeyValueWriter, BeginsBehindWhatIsThere) {
  for (const auto& [before, expected] :
       {std::pair{"", "a=1 f=true"}, {"line:", "line: a=1 f=true"}, {"line: ", "line: a=1 f=true"}}) {
    std::string out = before;
    KeyValueWriter w(out);
    w.beginObject();
    w.text("a", "1");
    w.flagIf("f", true);
    w.flagIf("g", false);
    w.endObject();
    EXPECT_EQ(out, expected);
  }
}

TEST(Printable, IsFitForATerminal) {
  EXPECT_EQ(printable("say \"hi\" \\ \x1b[0m"), "say \"hi\" \\\\ \\u001b[0m");
  EXPECT_EQ(printable("\xff"), "\\\\xff");
}

TEST(Utf8, KnowsTheLengthOfEveryForm) {
  EXPECT_EQ(decodeUtf8("a").length, 1U);
  EXPECT_EQ(decodeUtf8("\xf4\x8f\xbf\xbf").code, 0x10ffffU);
  EXPECT_EQ(decodeUtf8("\xf4\x90\x80\x80").length, 0U);
  EXPECT_EQ(decodeUtf8("").length, 0U);
}

}  // namespace
}  // namespace alignd::report
