// T5 and T6 of the published attacks: every disguise of our id goes, everything else stays.
#include "verifier/authres/removal.h"

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
}

TEST(Removal, WhatIsNotOurs) {
  const std::string_view rows[] = {
      " mx.other.example; dkim=pass header.d=bank.example",
      " sub.mx.example.org; dkim=pass",
      " mx.example.org.other.example; dkim=pass",
      " example.org; dkim=pass",
      " sub.mx.example.org/JOB; dkim=pass",  // a job id is no disguise
      " mx.other.example; dkim=pass header.d=mx.example.org",
      " mx.other.example (mx.example.org); dkim=pass",  // a comment is no id
      " mx.other.example; x=y reason=\"mx.example.org;\"",
      " mx.other.example what is this; dkim=pass",
      " \"mx.exam\r\n ple.org\"; dkim=pass",  // with a blank in it, to everybody
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
  }
}

TEST(Removal, IdThatReadsAsAMethod) {
  EXPECT_TRUE(claims("mail=x; dmarc=pass", ours("mail")));
  EXPECT_FALSE(claims("spf=x; mail=pass", ours("mail")));
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

TEST(Removal, AnyLength) {
  EXPECT_TRUE(claims("mx.example.org;" + std::string(1'000'000, '(')));
  EXPECT_TRUE(claims(std::string(1'000'000, '(') + " mx.example.org"));
  EXPECT_FALSE(claims("mx.other.example;" + std::string(1'000'000, ';')));
}

}  // namespace
}  // namespace alignd::authres
