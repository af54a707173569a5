// The From parser against the slow one, over fields put together from the pieces that parsers trip over.
#include "verifier/message/from_parser.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/unit/message/reference_from.h"
#include "verifier/message/encoded_word.h"

namespace alignd::message {
namespace {

std::optional<std::vector<std::string>> domainsOf(const std::string& value) {
  const AddressList list = parseFrom(value);
  if (list.problem != AuthorProblem::None) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& address : list.addresses) out.push_back(address.domain);
  return out;
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
                                "=?utf-8?q?=40?=",
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
    const auto found = domainsOf(value);
    ASSERT_EQ(found, expected) << value;
    accepted += found ? 1 : 0;
  }
  EXPECT_GT(accepted, 500U) << "otherwise nothing has been compared";
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
      {"=??q?a?=", "=??q?a?="},
      {"=?utf-8?q?=4?=", "=4"},
      {"=?utf-8?q?=zz=?=", "=zz="},
      {"a =?utf-8?q?b?= c", "a b c"},
      {"=?=?utf-8?q?b?=", "=?b"},
      {"=?utf-16be?b?AGEAQABi?=", "a@b"},
      {"=?UTF-7?Q?a+AEA-b+-c+AEA?=", "a@b+c@"},
      {"=?unicode-1-1-utf-7*en?b?K0FFQS1i?=", "@b"},
      {"=?utf-7?q?+?=", ""},
  };
  for (const auto& [text, decoded] : lines) EXPECT_EQ(decodeEncodedWords(text), decoded) << text;
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
