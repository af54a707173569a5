// The From parser against the slow one, over fields put together from the pieces that parsers trip over.
#include "verifier/message/from_parser.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/unit/message/reference_from.h"
#include "verifier/message/charset_ascii.h"
#include "verifier/message/encoded_word.h"

namespace alignd::message {
namespace {

std::optional<std::string> domainOf(const std::string& value) {
  const FromReading reading = parseFrom(value);
  if (reading.problem != AuthorProblem::None) return std::nullopt;
  EXPECT_EQ(reading.domains.size(), 1U) << value;
  return reading.domains.front();
}

TEST(FromParser, AgreesWithTheSlowOne) {
  const std::string pieces[] = {"a@x.example",
                                "b@y.example",
                                "a",
                                "B",
                                "x.example",
                                "@",
                                "<",
                                ">",
                                "<a@x.example>",
                                ",",
                                ";",
                                ":",
                                ".",
                                " ",
                                "(",
                                ")",
                                "\"",
                                "\\",
                                "[",
                                "]",
                                "(c)",
                                "\"q\"",
                                "\r\n ",
                                "\xe9",
                                "\xc3\xbc",
                                "\x1b",
                                "\x1b$B",
                                "'",
                                "-",
                                "ample.b.example",
                                " . ",
                                " munity",
                                "@ x . example",
                                "=?utf-8?q?=2C_b=40y.example?=",
                                "=?utf-8?q?b=40y.example?=",
                                "=?utf-8?q?=22_=28?=",
                                "=?iso-2022-jp?q?=1B$B<b@y.example>=1B(B?=",
                                "=?utf-8?q?=40?=",
                                "=?utf-8?q?=2C b=40y.example?=",
                                "=?utf-8?q?",
                                "?=",
                                "=??q?=2C_=40?=",
                                "=?cp037?q?x?=",
                                "b@y\xe3\x80\x82"
                                "example",
                                "=?utf-8?b?PGFkbWluQGxlZ2l0aW1hdGUuY29tPg==?=",
                                "@x.example:",
                                "Group: ",
                                "(@y.example)",
                                " <a@x.example>"};
  std::mt19937 random(20261122);
  std::size_t accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string value;
    const auto count = 1 + random() % 9;
    for (std::size_t i = 0; i < count; ++i) value += pieces[random() % std::size(pieces)];
    const auto expected = test::referenceFrom(value);
    const auto found = domainOf(value);
    ASSERT_EQ(found, expected) << value;
    accepted += found ? 1 : 0;
  }
  EXPECT_GT(accepted, 500U) << "otherwise nothing has been compared";
}

// IDNA is the work of a From field: each spelling is converted once, however often the field is read.
TEST(FromParser, EachSpellingIsConvertedOnce) {
  const std::string words = "=?u?q?x y?= =?u?q?z?w?= =??q?z?= ";
  std::string same;
  std::string distinct;
  for (int i = 0; i < 90; ++i) {
    same +=
        "<a@b\xc3\xbc"
        "cher.example>, ";
    std::string domain = "abcdefg";
    for (int bit = 0; bit < 7; ++bit) {
      if ((i >> bit & 1) != 0) domain[static_cast<std::size_t>(bit)] -= 'a' - 'A';
    }
    distinct += "<a@" + domain + "\xc3\xbc.example>, ";
  }
  EXPECT_EQ(parseFrom(words + same).converted, 1U);
  const FromReading reading = parseFrom(words + distinct);
  EXPECT_EQ(reading.domains.size(), 1U);
  EXPECT_EQ(reading.problem, AuthorProblem::None);
  EXPECT_EQ(reading.converted, 90U);
}

TEST(EncodedWords, AreSeenThrough) {
  const std::pair<const char*, const char*> lines[] = {
      {"plain", "plain"},
      {"=?utf-8?q?a=40b_c?=", "a@b c"},
      {"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},
      {"=?utf-8?Q?a?=\r\n\t=?utf-8?B?Yg==?= c", "ab c"},
      {"=?utf-8?B?PGE+?=x", "<a>x"},
      {"=?utf-8?B?P G E?=", "=?utf-8?B?P G E?="},
      {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
      {"=?utf-8?q?a", "=?utf-8?q?a"},
      {"=?utf-8?q?a?b", "=?utf-8?q?a?b"},
      {"=?utf-8?q?a?", "=?utf-8?q?a?"},
      {"=?utf-8?qq?a?=", "=?utf-8?qq?a?="},
      {"=??q?a?=", "=??q?a?="},
      {"=?utf-8?q?=4?=", "=4"},
      {"=?utf-8?q?=zz=?=", "=zz="},
      {"=?utf-8?q?=4!=:4?=", "=4!=:4"},
      {"a =?utf-8?q?b?= c", "a b c"},
      {"=?=?utf-8?q?b?=", "=?b"},
      {"=?utf-16be?b?AGEAQABi?=", "a@b"},
      {"=?UTF-7?Q?a+AEA-b+-c+AEA?=", "a@b+c@"},
      {"=?unicode-1-1-utf-7*en?b?K0FFQS1i?=", "@b"},
      {"=?utf7?q?+AEA-?=", "@"},
      {"=?utf-7?q?+?=", ""},
      {"=?utf-7?q?+AEA?=", "@"},
      {"=?ISO-2022-JP?B?GyRCOzNAbhsoQg==?= b", "\x80\x80\x80\x80 b"},
      {"=?iso-2022-jp*ja?q?a=1B$B<@=1B(B@=1B(J.?=", "a\x80\x80@."},
  };
  for (const auto& [text, decoded] : lines) EXPECT_EQ(decodeEncodedWords(text, {}), decoded) << text;
  EXPECT_EQ(decodeEncodedWords("(\"=?utf-8?q?=22=28a=29?=", {}, "\"()"), "(\"a");
}

// What blanks, question marks and a charset that is missing make of a word, to each kind of reader.
TEST(EncodedWords, ByEveryRule) {
  struct Row {
    const char* text;
    const char* strict;
    const char* blanks;
    const char* marks;
    const char* both;
  };
  const Row rows[] = {
      {"=?u?q?a=40b?=", "a@b", "a@b", "a@b", "a@b"},
      {"=?u?q?a b?=", "=?u?q?a b?=", "a b", "=?u?q?a b?=", "a b"},
      {"=?u?q?a?b?=", "=?u?q?a?b?=", "=?u?q?a?b?=", "a?b", "a?b"},
      {"=?u?q?a? b?=", "=?u?q?a? b?=", "=?u?q?a? b?=", "=?u?q?a? b?=", "a? b"},
      {"=? u ?q?a?=", "=? u ?q?a?=", "a", "=? u ?q?a?=", "a"},
      {"=??q?a?=", "=??q?a?=", "=??q?a?=", "a", "a"},
      {"=?u?q?a =?u?q?b?=", "=?u?q?a b", "=?u?q?a b", "=?u?q?a b", "a =?u?q?b"},
      {"=?u?q?=?u?q?a?=", "=?u?q?a", "=?u?q?a", "=?u?q?a", "=?u?q?a"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(decodeEncodedWords(row.text, {false, false}), row.strict) << row.text;
    EXPECT_EQ(decodeEncodedWords(row.text, {true, false}), row.blanks) << row.text;
    EXPECT_EQ(decodeEncodedWords(row.text, {false, true}), row.marks) << row.text;
    EXPECT_EQ(decodeEncodedWords(row.text, {true, true}), row.both) << row.text;
  }
}

// Where readers agree, one of them is enough: any text of these pieces is read by all rules as by those that matter.
TEST(EncodedWords, RulesThatMatter) {
  EXPECT_EQ(rulesFor("").size(), 1U);
  EXPECT_EQ(rulesFor("=?u?q?a=40b?= x =?u?b?YQ==?= <a@b>").size(), 1U);
  EXPECT_EQ(rulesFor("=?u?q?a b?=").size(), std::size(kAllWordRules));
  std::mt19937 random(7);
  const std::vector<std::string> pieces{
      "=?", "?=", "?", "u?q?", "?b?YQ==", "a", " ", "=", "=?u?q?a?=", "??q?"};
  for (int run = 0; run < 20'000; ++run) {
    std::string text;
    for (auto left = random() % 12; left > 0; --left) text += pieces[random() % pieces.size()];
    if (rulesFor(text).size() != 1) continue;
    for (const WordRules rules : kAllWordRules)
      ASSERT_EQ(decodeEncodedWords(text, rules), decodeEncodedWords(text, {})) << text;
  }
}

TEST(EncodedWords, AreFoundInRuns) {
  const std::string text = "x =?utf-8?q?a?= =?utf-8?q?b?=\r\n\t=?utf-8?q?c?= y=?utf-8?q?d?==?x?= ";
  const auto runs = findEncodedWords(text, {});
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(text.substr(runs[0].begin, runs[0].end - runs[0].begin),
            "=?utf-8?q?a?= =?utf-8?q?b?=\r\n\t=?utf-8?q?c?=");
  EXPECT_EQ(text.substr(runs[1].begin, runs[1].end - runs[1].begin), "=?utf-8?q?d?=");
}

// What decoders agree on is no ASCII; where they differ, it is.
TEST(AsciiIn, Table) {
  struct Row {
    const char* charset;
    std::string octets;
    std::string ascii;
    const char* why;
  };
  const std::string eight(1, '\x80');
  const Row rows[] = {
      {"us-ascii", "\x1b$Ba@b", "\x1b$Ba@b", "no shifts there"},
      {"utf-8", "\x0e@", "\x0e@", "nor there"},
      {"iso-2022-jp", "\x1b$B;3@n\x1b(B <a@b>", eight + eight + eight + eight + " <a@b>", "RFC 1468"},
      {"ISO-2022-JP-2", "\x1b$(C!!\x1b(B@", eight + eight + "@", "RFC 1554"},
      {"csISO2022JP", "\x1b$@@@\x1b(J@", eight + eight + "@", "JIS C 6226, JIS-Roman"},
      {"cp50221", "\x1b(I@\x1b(B@", eight + "@", "half-width katakana"},
      {"iso-2022-jp", "\x1b$B@@\n@", eight + eight + "\n@", "a line end ends the shift"},
      {"iso-2022-jp", "\x1b$B@@\x1b(Z@", eight + eight + "(Z@", "so does an escape that nobody knows"},
      {"iso-2022-jp", "\x1b$)C\x0e@", "$)C@", "SO is none of its shifts"},
      {"iso-2022-jp", "\x1b$B \xe9\x7f\x1b(B", " \xe9\x7f", "blanks, 8-bit octets and DEL stay"},
      {"iso-2022-kr", "\x1b$)C\x0e@h\x0f@", eight + eight + "@", "RFC 1557"},
      {"iso-2022-kr", "\x0e@h\x0f@", "@h@", "nothing was put into G1"},
      {"iso-2022-kr", "\x1b$)C\x0e@\r@", eight + "\r@", "a line end ends the shift"},
      {"iso-2022-cn", "\x1b$)A\x0e@h\x0f@", eight + eight + "@", "RFC 1922"},
      {"iso-2022-cn", "\x1b$)C\x0e@h\x0f@", "$)C@h@", "a Korean set in Chinese"},
      {"hz-gb-2312", "~{@@~}@", eight + eight + "@", "RFC 1843"},
      {"HZ", "~~{@", "~{@", "a tilde"},
      {"hz", "~{@@\n@", eight + eight + "\n@", "a line end ends the shift"},
      {"hz", "~{!~}@~}", eight + "@~}", "a pair that holds what ends the shift"},
      {"CP500", "x", "<@" + eight + "." + eight + ">", "EBCDIC: anything"},
      {"x-IBM-1047*en", "x", "<@" + eight + "." + eight + ">", "so named"},
      {"unicode-escape", "x", "<@" + eight + "." + eight + ">", "no charset"},
      {"hex_codec", "x", "<@" + eight + "." + eight + ">", "as Python names them"},
      {"EBCDIC-CP-US", "x", "<@" + eight + "." + eight + ">", "EBCDIC by its name"},
      {"x-cp20273", "x", "<@" + eight + "." + eight + ">", "a page of IBM under Microsoft's number"},
      {"cp21025", "x", "<@" + eight + "." + eight + ">", "and one of Microsoft's own"},
      {"cp20127", "a@b", "a@b", "Microsoft's US-ASCII"},
      {"OSF10020417", "x", "<@" + eight + "." + eight + ">", "EBCDIC in the registry of the OSF"},
      {"UTF-7-IMAP", "x", "<@" + eight + "." + eight + ">", "for names of mailboxes, not for mail"},
      {"utf-7", "+AEA-x +AEA.y +-", "@x @.y +", "RFC 2152: a shift ends at what is no base64"},
      {"cp437", "a@b", "a@b", "a code page with ASCII in it"},
      {"csISOLatin1", "a@b", "a@b", "likewise"},
      {"hz", "~{~~ \x7f~}~", eight + eight + " \x7f~", "no tilde between the shifts; blanks and DEL stay"},
      {"utf-32le", std::string("@\0\0\0a\0\0\0", 8), "@a", "NUL octets left out"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(asciiIn(row.charset, row.octets), row.ascii) << row.charset << ": " << row.why;
}

TEST(HostName, Table) {
  EXPECT_EQ(hostName("Example.COM"), "example.com");
  EXPECT_EQ(hostName("b\xc3\xbc"
                     "cher.example"),
            "xn--bcher-kva.example");
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "a@b", "192.0.2.1", "a.1", "[192.0.2.1]", "a'b",
                          "a\"b", "\xff.example", "a,b", "a(b"}) {
    EXPECT_EQ(hostName(bad), "") << bad;
  }
  EXPECT_EQ(hostName(std::string(5000, 'a')), "");
}

}  // namespace
}  // namespace alignd::message
