#include "verifier/authres/upstream.h"

#include <gtest/gtest.h>

namespace alignd::authres {
namespace {

Options options() {
  Options out;
  out.upstreamIds = {"border.example.org"};
  out.upstreamMethods = {"iprev", "spf", "dkim", "arc", "dmarc"};
  return out;
}

Upstream take(const std::string& results) {
  return takeOver(parse("border.example.org; " + results), options());
}

TEST(Upstream, OnlyListedIds) {
  EXPECT_TRUE(isUpstream(parse("border.example.org; none"), options()));
  EXPECT_TRUE(isUpstream(parse("BORDER.example.org. 1; none"), options()));
  EXPECT_FALSE(isUpstream(parse("other.example.org; none"), options()));
  EXPECT_FALSE(isUpstream(parse("border.example.org 2; none"), options()))
      << "a version that nobody here can read";
  EXPECT_FALSE(isUpstream(parse("border.example.org; x=y ("), options()));
  EXPECT_FALSE(isUpstream(parse("spf=pass smtp.mailfrom=border.example.org"), options())) << "no id";
  EXPECT_FALSE(isUpstream(parse("border.example.org; none"), Options())) << "none by default";
}

TEST(Upstream, EveryMethod) {
  const auto up = take(
      "iprev=pass policy.iprev=192.0.2.1; spf=softfail smtp.mailfrom=a@Example.com; "
      "dkim=pass header.d=Example.com header.s=s1 header.a=rsa-sha256 header.b=\"Ab/12345\"; "
      "dkim=fail reason=\"bad\" header.i=@example.net header.b=Zz; arc=pass header.oldest-pass=2; "
      "dmarc=fail policy.dmarc=Quarantine header.from=example.com");
  EXPECT_EQ(up.iprev->status, IprevResult::Status::Pass);
  EXPECT_EQ(up.spf->status, spf::Status::SoftFail);
  EXPECT_EQ(up.spf->domain, "example.com");
  EXPECT_EQ(up.spf->identity, spf::Identity::MailFrom);
  ASSERT_EQ(up.dkim->signatures.size(), 2U);
  EXPECT_TRUE(up.dkim->signatures[0].passes());
  EXPECT_EQ(up.dkim->signatures[0].domainAscii, "example.com");
  EXPECT_EQ(up.dkim->signatures[0].headerB, "Ab/12345");
  EXPECT_EQ(up.dkim->signatures[1].domain, "example.net");
  EXPECT_EQ(up.dkim->signatures[1].text, "as border.example.org found: bad");
  EXPECT_EQ(up.arc->oldestPass, 2);
  EXPECT_EQ(up.dmarc->status, dmarc::Status::Fail);
  EXPECT_EQ(up.dmarc->effective, dmarc::Policy::Quarantine);
  EXPECT_EQ(up.dmarc->authorDomain, "example.com");
}

TEST(Upstream, OnlyTheMethodsAskedFor) {
  Options some = options();
  some.upstreamMethods = {"spf"};
  const auto up =
      takeOver(parse("x; spf=pass smtp.mailfrom=a.example; dmarc=pass header.from=a.example"), some);
  EXPECT_TRUE(up.spf);
  EXPECT_FALSE(up.dmarc);
  EXPECT_FALSE(up.dkim);
}

TEST(Upstream, WhatCannotBeReliedOnIsEvaluatedHere) {
  EXPECT_FALSE(take("spf=pass").spf) << "passed for whom?";
  EXPECT_FALSE(take("spf=hardfail smtp.mailfrom=a.example").spf) << "no word of RFC 8601";
  EXPECT_FALSE(take("spf=pass smtp.mailfrom=a.example; spf=fail smtp.mailfrom=a.example").spf) << "two";
  EXPECT_FALSE(take("spf=pass junk smtp.mailfrom=a.example").spf);
  EXPECT_FALSE(take("spf=pass smtp.mailfrom=a.example smtp.mailfrom=b.example").spf);
  EXPECT_FALSE(take("spf/2=pass smtp.mailfrom=a.example").spf);
  EXPECT_FALSE(take("dmarc=pass").dmarc);
  EXPECT_FALSE(take("dkim=pass").dkim);
  EXPECT_FALSE(take("dkim=pass header.d=a.example; dkim=what header.d=b.example").dkim);
  EXPECT_FALSE(
      take("dkim=pass header.d=a.example header.b=Ab; dkim=fail header.d=a.example header.b=Ab").dkim)
      << "RFC 6008 section 4";
  EXPECT_FALSE(take("none").dkim);
}

TEST(Upstream, None) {
  EXPECT_TRUE(take("dkim=none").dkim->signatures.empty());
  EXPECT_EQ(take("arc=none").arc->status, arc::Status::None);
  EXPECT_EQ(take("arc=pass header.oldest-pass=999").arc->oldestPass, -1);
}

}  // namespace
}  // namespace alignd::authres
