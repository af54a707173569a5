// Mail that a host of ours hands on: whose it is and what was found comes with the header (RFC 8601 section 4.1).
#include <algorithm>
#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/zone/zone.h"
#include "tests/support/keep_line.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/authres/write.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/report/story.h"
#include "verifier/spf/received_spf.h"
#include "verifier/verification.h"

namespace alignd {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr UnixTime kWall{std::chrono::seconds(1'760'000'000)};

dns::ProgressThreads& progress() {
  static dns::ProgressThreads thread;
  return thread;
}

// Answers at once from a zone, and knows what was asked. SPF asks on another thread too.
class ListeningResolver final : public dns::Resolver {
 public:
  explicit ListeningResolver(std::shared_ptr<const dns::Zone> zone) : resolver_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need need, Time now) override {
    const std::lock_guard lock(mutex_);
    asked_.insert(question.name.text() + " " + std::string(dns::typeName(question.type)));
    return resolver_.findOrAsk(question, mailbox, need, now);
  }
  std::set<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  dns::ZoneResolver resolver_;
  std::set<std::string> asked_;
};

class HandedOn : public testing::Test {
 protected:
  HandedOn() {
    const auto txt = [&](const char* name, const std::string& text) {
      zone_->add(*dns::Name::parse(name), dns::Type::TXT, {300, dns::Txt(text)});
    };
    txt("bounce.example.org", "v=spf1 ip4:198.51.100.1 -all");
    txt("_dmarc.example.org", "v=DMARC1; p=reject");
    txt("s1._domainkey.example.org", test::SigningKey::ed25519().record());
    policy_.mode = policy::Mode::Enforce;
    policy_.reject = policy::Action::Reject;
    client_.address = IpAddress::parse("192.0.2.1");  // the host of ours
    client_.helo = "relay.example.net";
    fields_ = {"From: Jo <jo@example.org>", "To: x@example.net", "Subject: hello", "Date: today"};
  }

  void sign() { fields_.insert(fields_.begin(), test::sign(fields_, kBody, test::SigningKey::ed25519())); }

  void begin(Awaited awaited) {
    Client client = client_;
    if (awaited.client) {
      client = Client();
      client.relay = client_.address;
    }
    verification_.begin(client, mailFrom_, false, Exemption::None, now_, kWall, awaited);
    verification_.recipient("x@example.net");
  }

  void feed() {
    for (const auto& field : fields_) {
      const auto colon = field.find(':');
      verification_.field(
          {std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)}, now_);
    }
  }

  void finish() {
    verification_.endOfHeader(now_);
    wantedBody_ = verification_.wantsBody();
    verification_.body(std::as_bytes(std::span(kBody.data(), kBody.size())));
    while (!verification_.ready(now_)) verification_.wait();
    verdict_ = verification_.finish(now_);
    decision_ = policy::decide(verdict_, {}, policy_);
    authres::Options field;
    field.authservId = "mx.example.net";
    results_ = authres::write(verdict_, decision_, field);
    std::erase_if(results_, [](char c) { return c == '\r' || c == '\n'; });
    std::replace(results_.begin(), results_.end(), '\t', ' ');
    line_.clear();
    report::appendLine(line_, report::Format::Json, verdict_, decision_, {});
    test::keepLine(line_);
  }

  // All in one: a border host said `results`.
  void judge(const std::string& results, Methods methods = Methods::all()) {
    begin({false, methods});
    verification_.takeOver(
        authres::takeOver(authres::parse("border.example; " + results), methods, mailFrom_.empty()), now_);
    feed();
    finish();
  }

