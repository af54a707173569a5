#include "verifier/authres/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/authres/scanner.h"

namespace alignd::authres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "dkim=pass reason{good} header.d{example.com}": one line a result.
std::string told(const MethodResult& result) {
  std::string out = result.method;
  if (result.version != 1) out += "/" + std::to_string(result.version);
  out += "=" + result.result;
  if (!result.reason.empty()) out += " reason{" + result.reason + "}";
  for (const auto& one : result.properties) out += " " + one.type + "." + one.name + "{" + one.value + "}";
  return out;
}

std::vector<std::string> told(const Parsed& parsed) {
  std::vector<std::string> out;
  for (const auto& result : parsed.results) out.push_back(told(result));
  return out;
}

// RFC 8601 appendix B: every field of it.
TEST(Parser, AppendixB2) {
  const auto parsed = parse(" example.org 1; none");
  EXPECT_TRUE(parsed.clean()) << parsed.firstError;
  EXPECT_EQ(parsed.authservId, "example.org");
  EXPECT_EQ(parsed.version, 1);
  EXPECT_TRUE(parsed.none);
  EXPECT_THAT(told(parsed), IsEmpty());
}

TEST(Parser, AppendixB3) {
  const auto parsed = parse(" example.com;\r\n          spf=pass smtp.mailfrom=example.net");
  EXPECT_TRUE(parsed.clean()) << parsed.firstError;
  EXPECT_THAT(told(parsed), ElementsAre("spf=pass smtp.mailfrom{example.net}"));
}

TEST(Parser, AppendixB4) {
  auto parsed = parse(
      " example.com;\r\n\tauth=pass (cram-md5) smtp.auth=sender@example.net;\r\n\tspf=pass "
      "smtp.mailfrom=example.net");
  EXPECT_TRUE(parsed.clean()) << parsed.firstError;
  EXPECT_THAT(told(parsed),
              ElementsAre("auth=pass smtp.auth{sender@example.net}", "spf=pass smtp.mailfrom{example.net}"));
  parsed = parse(" example.com; iprev=pass\r\n          policy.iprev=192.0.2.200");
  EXPECT_TRUE(parsed.clean()) << parsed.firstError;
  EXPECT_THAT(told(parsed), ElementsAre("iprev=pass policy.iprev{192.0.2.200}"));
}

TEST(Parser, AppendixB5) {
  const auto parsed = parse(" example.com;\r\n  dkim=pass (good signature) header.d=example.com");
  EXPECT_TRUE(parsed.clean()) << parsed.firstError;
  EXPECT_THAT(told(parsed), ElementsAre("dkim=pass header.d{example.com}"));
}

TEST(Parser, AppendixB6) {
  const auto parsed = parse(
      " example.com;\r\n      dkim=pass reason=\"good signature\"\r\n        "
      "header.i=@mail-router.example.net;\r\n"
      "      dkim=fail reason=\"bad signature\"\r\n        header.i=@newyork.example.com");
  EXPECT_TRUE(parsed.clean()) << parsed.firstError;
  EXPECT_THAT(told(parsed), ElementsAre("dkim=pass reason{good signature} header.i{@mail-router.example.net}",
                                        "dkim=fail reason{bad signature} header.i{@newyork.example.com}"));
}

TEST(Parser, AppendixB7CommentsEverywhere) {
  const auto parsed = parse(
      " foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like it) / 1 (One yay) = (wait for it) "
      "fail\r\n"
      "      policy (A dot can go here) . (like that) expired\r\n"
      "      (this surprised me) = (as I wasn't expecting it) 1362471462");
  EXPECT_TRUE(parsed.clean()) << parsed.firstError;
  EXPECT_EQ(parsed.authservId, "foo.example.net");
  EXPECT_THAT(told(parsed), ElementsAre("dkim=fail policy.expired{1362471462}"));
}

TEST(Scanner, ARunEndsWhereItIsTold) {
  for (const std::string_view text : {"ab=c", "ab c", "ab\tc", "ab\"c", "ab(c)", "ab)c", "ab;c", "ab"}) {
    Scanner scanner(text);
    EXPECT_EQ(scanner.run("="), "ab") << text;
  }
  EXPECT_EQ(Scanner("ab=c").run(""), "ab=c");
}

struct Row {
  std::string_view value;
  std::vector<std::string> results;
  Head head = Head::Id;
  std::size_t errors = 0;
};

