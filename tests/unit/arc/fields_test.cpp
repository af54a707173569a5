#include "verifier/arc/fields.h"

#include <gtest/gtest.h>

namespace alignd::arc {
namespace {

struct InstanceRow {
  std::string_view value;
  int instance;
};

// RFC 8617 section 4.1.1: arc-info = instance [CFWS] ";" authres-payload.
TEST(Fields, AuthResults) {
  constexpr InstanceRow kRows[] = {
      {" i=1; mx.example; none", 1},
      {"i=50;x", 50},
      {" (c) i (c) = (c) 7 (c) ; x", 7},
      {"\r\n i=2;\r\n x", 2},
      {" i=01; x", 1},  // 1*2DIGIT
      {" i=51; x", kMaxInstance + 1},
      {" i=0; x", 0},
      {" i=001; x", 0},
      {" i=; x", 0},
      {" i=a; x", 0},
      {" i=1 x", 0},               // no semicolon
      {" mx.example; i=1; x", 0},  // i= comes first
      {" I=1; x", 0},
      {" i=-1; x", 0},
      {" i 1; x", 0},
      {" id=1; x", 0},
      {" i=1", 0},
      {"", 0},
  };
  for (const auto& row : kRows) EXPECT_EQ(parseAuthResults(row.value).instance, row.instance) << row.value;
  EXPECT_EQ(parseAuthResults(" i=1; mx.example; none").payload, " mx.example; none");
}

TEST(Fields, MessageHead) {
  constexpr InstanceRow kRows[] = {
      {" i=1; a=b", 1}, {" a=b; i=3", 3}, {" i=01;", 1},    {" i=99", kMaxInstance + 1},
      {" i=0; a=b", 0}, {" a=b", 0},      {" i=1; i=1", 0}, {" i=1;;", 0},
      {" i=1 2", 0},    {"", 0},
  };
  for (const auto& row : kRows) EXPECT_EQ(parseMessageHead(row.value).instance, row.instance) << row.value;
  EXPECT_TRUE(parseMessageHead("i=1; a=b").defaultForm);
  EXPECT_FALSE(parseMessageHead("i=1; c=relaxed/relaxed").defaultForm);
}

TEST(Fields, BlankComments) {
  const struct {
    std::string_view value, expected, why;
  } rows[] = {
      {" i=1; a=(b)", " i=1; a=(b)", "only around the instance"},
      {" (x) i (;) = (y) 1 (z); a=b", "     i     =     1    ; a=b", "each of the four places"},
      {"a=b; i=(x)1;", "a=b; i=(x)1;", "i= does not come first: no comments"},
      {" i=1 (x; a=b", " i=1 (x; a=b", "no end"},
      {" i=1 (x)", " i=1 (x)", "no semicolon"},
      {" i (x) 1; a=b", " i (x) 1; a=b", "no equals sign"},
      {"", "", "nothing"},
  };
  for (const auto& row : rows) EXPECT_EQ(blankComments(row.value), row.expected) << row.why;
}

TEST(Fields, GoodSeal) {
  const auto seal =
      parseSeal(" i=2; a=rsa-sha256; cv=Pass; d=Lists.Example; s=s1;\r\n t=12345; x=y; b= aGVs\r\n bG8=");
  EXPECT_TRUE(seal.ok()) << seal.fault;
  EXPECT_EQ(seal.instance, 2);
  EXPECT_EQ(seal.cv, "pass");
  EXPECT_EQ(seal.domain, "lists.example");
  EXPECT_EQ(seal.signature, "hello");
  EXPECT_EQ(seal.keyName->text(), "s1._domainkey.lists.example");
}

TEST(Fields, BadSeals) {
  constexpr std::string_view kRows[] = {
      "a=rsa-sha256; cv=none; d=a.example; s=s; b=aaaa",               // no i=
      "i=1; cv=none; d=a.example; s=s; b=aaaa",                        // no a=
      "i=1; a=rsa-sha256; d=a.example; s=s; b=aaaa",                   // no cv=
      "i=1; a=rsa-sha256; cv=none; s=s; b=aaaa",                       // no d=
      "i=1; a=rsa-sha256; cv=none; d=a.example; b=aaaa",               // no s=
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s",                  // no b=
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=aaaa; h=from",  // RFC 8617 section 4.1.3
      "i=1; a=rsa-sha1; cv=none; d=a.example; s=s; b=aaaa",            // RFC 8301
      "i=1; a=x; cv=none; d=a.example; s=s; b=aaaa",
      "i=1; a=rsa-sha256; cv=maybe; d=a.example; s=s; b=aaaa",
      "i=1; a=rsa-sha256; cv=; d=a.example; s=s; b=aaaa",
      "i=1; a=rsa-sha256; cv=none; d=example; s=s; b=aaaa",      // one label
      "i=1; a=rsa-sha256; cv=none; d=a(b.example; s=s; b=aaaa",  // decision 14
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s p; b=aaaa",
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=a!aa",
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=",
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=aaaa; t=",
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=aaaa; t=x",
      "i=1; a=rsa-sha256; cv=none; d=a.example; s=s; b=aaaa; s=s",  // twice
      "i=51; a=rsa-sha256; cv=none; d=a.example; s=s; b=aaaa",
      "word",  // T45: no `=` at all
      "",
  };
  for (const auto& value : kRows) EXPECT_FALSE(parseSeal(value).ok()) << value;
  const std::string label(62, 'x');
  const std::string domain = label + "." + label + "." + label + ".example";
  EXPECT_EQ(parseSeal("i=1; a=rsa-sha256; cv=none; b=aaaa; s=" + label + "; d=" + domain).fault,
            "s= and d= make no name that can be asked");
}

}  // namespace
}  // namespace alignd::arc