  static constexpr std::string_view kBody = "Hello.\r\n";
  std::shared_ptr<dns::Zone> zone_ = std::make_shared<dns::Zone>();
  std::shared_ptr<ListeningResolver> resolver_ = std::make_shared<ListeningResolver>(zone_);
  std::shared_ptr<VerificationOptions> options_ = std::make_shared<VerificationOptions>();
  Verification verification_{options_, resolver_, progress()};
  Time now_ = std::chrono::steady_clock::now();
  Client client_;
  std::string mailFrom_ = "b@bounce.example.org";
  test::Fields fields_;
  policy::Options policy_;
  Verdict verdict_;
  policy::Decision decision_;
  bool wantedBody_ = false;
  std::string results_;
  std::string line_;
};

TEST_F(HandedOn, AllIsTakenOverAndNothingIsAsked) {
  options_->iprev = true;
  sign();
  judge(
      "iprev=fail policy.iprev=203.0.113.9; spf=pass smtp.mailfrom=bounce.example.org; dkim=fail "
      "reason=\"body\" "
      "header.d=example.org header.s=s1 header.b=AbCdEfGh; arc=pass header.oldest-pass=1 "
      "smtp.remote-ip=203.0.113.9; dmarc=pass policy.dmarc=reject header.from=example.org");
  EXPECT_THAT(resolver_->asked(), IsEmpty());
  EXPECT_FALSE(wantedBody_);
  EXPECT_EQ(
      results_,
      "mx.example.net; iprev=fail reason=\"as border.example found\" policy.iprev=203.0.113.9; spf=pass "
      "smtp.mailfrom=bounce.example.org; dkim=fail reason=\"as border.example found: body\" "
      "header.d=example.org header.s=s1 header.b=AbCdEfGh; arc=pass header.oldest-pass=1 "
      "smtp.remote-ip=203.0.113.9; dmarc=pass policy.dmarc=reject header.from=example.org");
  EXPECT_THAT(line_,
              HasSubstr("\"taken_over\":{\"from\":\"border.example\",\"methods\":[\"iprev\",\"spf\",\"dkim\","
                        "\"arc\",\"dmarc\"]}"));
  EXPECT_THAT(line_, HasSubstr("\"reason\":\"taken_over\""));
  EXPECT_THAT(line_, Not(HasSubstr("treewalk"))) << "nobody here walked";
  std::string story;
  report::appendStory(story, verdict_, decision_);
  EXPECT_THAT(story, HasSubstr("taken over from border.example"));
}

// What the border may not speak of, it has not said.
TEST_F(HandedOn, OneMethodOfSeveral) {
  const auto all = authres::takeOver(
      authres::parse("border.example; iprev=pass policy.iprev=203.0.113.9; spf=pass "
                     "smtp.mailfrom=bounce.example.org; dkim=pass header.d=example.org header.b=AbCdEfGh; "
                     "arc=pass; dmarc=pass header.from=example.org"),
      Methods::all(), false);
  for (bool Methods::* const one :
       {&Methods::iprev, &Methods::spf, &Methods::dkim, &Methods::arc, &Methods::dmarc}) {
    Methods some;
    some.*one = true;
    EXPECT_TRUE(some.any());
    EXPECT_FALSE(some.without(some).any());
    begin({false, some});
    verification_.takeOver(all, now_);
    feed();
    finish();
    for (bool Methods::* const other :
         {&Methods::iprev, &Methods::spf, &Methods::dkim, &Methods::arc, &Methods::dmarc}) {
      EXPECT_EQ(verdict_.takenOver.methods.*other, one == other);
    }
    EXPECT_EQ(verdict_.iprev.has_value(), some.iprev);
    EXPECT_EQ(verdict_.spf->status, some.spf ? spf::Status::Pass : spf::Status::Fail) << "192.0.2.1";
    EXPECT_EQ(verdict_.dkim.signatures.size(), some.dkim ? 1U : 0U);
    EXPECT_EQ(verdict_.arc.status, some.arc ? arc::Status::Pass : arc::Status::None);
    EXPECT_EQ(verdict_.dmarc.status,
              some.spf || some.dkim || some.dmarc ? dmarc::Status::Pass : dmarc::Status::Fail);
  }
}

TEST_F(HandedOn, NothingIsToldOfMailThatIsExempt) {
  begin({false, Methods::all()});
  verification_.takeOver(authres::takeOver(authres::parse("border.example; spf=pass smtp.mailfrom=a.example; "
                                                          "dkim=none; dmarc=pass header.from=example.org"),
                                           Methods::all(), false),
                         now_);
  feed();
  verification_.exempt(Exemption::Recipient);
  finish();
  EXPECT_FALSE(verdict_.takenOver.methods.any());
  EXPECT_FALSE(verdict_.spf);
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::None);
  EXPECT_EQ(results_, "mx.example.net; none");
}