TEST(Parser, Table) {
  const Row rows[] = {
      {"\"mx.example\" 1;dkim=pass", {"dkim=pass"}},
      {"\"m\\x.example\"; none", {}},                                   // quoted-pair
      {"a;x=y z.z=\"a b\"@example.com", {"x=y z.z{a b@example.com}"}},  // pvalue: quoted local part
      {"a;x=y z.z=\"a\" @ example.com", {"x=y z.z{a@}"}, Head::Id, 1},  // CFWS before the domain: not joined
      {"a;x=y z.z=a (c) @example.com", {"x=y z.z{a@example.com}"}},
      {"a;X=PASS Header.D=A.example", {"x=pass header.d{A.example}"}},  // case of values stays
      {"a;x=y reason = (c) \"z\" a . b = c", {"x=y reason{z} a.b{c}"}},
      {"a;x=y a.b=c==d/e+f:g", {"x=y a.b{c==d/e+f:g}"}},  // header.b unquoted: Google
      {"a;x=y a.b=\"2001:db8::1\"", {"x=y a.b{2001:db8::1}"}},
      {"a;x/2=y", {"x/2=y"}},
      {"a;x_y=z", {"x_y=z"}},
      {"a;x=y(c)a.b=c", {"x=y a.b{c}"}},  // a comment separates
      {"(c)a(c);(c)x(c)=(c)y(c)", {"x=y"}},
      {"a;x=y a.b=\"c\r\n d\"", {"x=y a.b{c d}"}},  // a fold within quotes
      {"a;x=y a.b=((c)(d))e", {"x=y a.b{e}"}},
      {"a;x=y a.b=(\\))e", {"x=y a.b{e}"}},
      {"b\xc3\xbc"
       "cher.example; none",
       {}},  // RFC 6532
      // What is not in the grammar
      {"", {}, Head::Malformed, 2},
      {"a", {}, Head::Id, 1},
      {"a;", {}, Head::Id, 1},
      {"a;;x=y", {"x=y"}, Head::Id, 1},
      {"a;x=y;", {"x=y"}, Head::Id, 1},
      {"a;x", {}, Head::Id, 1},
      {"a;x=;z=y", {"z=y"}, Head::Id, 1},
      {"a;(null)=pass;z=y", {"z=y"}, Head::Id, 1},  // OpenDMARC issue 31
      {"a;x=y junk z.z=w", {"x=y z.z{w}"}, Head::Id, 1},
      {"a;x=y action=none z.z=w", {"x=y .action{none} z.z{w}"}, Head::Id, 1},  // Microsoft 365
      {"a;x=y z.z=", {"x=y z.z{}"}, Head::Id, 1},
      {"a;x=y ) z.z=w", {"x=y z.z{w}"}, Head::Id, 1},
      {"a;x=y \"q\" z.z=w", {"x=y z.z{w}"}, Head::Id, 1},
      {"a;x=y z.=w v.v=u",
       {"x=y v.v{u}"},
       Head::Id,
       2},  // a property without its name, and what is left of it
      {"a;x=y =w v.v=u", {"x=y v.v{u}"}, Head::Id, 1},
      {"\"\" 1;x=y", {"x=y"}, Head::Malformed, 1},
      {"\"\";x=y", {"x=y"}, Head::Malformed, 1},
      {"a/JOB;x=y", {"x=y"}, Head::Id, 1},
      {"a b;x=y", {"x=y"}, Head::Malformed, 1},
      {"a\"b\";x=y", {"x=y"}, Head::Malformed, 1},
      {"a@b;x=y", {"x=y"}, Head::Malformed, 1},
      {"a 1 2;x=y", {"x=y"}, Head::Malformed, 1},
      {"a1;x=y", {"x=y"}},
      {";x=y", {"x=y"}, Head::Malformed, 1},
      {"a (b;x=y", {}, Head::Id, 2},
      {"a;x=y z.z=\"b;c=d", {"x=y z.z{b;c=d}"}, Head::Id, 1},
      {"a;x=y z.z=\"b\\", {"x=y z.z{b\\}"}, Head::Id, 1},  // a quoted-pair of which half is there
      // No id at all (Microsoft 365)
      {"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=none (message not signed)",
       {"spf=pass smtp.mailfrom{a.example}", "dkim=none"},
       Head::NoId,
       1},
      {"spf/1 = pass", {"spf=pass"}, Head::NoId, 1},
  };
  for (const auto& row : rows) {
    const auto parsed = parse(row.value);
    EXPECT_EQ(told(parsed), row.results) << row.value;
    EXPECT_EQ(parsed.head, row.head) << row.value;
    EXPECT_EQ(parsed.errors, row.errors) << row.value << ": " << parsed.firstError;
    EXPECT_EQ(parsed.clean(), parsed.firstError.empty()) << row.value;
  }
}

