#include "verifier/authres/upstream.h"

#include <gtest/gtest.h>

namespace alignd::authres {
namespace {

const std::vector<std::string> kIds{"border.example.org"};

Upstream take(const std::string& results, bool nullPath = false) {
  return takeOver(parse("border.example.org; " + results), Methods::all(), nullPath);
}

TEST(Upstream, OnlyListedIds) {
  EXPECT_TRUE(isUpstream(parse("border.example.org; none"), kIds));
  EXPECT_TRUE(isUpstream(parse("BORDER.example.org. 1; none"), kIds));
  EXPECT_FALSE(isUpstream(parse("other.example.org; none"), kIds));
  EXPECT_FALSE(isUpstream(parse("border.example.org 2; none"), kIds))
      << "a version that nobody here can read";
  EXPECT_FALSE(isUpstream(parse("border.example.org; x=y ("), kIds));
  EXPECT_FALSE(isUpstream(parse("spf=pass smtp.mailfrom=border.example.org"), kIds)) << "no id";
  EXPECT_FALSE(isUpstream(parse("border.example.org; none"), {})) << "none by default";
  std::string many = "border.example.org";
  for (std::size_t i = 0; i < kMaxResults; ++i) many += "; x=y";
  EXPECT_TRUE(isUpstream(parse(many), kIds));
  EXPECT_FALSE(isUpstream(parse(many + "; x=y"), kIds)) << "not all of it was read";
}

TEST(Upstream, EveryMethod) {
  const auto up = take(
      "iprev=pass policy.iprev=192.0.2.1; spf=softfail smtp.mailfrom=a@Example.com; "
      "dkim=pass header.d=Example.com header.s=s1 header.a=rsa-sha256 header.b=\"Ab/12345\"; "
      "dkim=fail reason=\"bad\" header.i=@example.net header.b=Zz; "
      "arc=pass header.oldest-pass=2 smtp.remote-ip=\"2001:db8::1\"; "
      "dmarc=fail policy.dmarc=Quarantine header.from=example.com");
  EXPECT_EQ(up.authservId, "border.example.org");
  EXPECT_EQ(up.iprev->status, IprevResult::Status::Pass);
  EXPECT_EQ(up.iprev->address.value().text(), "192.0.2.1");
  EXPECT_EQ(up.spf->status, spf::Status::SoftFail);
  EXPECT_EQ(up.spf->domain, "example.com");
  EXPECT_EQ(up.spf->identity, spf::Identity::MailFrom);
  EXPECT_FALSE(up.spf->client) << "nobody here checked it";
  ASSERT_EQ(up.dkim->signatures.size(), 2U);
  EXPECT_TRUE(up.dkim->signatures[0].passes());
  EXPECT_EQ(up.dkim->signatures[0].reason, dkim::Reason::TakenOver);
  EXPECT_EQ(up.dkim->signatures[0].domainAscii, "example.com");
  EXPECT_EQ(up.dkim->signatures[0].headerB, "Ab/12345");
  EXPECT_EQ(up.dkim->signatures[1].domain, "example.net");
  EXPECT_EQ(up.dkim->signatures[1].text, "as border.example.org found: bad");
  EXPECT_EQ(up.arc->oldestPass, 2);
  EXPECT_EQ(up.arc->remote.value().text(), "2001:db8::1");
  EXPECT_FALSE(up.arc->trustedPass);
  EXPECT_EQ(up.dmarc->status, dmarc::Status::Fail);
  EXPECT_EQ(up.dmarc->effective, dmarc::Policy::Quarantine);
  EXPECT_EQ(up.dmarc->authorDomain, "example.com");
  EXPECT_EQ(up.dmarc->discoveryMethod, "") << "not ours to say";
}

TEST(Upstream, OnlyTheMethodsAskedFor) {
  Methods some;
  some.spf = true;
  const auto up = takeOver(
      parse("x; spf=pass smtp.mailfrom=a.example; dmarc=pass header.from=a.example; dkim=none"), some, false);
  EXPECT_TRUE(up.spf);
  EXPECT_FALSE(up.dmarc);
  EXPECT_FALSE(up.dkim);
}

TEST(Upstream, EachMethodIsAskedForByItself) {
  const Parsed field = parse(
      "x; iprev=pass policy.iprev=192.0.2.1; spf=pass smtp.mailfrom=a.example; dkim=none; arc=none; "
      "dmarc=pass header.from=a.example");
  for (auto member : {&Methods::iprev, &Methods::spf, &Methods::dkim, &Methods::arc, &Methods::dmarc}) {
    Methods one;
    EXPECT_FALSE(one.any());
    one.*member = true;
    EXPECT_TRUE(one.any());
    for (const bool taken : {true, false}) {
      const Methods asked = taken ? one : Methods::all().without(one);
      const Upstream up = takeOver(field, asked, false);
      EXPECT_EQ(up.iprev.has_value(), asked.iprev);
      EXPECT_EQ(up.spf.has_value(), asked.spf);
      EXPECT_EQ(up.dkim.has_value(), asked.dkim);
      EXPECT_EQ(up.arc.has_value(), asked.arc);
      EXPECT_EQ(up.dmarc.has_value(), asked.dmarc);
      EXPECT_EQ(asked.*member, taken);
    }
    EXPECT_FALSE(one.without(one).any());
    EXPECT_FALSE(Methods().without(one).any());
    EXPECT_TRUE(one.without({}).*member);
  }
}

TEST(Upstream, WhatCannotBeReliedOnIsEvaluatedHere) {
  EXPECT_FALSE(take("iprev=pass").iprev) << "of which address?";
  EXPECT_FALSE(take("iprev=pass policy.iprev=localhost").iprev);
  EXPECT_FALSE(take("iprev=neutral policy.iprev=192.0.2.1").iprev) << "no word of RFC 8601";
  EXPECT_EQ(take("iprev=fail policy.iprev=192.0.2.1").iprev->status, IprevResult::Status::Fail);
  EXPECT_EQ(take("iprev=permerror policy.iprev=192.0.2.1").iprev->status, IprevResult::Status::PermError);
  EXPECT_FALSE(take("spf=pass").spf) << "passed for whom?";
  EXPECT_FALSE(take("spf=pass smtp.mailfrom=\"a b\"").spf) << "no host name";
  EXPECT_FALSE(take("spf=fail").spf) << "failed for whom?";
  EXPECT_FALSE(take("spf=hardfail smtp.mailfrom=a.example").spf) << "no word of RFC 8601";
  EXPECT_FALSE(take("spf=pass smtp.mailfrom=a.example; spf=fail smtp.mailfrom=a.example").spf) << "two";
  EXPECT_FALSE(take("spf=pass junk smtp.mailfrom=a.example").spf);
  EXPECT_FALSE(take("spf=pass smtp.mailfrom=a.example smtp.mailfrom=b.example").spf);
  EXPECT_FALSE(take("spf/2=pass smtp.mailfrom=a.example").spf);
  EXPECT_FALSE(take("dmarc=pass").dmarc);
  EXPECT_FALSE(take("dmarc=none").dmarc) << "whose?";
  EXPECT_FALSE(take("dmarc=fail header.from=a.example").dmarc) << "under which policy?";
  EXPECT_FALSE(take("dmarc=fail header.from=a.example policy.dmarc=severe").dmarc);
  EXPECT_FALSE(take("dkim=pass").dkim);
  EXPECT_FALSE(take("dkim=pass header.d=a.example; dkim=what header.d=b.example").dkim);
  EXPECT_FALSE(
      take("dkim=pass header.d=a.example header.b=Ab; dkim=fail header.d=a.example header.b=Ab").dkim)
      << "RFC 6008 section 4";
  EXPECT_FALSE(take("none").dkim);
}

TEST(Upstream, NoMoreSignaturesThanAreEvaluated) {
  std::string results;
  for (std::size_t i = 0; i < kMaxTakenSignatures; ++i) {
    results += (i == 0 ? "dkim=pass header.d=d" : "; dkim=pass header.d=d") + std::to_string(i) + ".example";
  }
  EXPECT_EQ(take(results).dkim->signatures.size(), kMaxTakenSignatures);
  EXPECT_FALSE(take(results + "; dkim=fail header.d=one-more.example").dkim);
}

// A deferred message would come back with the same field: better to look anew.
TEST(Upstream, ATemporaryErrorIsLookedAtAgain) {
  EXPECT_FALSE(take("spf=temperror smtp.mailfrom=a.example").spf);
  EXPECT_FALSE(take("dkim=pass header.d=a.example; dkim=temperror header.d=b.example").dkim);
  EXPECT_FALSE(take("dmarc=temperror header.from=a.example").dmarc);
  EXPECT_FALSE(take("iprev=temperror policy.iprev=192.0.2.1").iprev);
}

// RFC 7208 section 2.4: it stands for MAIL FROM only where that is null.
TEST(Upstream, TheHeloNameCountsForTheNullPathAlone) {
  EXPECT_FALSE(take("spf=pass smtp.helo=mail.example").spf);
  const auto null = take("spf=pass smtp.helo=mail.example", true).spf;
  ASSERT_TRUE(null);
  EXPECT_TRUE(null->nullPath);
  EXPECT_EQ(null->identity, spf::Identity::MailFrom);
  EXPECT_EQ(null->domain, "mail.example");
}

TEST(Upstream, None) {
  EXPECT_TRUE(take("dkim=none").dkim->signatures.empty());
  EXPECT_EQ(take("arc=none").arc->status, arc::Status::None);
  EXPECT_EQ(take("arc=pass header.oldest-pass=999").arc->oldestPass, -1);
  EXPECT_EQ(take("arc=pass header.oldest-pass=no").arc->oldestPass, -1);
  EXPECT_FALSE(take("arc=policy").arc) << "no word of RFC 8617";
  const auto nobody = take("spf=none").spf;
  ASSERT_TRUE(nobody) << "whoever it is of, nothing was published";
  EXPECT_EQ(nobody->status, spf::Status::None);
  const auto quarantined = take("dmarc=fail header.from=a.example policy.dmarc=quarantine").dmarc;
  ASSERT_TRUE(quarantined);
  EXPECT_EQ(quarantined->effective, dmarc::Policy::Quarantine);
}

// The field that counts, in a header as a border host hands it on.
class SearchTest : public testing::Test {
 protected:
  using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
  // The index of the field that was found; -1: none.
  int found(const Fields& fields) {
    search_.begin(options_);
    int out = -1;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (search_.field(fields[i].first, fields[i].second)) out = static_cast<int>(i);
    }
    return out;
  }
  UpstreamOptions options_{{*Network::parse("192.0.2.0/24")}, kIds};
  UpstreamSearch search_;
};

constexpr std::pair<std::string_view, std::string_view> kResults{"Authentication-Results",
                                                                 " border.example.org; spf=none"};
constexpr std::pair<std::string_view, std::string_view> kFromOutside{
    "Received", " from x (x.example [198.51.100.1]) by border.example.org; date"};
constexpr std::pair<std::string_view, std::string_view> kFromItself{
    "Received", " from localhost (localhost [127.0.0.1]) by border.example.org; date"};
constexpr std::pair<std::string_view, std::string_view> kFromBorder{
    "Received", " from border (border.example.org [192.0.2.7]) by border2.example.org; date"};

TEST_F(SearchTest, AboveTheReceivedOfTheBorder) {
  EXPECT_EQ(found({kResults, kFromOutside, {"From", " a@example.com"}}), 0);
  EXPECT_EQ(found({{"X-Spam", " no"}, kResults, kFromOutside}), 1);
  EXPECT_EQ(found({{"Authentication-Results", " other.example; none"}, kResults, kFromOutside}), 1);
  EXPECT_EQ(found({kFromItself, kResults, kFromOutside}), 1) << "through a filter and back";
  EXPECT_EQ(found({kFromBorder, kFromItself, kResults, kFromOutside}), 2) << "one border host to another";
  EXPECT_EQ(search_.found().results.size(), 1U);
}

TEST_F(SearchTest, NotBelowIt) {
  EXPECT_EQ(found({kFromOutside, kResults}), -1) << "anyone could have written it";
  EXPECT_EQ(found({kFromItself, kFromOutside, kResults}), -1);
  EXPECT_EQ(found({{"received ", kFromOutside.second}, kResults}), -1) << "the same name";
  EXPECT_EQ(found({{"Received", " by border.example.org (Postfix, from userid 0); date"}, kResults}), -1)
      << "from whom cannot be told";
  EXPECT_EQ(found({{"Received", " from x (helo=[192.0.2.7]) by border; date"}, kResults}), -1) << "HELO text";
  EXPECT_EQ(found(Fields(11, kFromItself)), -1);
  Fields deep(10, kFromItself);
  deep.push_back(kResults);
  EXPECT_EQ(found(deep), -1) << "too deep";
}

TEST_F(SearchTest, OnlyTheTopmost) {
  EXPECT_EQ(found({kResults, kResults, kFromOutside}), 0);
  EXPECT_EQ(found({{"Authentication-Results", " border.example.org 9; dmarc=pass"}, kResults}), -1);
  EXPECT_EQ(found({{"Authentication-Results", " \"border.example.org\" x; spf=pass"}, kResults}), -1)
      << "malformed, but it claims the id";
}

}  // namespace
}  // namespace alignd::authres