TEST_F(HandedOn, WhatIsLeftOpenIsEvaluatedHere) {
  sign();
  judge("spf=fail smtp.mailfrom=bounce.example.org; dkim=pass; dmarc=pass header.from=example.org");
  EXPECT_THAT(resolver_->asked(), Contains("s1._domainkey.example.org TXT")) << "dkim=pass of whom?";
  EXPECT_THAT(resolver_->asked(), Not(Contains("bounce.example.org TXT")));
  EXPECT_THAT(results_,
              HasSubstr("dkim=pass header.d=example.org header.i=@example.org header.a=ed25519-sha256"));
  EXPECT_THAT(results_, HasSubstr("spf=fail reason=\"as border.example found\""));
  EXPECT_THAT(results_, HasSubstr("arc=none"));
  EXPECT_TRUE(wantedBody_);
  EXPECT_THAT(line_, HasSubstr("\"methods\":[\"spf\",\"dmarc\"]"));
}

TEST_F(HandedOn, DmarcIsEvaluatedOverIdentifiersThatWereTakenOver) {
  Methods some;
  some.spf = some.dkim = true;
  judge(
      "spf=pass smtp.mailfrom=bounce.example.org; dkim=none; dmarc=fail header.from=example.org "
      "policy.dmarc=reject",
      some);
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Pass) << "relaxed alignment with the border's SPF";
  EXPECT_TRUE(verdict_.dmarc.alignedSpf);
  judge("spf=fail smtp.mailfrom=bounce.example.org; dkim=pass header.d=example.org header.b=AbCdEfGh", some);
  EXPECT_TRUE(verdict_.dmarc.alignedDkim);
  judge("spf=pass smtp.mailfrom=other.example; dkim=pass header.d=other.example header.b=AbCdEfGh", some);
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Fail);
  EXPECT_EQ(decision_.taken.action, policy::Action::Reject);
}

TEST_F(HandedOn, PolicyActsOnItAsOnOurOwn) {
  judge("spf=none; dkim=none; arc=none; dmarc=fail policy.dmarc=reject header.from=example.org");
  EXPECT_EQ(decision_.taken.action, policy::Action::Reject);
  EXPECT_EQ(decision_.taken.replyText,
            "Email rejected per DMARC policy for example.org: as border.example found");
  EXPECT_THAT(line_, HasSubstr("\"disposition\":\"reject\""));
  judge("spf=none; dkim=none; arc=none; dmarc=fail policy.dmarc=none header.from=example.org");
  EXPECT_EQ(decision_.taken.action, policy::Action::Accept);
  EXPECT_THAT(results_, HasSubstr("policy.dmarc=none"));
}

TEST_F(HandedOn, RepliesAndReceivedSpfNameNoClientThatWasNotChecked) {
  policy_.spf.rejectFail = true;
  judge("spf=fail smtp.mailfrom=bounce.example.org; dkim=none; dmarc=none header.from=example.org");
  EXPECT_EQ(decision_.taken.cause, "spf");
  EXPECT_EQ(
      decision_.taken.replyText,
      "SPF MAIL FROM check failed: the client may not send for bounce.example.org, as border.example found");
  EXPECT_FALSE(verdict_.spf->client) << "no Received-SPF is written";
}