TEST(Parser, WellFormedIsPerResult) {
  const auto parsed = parse("a; x=y junk; z=y; v=w a.b=\"open");
  ASSERT_EQ(parsed.results.size(), 3U);
  EXPECT_FALSE(parsed.results[0].wellFormed);
  EXPECT_TRUE(parsed.results[1].wellFormed);
  EXPECT_FALSE(parsed.results[2].wellFormed);
  EXPECT_TRUE(parsed.unterminated);
}

TEST(Parser, APropertyThatStandsTwiceHasNoValue) {
  const auto parsed = parse("a; x=y h.d=one h.d=two h.i=three");
  EXPECT_FALSE(parsed.results[0].property("h", "d"));
  EXPECT_EQ(parsed.results[0].property("h", "i"), "three");
  EXPECT_FALSE(parsed.results[0].property("h", "none"));
}

TEST(Parser, Version) {
  EXPECT_EQ(parse("a 2; x=y").version, 2);
  EXPECT_EQ(parse("a 01; x=y").version, 1);
  EXPECT_EQ(parse("a 99999999999999999999; x=y").version, kMaxVersion);
}

// T44: any number of results, any length, any depth.
TEST(Parser, IsBounded) {
  std::string value = "a";
  for (int i = 0; i < 10'000; ++i) value += "; dkim=pass header.d=x.example";
  auto parsed = parse(value);
  EXPECT_EQ(parsed.results.size(), kMaxResults);
  EXPECT_EQ(parsed.skipped, 10'000 - kMaxResults);

  value = "a; x=y";
  for (int i = 0; i < 1000; ++i) value += " a.b=c";
  parsed = parse(value);
  EXPECT_EQ(parsed.results[0].properties.size(), kMaxProperties);
  EXPECT_FALSE(parsed.results[0].wellFormed);

  parsed = parse("a " + std::string(100'000, '(') + "; x=y");
  EXPECT_TRUE(parsed.unterminated);
  EXPECT_THAT(
      told(parse("a " + std::string(kMaxCommentDepth, '(') + std::string(kMaxCommentDepth, ')') + "; x=y")),
      ElementsAre("x=y"));
  EXPECT_TRUE(parse("a;" + std::string(100'000, '"')).errors > 0);
}

// What large providers write into ARC-Authentication-Results (after i=).
TEST(Parser, Providers) {
  const auto google = parse(
      " mx.google.com;\r\n       dkim=pass header.i=@example.net header.s=s1 header.b=Ab/c+D1=;\r\n"
      "       spf=pass (google.com: domain of a@example.net designates 192.0.2.1 as permitted sender) "
      "smtp.mailfrom=a@example.net;\r\n       dmarc=pass (p=REJECT sp=REJECT dis=NONE) "
      "header.from=example.net");
  EXPECT_TRUE(google.clean()) << google.firstError;
  EXPECT_THAT(told(google),
              ElementsAre("dkim=pass header.i{@example.net} header.s{s1} header.b{Ab/c+D1=}",
                          "spf=pass smtp.mailfrom{a@example.net}", "dmarc=pass header.from{example.net}"));
  const auto microsoft = parse(
      " mx.microsoft.com 1; spf=pass (sender ip is\r\n 192.0.2.1) smtp.rcpttodomain=b.example "
      "smtp.mailfrom=a.example;"
      " dmarc=pass\r\n (p=none sp=none pct=100) action=none header.from=a.example; dkim=pass\r\n"
      " (signature was verified) header.d=a.example; arc=none (0)");
  EXPECT_EQ(microsoft.authservId, "mx.microsoft.com");
  ASSERT_EQ(microsoft.results.size(), 4U);
  for (const auto& result : microsoft.results) EXPECT_TRUE(result.wellFormed) << told(result);
  EXPECT_EQ(microsoft.results[1].property("header", "from"), "a.example");
}

// T7, OpenDMARC#73: a field without an id is nobody's, and `none` is no result.
TEST(Parser, T7WithoutIdAndWithoutResults) {
  const Parsed bare =
      parse(" spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dkim=pass header.d=a.example;");
  EXPECT_EQ(bare.head, Head::NoId);
  EXPECT_EQ(bare.authservId, "");
  EXPECT_EQ(bare.results.size(), 2U);
  const Parsed none = parse(" mx.example.org; none");
  EXPECT_EQ(none.head, Head::Id);
  EXPECT_TRUE(none.none);
  EXPECT_TRUE(none.results.empty());
}

}  // namespace
}  // namespace alignd::authres
