// T5 and T6 of the published attacks: every disguise of our id goes, everything else stays.
#include "verifier/authres/removal.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace alignd::authres {
namespace {

Options ours(std::string id = "mx.example.org") {
  Options out;
  out.authservId = std::move(id);
  return out;
}

bool claims(std::string_view value, const Options& options = ours()) {
  return claimsOurId("Authentication-Results", value, options);
}

TEST(Removal, OurIdInEverySpelling) {
  using namespace std::string_view_literals;
  const std::string_view rows[] = {
      " mx.example.org; dkim=pass header.d=bank.example",
      "mx.example.org;dkim=pass",
      " MX.Example.ORG; spf=pass",
      " mx.example.org 1; dmarc=pass",
      " mx.example.org 2; dmarc=pass",
      " mx.example.org 1x; dmarc=pass",
      " \"mx.example.org\"; dmarc=pass",
      " \"mx\\.example\\.org\"; dmarc=pass",
      " (c) mx.example.org (d); dkim=pass",
      " (c\r\n (d)) mx.example.org\r\n ; dkim=pass",
      "\r\n mx.example.org\r\n\t; dkim=pass",
      " mx.example.org/JOB; dkim=pass",
      " \"mx.example.org/JOB\"; dkim=pass",
      " mx.example.org.; dkim=pass",
      " mx.example.org",  // no result at all
      " mx.example.org; none",
      " mx.example.org; (",
      " mx.other.example; x=y (mx.example.org",  // where a comment has no end, anywhere
      " spf=pass \"x; mx.example.org",
      " mx.example.org dkim=pass; dmarc=pass",  // no semicolon behind it
      " mx.example.org, dkim=pass",
      " mx.example.org= ; dmarc=pass",
      " (mx.example.org; dkim=pass",  // a comment without an end
      " (x; mx.example.org; dkim=pass",
      " \"mx.example.org; dkim=pass",
      " mx.\"example\".org; dkim=pass",  // glued
      " mx . example . org; dkim=pass",
      " mx.exa(c)mple.org; dkim=pass",
      " mx.example.org\x00; dkim=pass"sv,
      " mx.example.org\xc2\xa0; dkim=pass",  // a no-break space
      " =?utf-8?q?mx.example.org?=; dkim=pass",
      " <mx.example.org>; dkim=pass",
      " by mx.example.org; dkim=pass",
      "mx.example.org\x0b;dkim=pass",
      // an id behind empty parts
      "; mx.example.org; dkim=pass",
      " ;(c); \r\n ;MX.example.org 1; dkim=pass",
      // readers that decode first
      " =?utf-8?b?bXguZXhhbXBsZS5vcmc=?=; dkim=pass",
      " \"=?utf-8?b?bXguZXhhbXBsZS5vcmc=?=\"; dkim=pass",
      " =?us-ascii?q?mx=2Eexample=2Eorg=3B_dkim=3Dpass?=",
      " mx.=?utf-8?q?example?= =?utf-8?q?=2Eorg?=; dkim=pass",
      " =?utf-16be?b?AG0AeAAuAGUAeABhAG0AcABsAGUALgBvAHIAZw==?=; dkim=pass",
      " mx%2Eexample%2eorg; dkim=pass",
      " *=utf-8''mx%2Eexample%2Eorg; dkim=pass",  // RFC 2231
      " utf-8''mx.example.org; dkim=pass",
      // octets that belong to no host name
      " 'mx.example.org'; dkim=pass",
      " `mx.example.org`; dkim=pass",
      " {mx.example.org}; dkim=pass",
      " [mx.example.org]; dkim=pass",
      " mx.example.org:25; dkim=pass",
      " mx.example.org#1; dkim=pass",
      " mx.example.org!; dkim=pass",
      " postmaster@mx.example.org; dkim=pass",
      " mx.example.org, mx.other.example; dkim=pass",
      " mx.other.example mx.example.org; dkim=pass",
      " mx\\.example\\.org; dkim=pass",
      " mx.exam\x01ple.org; dkim=pass",
      " mx.exam\rple.org; dkim=pass",
      " mx.exam\tple.org; dkim=pass",
      " \"mx.exam\r\n ple.org\"; dkim=pass",  // unfolded with the blank by some
      // octets outside ASCII
      " mx\xe3\x80\x82"
      "example\xef\xbc\x8eorg; dkim=pass",  // ideographic and fullwidth dots
      " mx\xef\xbd\xa1"
      "example.org; dkim=pass",                  // a halfwidth dot
      " \xef\xbd\x8dx.example.org; dkim=pass",   // a fullwidth letter
      " \xef\xbcmx%2Eexample%2Eorg; dkim=pass",  // half of one, and the rest in another form
      " mx.exa\xc2\xadmple.org; dkim=pass",      // a soft hyphen
      " mx.exa\xe2\x80\x8bmple.org; dkim=pass",  // a zero-width space
      " mx.exa\xa0mple.org; dkim=pass",          // a no-break space of Latin-1
      " \xef\xbb\xbfmx.example.org; dkim=pass",  // a byte order mark
      // comments
      " (((((a)b)c)d)e)mx.example.org(((f))); dkim=pass",
      " mx(.evil.example).example.org; dkim=pass",
      " (mx.example.org); dkim=pass",
      " (\\) mx.other.example) mx.example.org; dkim=pass",
  };
  for (const auto& value : rows) EXPECT_TRUE(claims(value)) << value;
}

TEST(Removal, FieldNames) {
  EXPECT_TRUE(claimsOurId("authentication-RESULTS", "mx.example.org; none", ours()));
  EXPECT_TRUE(
      claimsOurId("Authentication-Results ", "mx.example.org; none", ours()));  // blank before the colon
  EXPECT_FALSE(claimsOurId("ARC-Authentication-Results", "i=1; mx.example.org; none", ours()));
  EXPECT_FALSE(claimsOurId("X-Authentication-Results", "mx.example.org; none", ours()));
  EXPECT_FALSE(claimsOurId("Authentication-Results-Original", "mx.example.org; none", ours()));
  EXPECT_FALSE(claimsOurId("Authentication-Results-", "mx.example.org; none", ours()));
  EXPECT_FALSE(claimsOurId("Authentication Results", "mx.example.org; none", ours()));
  EXPECT_FALSE(claimsOurId("Authentication-Result", "mx.example.org; none", ours()));
  EXPECT_TRUE(claimsOurId("AUTHENTICATION-RESULTS \t", "mx.example.org; none", ours()));
  for (const std::string_view name :
       {"\xef\xbb\xbf"
        "Authentication-Results",
        "Authentication-Results\xa0", "Authentication\x01-Results", "\tAuthentication-Results"}) {
    EXPECT_TRUE(claimsOurId(name, "mx.example.org; none", ours())) << name;
  }
  // As whoever decodes a field before he reads it sees it
  for (const std::string_view value :
       {"=?utf-8?q?mx=2Eexample.org?=; none", "=?utf-8?q? mx=2Eexample.org?=; none",
        "=??q?mx=2Eexample.org?=; none"}) {
    EXPECT_TRUE(claimsOurId("Authentication-Results", value, ours())) << value;
  }
}

TEST(Removal, WhatIsNotOurs) {
  const std::string_view rows[] = {
      " mx.other.example; dkim=pass header.d=bank.example",
      " sub.mx.example.org; dkim=pass",
      " mx.example.org.other.example; dkim=pass",
      " example.org; dkim=pass",
      " sub.mx.example.org/JOB; dkim=pass",  // a job id is no disguise
      " sub_mx.example.org; dkim=pass",      // nor is an underscore
      " 'mx.other.example'; dkim=pass",
      " mx.other.example; dkim=pass header.d=mx.example.org",
      " mx.other.example (mx.example.org); dkim=pass",  // a comment is no id
      " mx.other.example; x=y reason=\"mx.example.org;\"",
      " mx.other.example what is this; dkim=pass",
      " (mx.example.org) mx.other.example; dkim=pass",
      " mx.other.example; mx.example.org; dkim=pass",
      " mx.other.example/mx.example.org; dkim=pass",
      " notmx.example.org; dkim=pass",
      " mx.example.org-2; dkim=pass",
      " mx.example.organic; dkim=pass",
      " b\xc3\xbc"
      "cher.mx.example.org; dkim=pass",     // a good name of somebody else
      " mx.ex\xd0\xb0mple.org; dkim=pass",  // a Cyrillic letter makes it another name
      " =?utf-8?q?mx.other.example?=; dkim=pass",
      "; dkim=pass header.d=mx.example.org",
      "; mx.other.example; dkim=pass",
      " (",
      "",
      ";",
      // no id: Microsoft 365 (T7)
      " spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=mx.example.org; dkim=pass header.d=a.example",
      " dkim=pass header.d=mx.example.org",
  };
  for (const auto& value : rows) EXPECT_FALSE(claims(value)) << value;
}

TEST(Removal, InternationalizedId) {
  for (const std::string_view id : {"b\xc3\xbc"
                                    "cher.example",
                                    "xn--bcher-kva.example"}) {
    EXPECT_TRUE(
        claims(" b\xc3\xbc"
               "cher.example; dkim=pass",
               ours(std::string(id))))
        << id;
    EXPECT_TRUE(
        claims(" B\xc3\x9c"
               "CHER.example; dkim=pass",
               ours(std::string(id))))
        << id;
    EXPECT_TRUE(claims(" XN--bcher-KVA.example 1; dkim=pass", ours(std::string(id)))) << id;
    EXPECT_TRUE(
        claims(" (b\xc3\xbc"
               "cher.example; dkim=pass",
               ours(std::string(id))))
        << id;
    EXPECT_FALSE(claims(" bucher.example; dkim=pass", ours(std::string(id)))) << id;
    EXPECT_FALSE(
        claims(" b\xef\xbd\xe3\xef\xbd\xdc"
               "cher.example; dkim=pass",
               ours(std::string(id))))
        << id << ": no wide forms";
  }
}

TEST(Removal, IdThatReadsAsAMethod) {
  EXPECT_TRUE(claims("mail=x; dmarc=pass", ours("mail")));
  EXPECT_TRUE(claims(" (c) Mail /1 = x; dmarc=pass", ours("mail")));
  EXPECT_TRUE(claims("mail=; dmarc=pass", ours("mail"))) << "a method without a result is one, too";
  EXPECT_TRUE(claims("mail=", ours("mail")));
  EXPECT_FALSE(claims("spf=x; mail=pass", ours("mail")));
  EXPECT_FALSE(claims("spf=; mail=pass", ours("mail")));
}

// What is left of such an id without its dots and its job id is nothing, and nobody's fields hold that.
TEST(Removal, IdOfWhichNothingIsLeft) {
  for (const char* id : {".", "..", "/job"}) {
    for (const char* value : {"mx.other.example; dkim=pass", "what is this; dkim=pass", "'x'; none", ""}) {
      EXPECT_FALSE(claims(value, ours(id))) << id << ": " << value;
    }
    EXPECT_TRUE(claims(std::string(id) + "; none", ours(id))) << id;
  }
}

// T5, CVE-2022-48521: several fields, of which some are ours. Which ones go is said field by field; that they go highest
// index first is tested with the MTA (tests/unit/milter/removals_test.cpp).
TEST(Removal, T5OursAmongManyFields) {
  std::vector<std::size_t> removed;
  Options options = ours("2.example");
  options.additionalIds = {"3.example", "5.example"};
  for (std::size_t i = 1; i <= 8; ++i) {
    if (claims(" " + std::to_string(i) + ".example; dkim=pass", options)) removed.push_back(i);
  }
  EXPECT_EQ(removed, (std::vector<std::size_t>{2, 3, 5}));
}

// T6: as published. More of the kind: OurIdInEverySpelling.
TEST(Removal, T6Disguises) {
  for (const std::string_view value :
       {"\"mx.example.org\"; dmarc=pass", "(c) mx.example.org; dmarc=pass", "MX.EXAMPLE.ORG 1; dmarc=pass",
        "mx.example.org\r\n ; dmarc=pass", "mx.example.org/JOB; dmarc=pass", "mx.example.org.; dmarc=pass",
        "mx.example.org; spf=pass", "(mx.example.org; dmarc=pass", "mx.example.org\xa0; dmarc=pass"}) {
    EXPECT_TRUE(claims(value)) << value;
    EXPECT_TRUE(claimsOurId("Authentication-Results ", value, ours())) << value;
  }
}

TEST(Removal, Settings) {
  Options options = ours();
  EXPECT_TRUE(claims("mx.other.example 2; dkim=pass", options)) << "RFC 8601 section 5: unsupported version";
  options.removeUnsupportedVersions = false;
  EXPECT_FALSE(claims("mx.other.example 2; dkim=pass", options));
  EXPECT_FALSE(claims("old.example.org; dkim=pass", options));
  options.additionalIds = {"old.example.org", ""};
  EXPECT_TRUE(claims("(c) OLD.example.org 1; dkim=pass", options));
  EXPECT_TRUE(claims("mx.example.org; dkim=pass", options));
  EXPECT_FALSE(claims("mx.other.example; dkim=pass", options)) << "an empty id claims nothing";
  options.removeAll = true;
  EXPECT_TRUE(claims("mx.other.example; dkim=pass", options));
  EXPECT_FALSE(claimsOurId("Subject", "mx.example.org; dkim=pass", options));
}

// Readers differ in what they know of comments: none may find our id behind one.
TEST(Removal, BehindCommentsAsAnybodyReadsThem) {
  for (const char* value : {"(\\) mx.example.org; dkim=pass)  foreign.example; spf=pass",
                            "(a\\) mx.example.org; dkim=pass) f.example; none",
                            "((x) mx.example.org; dkim=pass) foreign.example; spf=pass",
                            " ;(\\) mx.example.org; dkim=pass) f.example; none",
                            "(()\\) mx.example.org; dkim=pass (x)) f.example; none",
                            "(x) (\\) mx.example.org; none) f.example; none",
                            "(x)\r\n\t(\\) mx.example.org; none) f.example; none",
                            // to who knows neither escapes nor nesting
                            "((\\) mx.example.org; dkim=pass) ) foreign.example; spf=pass"}) {
    EXPECT_TRUE(claimsOurId("Authentication-Results", value, ours())) << value;
  }
  for (const char* value :
       {"(x) foreign.example; spf=pass", "(\\) x) foreign.example; spf=pass (mx.example.org)",
        "foreign.example (\\) mx.example.org); spf=pass", "(a (b) c) foreign.example; none"}) {
    EXPECT_FALSE(claimsOurId("Authentication-Results", value, ours())) << value;
  }
}

// A bare CR, or another line end that is no fold, in any field.
TEST(Removal, BehindALineEndInAnotherField) {
  const std::string field = "Authentication-Results: mx.example.org; dkim=pass header.d=bank.example";
  for (const std::string end : {"\r", "\n", "\v", "\f", "\x1c", "\x1e", "\r\n", "\r\r", "x\rSubject: y\r"}) {
    EXPECT_TRUE(claimsOurId("Subject", " hi" + end + field, ours())) << end;
    EXPECT_TRUE(claimsOurId("Authentication-Results", " foreign.example; none" + end + field, ours())) << end;
  }
  for (const std::string end : {"\r\n ", "\r\n\t", " ", "\r ", "\rX-"}) {
    EXPECT_FALSE(claimsOurId("Subject", " hi" + end + field, ours())) << end;
  }
  EXPECT_FALSE(claimsOurId("Subject", " hi\rAuthentication-Results: foreign.example; none", ours()));
}

TEST(Removal, AnyLength) {
  EXPECT_TRUE(claims("mx.example.org;" + std::string(1'000'000, '(')));
  EXPECT_TRUE(claims(std::string(1'000'000, '(') + " mx.example.org"));
  EXPECT_FALSE(claims("mx.other.example;" + std::string(1'000'000, ';')));
}

}  // namespace
}  // namespace alignd::authres