TEST_F(HandedOn, AnAmbiguousAuthorIsNobodysWhateverTheBorderSaid) {
  fields_.insert(fields_.begin(), "From: eve@example.com");
  judge("dkim=none; dmarc=pass policy.dmarc=reject header.from=example.org");
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::PermError);
  EXPECT_FALSE(verdict_.takenOver.methods.dmarc);
  EXPECT_EQ(decision_.taken.cause, "author");
}

TEST_F(HandedOn, AnotherAuthorIsEvaluatedHere) {
  judge("spf=none; dkim=none; dmarc=pass policy.dmarc=reject header.from=example.com");
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Fail);
  EXPECT_FALSE(verdict_.takenOver.methods.dmarc);
  EXPECT_EQ(verdict_.takenOver.from, "border.example");
  Methods dmarc;
  dmarc.dmarc = true;
  judge("dmarc=pass policy.dmarc=reject header.from=example.com", dmarc);
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Fail);
  EXPECT_EQ(verdict_.takenOver.from, "") << "nothing is left of it";
  EXPECT_THAT(line_, Not(HasSubstr("taken_over")));
}

TEST_F(HandedOn, ArcThatWasTakenOverOverridesNothing) {
  options_->arc.trustedSealers = {"border.example", "example.net"};
  judge(
      "spf=none; dkim=none; arc=pass header.oldest-pass=0; dmarc=fail policy.dmarc=reject "
      "header.from=example.org");
  EXPECT_EQ(verdict_.arc.status, arc::Status::Pass);
  EXPECT_FALSE(verdict_.arc.trustedPass);
  EXPECT_EQ(decision_.taken.action, policy::Action::Reject);
  policy::Rule rule;
  rule.name = "sealers";
  rule.sealers = {"border.example"};
  rule.action = policy::RuleAction::Accept;
  policy_.rules = {rule};
  EXPECT_EQ(policy::decide(verdict_, {}, policy_).taken.action, policy::Action::Reject);
}

// What waited for the border's word catches up: signatures above its field too.
TEST_F(HandedOn, NothingToTakeOver) {
  sign();
  begin({false, Methods::all()});
  feed();
  EXPECT_THAT(resolver_->asked(), IsEmpty()) << "it is not known yet";
  verification_.takeOver({}, now_);
  EXPECT_THAT(resolver_->asked(), Contains("s1._domainkey.example.org TXT"));
  EXPECT_THAT(resolver_->asked(), Contains("bounce.example.org TXT"));
  EXPECT_THAT(resolver_->asked(), Contains("_dmarc.bounce.example.org TXT"));
  finish();
  EXPECT_EQ(verdict_.dkim.signatures.at(0).status, dkim::Status::Pass);
  EXPECT_EQ(verdict_.spf->status, spf::Status::Fail) << "it came from 192.0.2.1";
  EXPECT_FALSE(verdict_.takenOver.methods.any());
}

TEST_F(HandedOn, TheEndOfTheHeaderEndsTheWaiting) {
  sign();
  begin({true, Methods::all()});
  feed();
  finish();
  EXPECT_EQ(verdict_.dkim.signatures.at(0).status, dkim::Status::Pass);
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Pass);
}

TEST_F(HandedOn, TheClientOfARelay) {
  options_->spf.helo = spf::HeloCheck::Report;
  options_->iprev = true;
  begin({true, {}});
  EXPECT_THAT(resolver_->asked(), Not(Contains("bounce.example.org TXT"))) << "whom to check?";
  verification_.cameFrom(IpAddress::parse("198.51.100.1"), now_);
  EXPECT_THAT(resolver_->asked(), Contains("bounce.example.org TXT")) << "before any other field";
  feed();
  finish();
  EXPECT_THAT(results_, HasSubstr("spf=pass smtp.mailfrom=bounce.example.org;"));
  EXPECT_THAT(results_, HasSubstr("policy.iprev=198.51.100.1"));
  EXPECT_FALSE(verdict_.spfHelo) << "what was said to the relay is not known";
  EXPECT_THAT(line_, HasSubstr("\"client\":\"198.51.100.1\",\"relay\":\"192.0.2.1\""));
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Pass);
}

