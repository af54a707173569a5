#include "verifier/message/split.h"

#include <gtest/gtest.h>

namespace alignd::message {
namespace {

TEST(Split, TakesAMessageApartAsAnMtaDoes) {
  struct Row {
    std::string_view raw;
    std::vector<std::pair<std::string_view, std::string_view>> fields;
    std::string_view body;
  };
  for (const Row& row : std::vector<Row>{
           {"A: 1\r\nB:2\r\n\r\nbody\r\n", {{"A", " 1"}, {"B", "2"}}, "body\r\n"},
           {"A: 1\r\n folded\r\n\tmore\r\n\r\n", {{"A", " 1\r\n folded\r\n\tmore"}}, ""},
           {"A: 1\r\n", {{"A", " 1"}}, ""},              // no body
           {"A: 1", {{"A", " 1"}}, ""},                  // no final CRLF
           {"\r\nonly body", {}, "only body"},           // empty header
           {"From : x\r\n\r\n", {{"From ", " x"}}, ""},  // blank before the colon stays
           {"A: 1\r\nno colon here\r\nB: 2\r\n", {{"A", " 1"}}, "no colon here\r\nB: 2\r\n"},
           {"A: bare\nLF\r\n\r\n", {{"A", " bare\nLF"}}, ""},    // a bare LF ends nothing
           {"A: 1\r\nB b: 2\r\n", {{"A", " 1"}}, "B b: 2\r\n"},  // RFC 5322 3.6.8: no blank in a name
           {"A: 1\r\nB\xc3\xa4: 2\r\n", {{"A", " 1"}}, "B\xc3\xa4: 2\r\n"},  // nor an 8-bit octet
           {"A: 1\r\n: 2\r\n", {{"A", " 1"}}, ": 2\r\n"},                    // nor nothing at all
           {"A: 1\r\n \t: 2\r\n", {{"A", " 1\r\n \t: 2"}}, ""},              // a fold
           {"A: 1\r\nB\x7f: 2\r\n", {{"A", " 1"}}, "B\x7f: 2\r\n"},          // nor a control
           {" From: x\r\nA: 1\r\n", {}, " From: x\r\nA: 1\r\n"},             // continues no field: T13
           {"odd\r\n folded: x\r\n\r\n", {}, "odd\r\n folded: x\r\n\r\n"},   // no name spans a fold
           {"", {}, ""},
       }) {
    const SplitMessage out = split(row.raw);
    ASSERT_EQ(out.fields.size(), row.fields.size()) << row.raw;
    for (std::size_t i = 0; i < out.fields.size(); ++i) {
      EXPECT_EQ(out.fields[i].name, row.fields[i].first);
      EXPECT_EQ(out.fields[i].value, row.fields[i].second);
    }
    EXPECT_EQ(out.body, row.body);
  }
}

TEST(Split, FilesGetTheLineEndsOfTheWire) {
  EXPECT_EQ(toCrlf("A: 1\n\nb\n"), "A: 1\r\n\r\nb\r\n");
  EXPECT_EQ(toCrlf("A: 1\r\n\r\nbare\nLF"), "A: 1\r\n\r\nbare\nLF");  // exact already
  EXPECT_EQ(toCrlf("From joe Sat\nA: 1\n"), "A: 1\r\n");
  EXPECT_EQ(toCrlf(""), "");
  EXPECT_EQ(toCrlf("From joe Sat"), "");
}

}  // namespace
}  // namespace alignd::message