TEST_F(HandedOn, ARelayThatNamesNobody) {
  options_->iprev = true;
  begin({true, {}});
  verification_.cameFrom(std::nullopt, now_);
  feed();
  finish();
  EXPECT_THAT(results_, HasSubstr("spf=none reason=\"the Received field of relay 192.0.2.1 names no client\" "
                                  "smtp.mailfrom=bounce.example.org"));
  EXPECT_THAT(results_, Not(HasSubstr("iprev")));
  EXPECT_THAT(line_, HasSubstr("\"client\":\"unknown\",\"relay\":\"192.0.2.1\""));
  EXPECT_THAT(line_, HasSubstr("names no client"));
  EXPECT_THAT(resolver_->asked(), Not(Contains("bounce.example.org TXT")));
  // SPF could have aligned: never a failure, never refused for it, never asked to come again.
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::PermError);
  EXPECT_THAT(results_, HasSubstr("dmarc=permerror"));
  EXPECT_THAT(verdict_.dmarc.text, HasSubstr("names no client, and SPF could have aligned"));
  EXPECT_EQ(decision_.wouldBe.action, policy::Action::Accept);
}

TEST_F(HandedOn, WhatCannotBeToldIsNoExcuseForWhatCouldNotAlign) {
  mailFrom_ = "user@other.example";
  begin({true, {}});
  verification_.cameFrom(std::nullopt, now_);
  feed();
  finish();
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Fail);
}

// SPF was told by the border: that the relay names nobody leaves nothing open.
TEST_F(HandedOn, ARelayThatNamesNobodyBesideABorderThatTellsSpf) {
  Methods spf;
  spf.spf = true;
  begin({true, spf});
  verification_.takeOver(authres::takeOver(authres::parse("border.example; spf=fail "
                                                          "smtp.mailfrom=bounce.example.org"),
                                           spf, false),
                         now_);
  verification_.cameFrom(std::nullopt, now_);
  feed();
  finish();
  EXPECT_EQ(verdict_.spf->status, spf::Status::Fail);
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Fail);
  EXPECT_FALSE(verdict_.dmarc.spfUntold);
}

TEST_F(HandedOn, TheNullPathBehindARelayHasNoDomain) {
  mailFrom_.clear();
  begin({true, {}});
  verification_.cameFrom(IpAddress::parse("198.51.100.1"), now_);
  feed();
  finish();
  EXPECT_EQ(verdict_.spf->status, spf::Status::None);
  EXPECT_TRUE(verdict_.spf->nullPath);
  EXPECT_THAT(results_, HasSubstr("spf=none"));
}

// SPF may be left open by the border: then the relay's word about the client counts.
TEST_F(HandedOn, RelayAndBorderInOne) {
  for (const bool clientFirst : {true, false}) {
    begin({true, Methods::all()});
    if (clientFirst) verification_.cameFrom(IpAddress::parse("198.51.100.1"), now_);
    verification_.takeOver(
        authres::takeOver(authres::parse("border.example; dkim=none"), Methods::all(), false), now_);
    if (!clientFirst) verification_.cameFrom(IpAddress::parse("198.51.100.1"), now_);
    feed();
    finish();
    EXPECT_EQ(verdict_.spf->status, spf::Status::Pass);
    EXPECT_TRUE(verdict_.takenOver.methods.dkim);
    EXPECT_FALSE(verdict_.takenOver.methods.spf);
  }
}

TEST_F(HandedOn, NothingIsCarriedOverToTheNextMessage) {
  judge("spf=pass smtp.mailfrom=bounce.example.org; dkim=none; arc=none; dmarc=pass header.from=example.org");
  begin({});
  feed();
  finish();
  EXPECT_FALSE(verdict_.takenOver.methods.any());
  EXPECT_EQ(verdict_.spf->status, spf::Status::Fail);
  EXPECT_EQ(verdict_.dmarc.status, dmarc::Status::Fail);
}

}  // namespace
}  // namespace alignd
