#include "verifier/verification.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/zone/zone.h"
#include "tests/support/held_resolver.h"
#include "tests/support/stale_resolver.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/policy/failure_memory.h"

namespace alignd {
namespace {

constexpr UnixTime kWall{std::chrono::seconds(1'760'000'000)};

dns::ProgressThreads& progress() {
  static dns::ProgressThreads thread;
  return thread;
}

std::shared_ptr<dns::Zone> exampleZone() {
  auto zone = std::make_shared<dns::Zone>();
  const auto txt = [&](const char* name, const char* text) {
    zone->add(*dns::Name::parse(name), dns::Type::TXT, {300, dns::Txt(text)});
  };
  txt("example.org", "v=spf1 ip4:192.0.2.0/24 -all");
  txt("_dmarc.example.org", "v=DMARC1; p=reject");
  return zone;
}

Client client(const char* address) {
  Client out;
  out.address = IpAddress::parse(address);
  out.helo = "mail.example.org";
  return out;
}

// Answers nothing until told to; then everything, from a zone. Counts.
class HeldResolver final : public dns::Resolver {
 public:
  explicit HeldResolver(std::shared_ptr<dns::Zone> zone) : zone_(std::move(zone)) {}
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time) override {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(question, mailbox);
    return nullptr;
  }
  // Answers what has been asked so far; returns how many questions that were.
  std::size_t release() {
    std::vector<std::pair<dns::Question, std::weak_ptr<dns::Mailbox>>> now;
    {
      const std::lock_guard lock(mutex_);
      now.swap(waiting_);
    }
    for (auto& [question, mailbox] : now) {
      if (const auto box = mailbox.lock()) box->deliver(zone_->answer(question, {}));
    }
    return now.size();
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<dns::Zone> zone_;
  std::vector<std::pair<dns::Question, std::weak_ptr<dns::Mailbox>>> waiting_;
};

class VerificationTest : public testing::Test {
 protected:
  std::shared_ptr<VerificationOptions> options_ = std::make_shared<VerificationOptions>();
  Time now_ = std::chrono::steady_clock::now();

  std::unique_ptr<Verification> over(std::shared_ptr<dns::Resolver> resolver) {
    return std::make_unique<Verification>(options_, std::move(resolver), progress());
  }
  void feed(Verification& v, const std::string& from, const char* address = "192.0.2.1",
            Exemption exemption = Exemption::None) {
    v.begin(client(address), "bounce@example.org", false, exemption, now_, kWall);
    v.recipient("joe@example.net");
    v.field({"From", " " + from}, now_);
    v.field({"Subject", " hello"}, now_);
    v.endOfHeader(now_);
  }
  Verdict finish(Verification& v) {
    while (!v.ready(now_)) v.wait();
    return v.finish(now_);
  }
};

TEST_F(VerificationTest, AlignedSpfPassesDmarc) {
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  feed(*v, "Joe <joe@example.org>");
  EXPECT_FALSE(v->wantsBody());  // no signature: the body may be skipped
  const Verdict verdict = finish(*v);
  ASSERT_TRUE(verdict.spf);
  EXPECT_EQ(verdict.spf->status, spf::Status::Pass);
  EXPECT_EQ(verdict.author.domain, "example.org");
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Pass);
  EXPECT_TRUE(verdict.dmarc.alignedSpf);
  EXPECT_EQ(verdict.arc.status, arc::Status::None);
  EXPECT_FALSE(verdict.deadlineMissed);
}

// [dns] serve_stale is for keys: an SPF record or a policy beyond its TTL is none.
TEST_F(VerificationTest, StaleAnswersAreNoAnswersToSpfAndDmarc) {
  auto v = over(std::make_shared<test::StaleResolver>(exampleZone()));
  feed(*v, "joe@example.org");
  const Verdict verdict = finish(*v);
  ASSERT_TRUE(verdict.spf);
  EXPECT_EQ(verdict.spf->status, spf::Status::TempError);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::TempError);
  EXPECT_TRUE(verdict.dmarc.record.empty());
}

TEST_F(VerificationTest, NothingIsCarriedOverToTheNextMessage) {
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  feed(*v, "joe@example.org");
  (void)finish(*v);
  feed(*v, "joe@example.org, eve@example.com", "198.51.100.1");
  const Verdict verdict = finish(*v);
  EXPECT_EQ(verdict.envelope.recipients.size(), 1U);
  EXPECT_EQ(verdict.author.problem, message::AuthorProblem::SeveralDomains);
  EXPECT_EQ(verdict.spf->status, spf::Status::Fail);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::PermError);
  EXPECT_EQ(v->header().size(), 2U);
}

TEST_F(VerificationTest, WaitsForWhatItNeedsAndNothingElse) {
  auto resolver = std::make_shared<HeldResolver>(exampleZone());
  auto v = over(resolver);
  feed(*v, "joe@example.org");
  EXPECT_FALSE(v->ready(now_));
  std::atomic<bool> done{false};
  std::thread answers([&] {
    while (!done) {
      resolver->release();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const Verdict verdict = finish(*v);
  done = true;
  answers.join();
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Pass);
  EXPECT_FALSE(verdict.deadlineMissed);
}

TEST_F(VerificationTest, TheDeadlineEndsInAnHonestTemperror) {
  auto v = over(std::make_shared<HeldResolver>(exampleZone()));
  feed(*v, "joe@example.org");
  EXPECT_FALSE(v->ready(now_));
  EXPECT_TRUE(v->ready(v->deadline()));
  const Verdict verdict = v->finish(v->deadline());
  EXPECT_TRUE(verdict.deadlineMissed);
  EXPECT_EQ(verdict.spf->status, spf::Status::TempError);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::TempError);
}

// [limits] re_runs: however many pieces the answers come in.
TEST_F(VerificationTest, EvaluationsAgainAreBounded) {
  options_->maxReRuns = 20;
  auto v = over(std::make_shared<HeldResolver>(exampleZone()));
  feed(*v, "joe@example.org");
  std::size_t runs = 1;
  while (!v->ready(now_)) ASSERT_LT(++runs, 100U);
  EXPECT_EQ(runs, 21U);
  EXPECT_EQ(v->finish(now_).dmarc.status, dmarc::Status::TempError);
}

TEST_F(VerificationTest, AnInterruptEndsTheWaiting) {
  auto v = over(std::make_shared<HeldResolver>(exampleZone()));
  feed(*v, "joe@example.org");
  ASSERT_FALSE(v->ready(now_));
  std::thread other([&] { v->interrupt(); });
  while (!v->ready(now_)) v->wait();
  other.join();
  EXPECT_EQ(v->finish(now_).dmarc.status, dmarc::Status::TempError);
}

TEST_F(VerificationTest, AnExemptMessageAsksNothingAndKeepsItsFields) {
  auto resolver = std::make_shared<HeldResolver>(exampleZone());
  auto v = over(resolver);
  feed(*v, "joe@example.org", "127.0.0.1", Exemption::TrustedNetwork);
  EXPECT_TRUE(v->ready(now_));
  EXPECT_EQ(resolver->release(), 0U);
  EXPECT_EQ(v->header().size(), 2U);
  const Verdict verdict = v->finish(now_);
  EXPECT_EQ(verdict.exemption, Exemption::TrustedNetwork);
  EXPECT_FALSE(verdict.spf);
}

TEST_F(VerificationTest, BeyondTheHeaderCapNobodyIsTheAuthor) {
  options_->maxHeaderBytes = 64;
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  v->begin(client("192.0.2.1"), "bounce@example.org", false, Exemption::None, now_, kWall);
  v->field({"From", " joe@example.org"}, now_);
  v->field({"X-Long", std::string(100, 'x')}, now_);
  v->field({"From", " eve@example.com"}, now_);
  v->endOfHeader(now_);
  const Verdict verdict = finish(*v);
  EXPECT_TRUE(verdict.headerTruncated);
  EXPECT_EQ(verdict.author.problem, message::AuthorProblem::HeaderTooLong);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::PermError);
}

TEST_F(VerificationTest, BeyondTheCapOfFieldsLikewise) {
  options_->maxFields = 2;
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  feed(*v, "joe@example.org");
  EXPECT_FALSE(finish(*v).headerTruncated);
  options_->maxFields = 1;
  feed(*v, "joe@example.org");
  const Verdict verdict = finish(*v);
  EXPECT_EQ(v->header().size(), 1U);
  EXPECT_TRUE(verdict.headerTruncated);
  EXPECT_EQ(verdict.author.problem, message::AuthorProblem::HeaderTooLong);
}

// Whichever answer comes last is waited for: of the key, of SPF, of the policy, of the client's name.
TEST_F(VerificationTest, ReadyWithEveryAnswer) {
  options_->iprev = true;
  const auto zone = exampleZone();
  const auto host = *dns::Name::parse("mail.example.org");
  zone->add(*dns::Name::parse("1.2.0.192.in-addr.arpa"), dns::Type::PTR, {300, host});
  zone->add(host, dns::Type::A, {300, *IpAddress::parse("192.0.2.1")});
  zone->add(*dns::Name::parse("s1._domainkey.example.org"), dns::Type::TXT,
            {300, dns::Txt(test::SigningKey::ed25519().record())});
  const std::string body = "Hello.\r\n";
  test::Fields fields{"From: joe@example.org", "To: x@example.net", "Subject: hello", "Date: today"};
  fields.insert(fields.begin(), test::sign(fields, body, test::SigningKey::ed25519()));
  for (const char* last :
       {"s1._domainkey.example.org", "example.org", "_dmarc.example.org", "1.2.0.192.in-addr.arpa"}) {
    SCOPED_TRACE(last);
    auto resolver = std::make_shared<test::HoldingResolver>(zone, last);
    auto v = over(resolver);
    v->begin(client("192.0.2.1"), "bounce@example.org", false, Exemption::None, now_, kWall);
    for (const auto& field : fields) {
      const auto colon = field.find(':');
      v->field({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)}, now_);
    }
    v->endOfHeader(now_);
    v->body(std::as_bytes(std::span(body.data(), body.size())));
    for (int again = 0; again < 3; ++again) EXPECT_FALSE(v->ready(now_));
    resolver->release();
    const Verdict verdict = finish(*v);
    EXPECT_FALSE(verdict.deadlineMissed);
    EXPECT_EQ(verdict.spf->status, spf::Status::Pass);
    EXPECT_EQ(verdict.dkim.signatures.at(0).status, dkim::Status::Pass);
    EXPECT_EQ(verdict.iprev->status, IprevResult::Status::Pass);
    EXPECT_TRUE(verdict.dmarc.alignedSpf && verdict.dmarc.alignedDkim);
  }
}

// Of a failure it is told whose the signature was meant to be: finish() must find that answer there.
TEST_F(VerificationTest, ASignatureThatCannotBeReadIsWaitedForToo) {
  const auto zone = exampleZone();
  zone->add(*dns::Name::parse("_dmarc.mail.example.org"), dns::Type::TXT,
            {300, dns::Txt(std::string("v=DMARC1; p=reject"))});
  for (const char* signature : {" v=1; a=rsa-sha256; d=example..org; s=s1; h=from; bh=; b=",
                                " v=1; a=rsa-sha1; d=example.org; s=s1; h=from; bh=MTIz; b=MTIz", " "}) {
    SCOPED_TRACE(signature);
    auto resolver = std::make_shared<test::HoldingResolver>(zone, "_dmarc.example.org");
    auto v = over(resolver);
    v->begin(client("192.0.2.1"), "bounce@example.net", false, Exemption::None, now_, kWall);
    v->field({"DKIM-Signature", signature}, now_);
    v->field({"From", " joe@mail.example.org"}, now_);
    v->endOfHeader(now_);
    for (int again = 0; again < 3; ++again) EXPECT_FALSE(v->ready(now_));
    resolver->release();
    const Verdict verdict = finish(*v);
    EXPECT_FALSE(verdict.deadlineMissed);
    EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Fail);
    EXPECT_EQ(verdict.dmarc.organizationalDomain, "example.org");
  }
}

TEST_F(VerificationTest, FinishNeverWaits) {
  auto v = over(std::make_shared<HeldResolver>(exampleZone()));
  feed(*v, "joe@example.org");
  const Verdict& verdict = v->finish(now_);
  EXPECT_TRUE(verdict.deadlineMissed);
  EXPECT_EQ(verdict.spf->status, spf::Status::TempError);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::TempError);
}

// Of a relay's mail nobody knows what SPF would have said; that the policy is not known either is another matter.
TEST_F(VerificationTest, ThePolicyOfARelaysMailThatDidNotCome) {
  auto v = over(std::make_shared<test::HoldingResolver>(exampleZone(), "_dmarc.example.org"));
  Client relayed;
  relayed.relay = IpAddress::parse("192.0.2.1");
  v->begin(relayed, "bounce@example.org", false, Exemption::None, now_, kWall, {true, {}});
  v->field({"From", " joe@example.org"}, now_);
  v->endOfHeader(now_);
  EXPECT_FALSE(v->ready(now_));
  EXPECT_TRUE(v->ready(v->deadline()));
  const Verdict& verdict = v->finish(v->deadline());
  EXPECT_TRUE(verdict.deadlineMissed);
  EXPECT_EQ(verdict.spf->status, spf::Status::None);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::TempError) << "it may be known later";
  EXPECT_TRUE(verdict.dmarc.discoveryFailed);
  EXPECT_FALSE(verdict.dmarc.spfUntold);
}

// The MTA did not say who it is: there is no SPF and no iprev, and nobody passes by them.
TEST_F(VerificationTest, AClientWithoutAnAddress) {
  options_->iprev = true;
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  v->begin(Client(), "bounce@example.org", false, Exemption::None, now_, kWall);
  v->field({"From", " joe@example.org"}, now_);
  v->endOfHeader(now_);
  const Verdict verdict = finish(*v);
  EXPECT_FALSE(verdict.spf);
  EXPECT_FALSE(verdict.iprev);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Fail);
}

// [spf] minimum_prefix4: the pass stays one, and aligns with nothing.
TEST_F(VerificationTest, APassThroughAWideNetworkIsNotDmarcs) {
  for (const int minimum : {24, 25}) {
    options_->spf.minimumPrefix4 = minimum;
    auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
    feed(*v, "joe@example.org");
    const Verdict verdict = finish(*v);
    EXPECT_EQ(verdict.spf->status, spf::Status::Pass);
    EXPECT_EQ(verdict.dmarc.status, minimum == 24 ? dmarc::Status::Pass : dmarc::Status::Fail);
    EXPECT_EQ(verdict.dmarc.alignedSpf, minimum == 24);
  }
}

TEST_F(VerificationTest, NewSettingsCountFromTheNextMessage) {
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  const auto unparsed = [&] {
    v->begin(client("192.0.2.1"), "bounce@example.org", false, Exemption::None, now_, kWall);
    v->field({"DKIM-Signature", " v=1; d=example.org"}, now_);
    v->field({"From", " joe@example.org"}, now_);
    v->endOfHeader(now_);
    return finish(*v).dkim.unparsed;
  };
  EXPECT_EQ(unparsed(), 0U);
  v->use(options_);
  EXPECT_EQ(unparsed(), 0U);
  const auto other = std::make_shared<VerificationOptions>();
  other->dkim.maximumFields = 0;
  v->use(other);
  EXPECT_EQ(unparsed(), 1U);
}

// The policy is asked ahead for a domain that there can be, and for no other.
TEST_F(VerificationTest, ThePolicyOfTheEnvelopeIsAskedAhead) {
  std::string longest;
  while (longest.size() + 64 <= dns::kMaxNameText) longest += std::string(60, 'x') + ".";
  longest += std::string(dns::kMaxNameText - longest.size(), 'x');
  for (const std::string& path : {std::string(), std::string("nobody"), std::string("x@"), std::string("x@."),
                                  std::string("x@a..b"), "x@" + longest, std::string("x@y@example.org")}) {
    auto resolver = std::make_shared<test::HoldingResolver>(exampleZone());
    auto v = over(resolver);
    Methods spf;
    spf.spf = true;  // asks nothing for now
    v->begin(client("192.0.2.1"), path, false, Exemption::None, now_, kWall, {false, spf});
    if (path.ends_with("example.org")) {
      EXPECT_THAT(resolver->asked(), testing::ElementsAre("_dmarc.example.org"));
    } else {
      EXPECT_THAT(resolver->asked(), testing::IsEmpty()) << path;
    }
  }
}

TEST_F(VerificationTest, SpfIsStartedOnce) {
  auto resolver = std::make_shared<test::HoldingResolver>(exampleZone());
  auto v = over(resolver);
  Methods iprev;
  iprev.iprev = true;
  v->begin(client("192.0.2.1"), "bounce@example.org", false, Exemption::None, now_, kWall, {false, iprev});
  v->takeOver({}, now_);
  v->field({"From", " joe@example.org"}, now_);
  v->endOfHeader(now_);
  EXPECT_EQ(finish(*v).spf->status, spf::Status::Pass);
  const auto asked = resolver->asked();
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "example.org"), 1);
}

// Whatever else becomes known of an exempt message.
TEST_F(VerificationTest, AnExemptMessageNeverAsks) {
  auto resolver = std::make_shared<test::HoldingResolver>(exampleZone());
  auto v = over(resolver);
  v->begin(client("192.0.2.1"), "bounce@example.org", false, Exemption::TrustedNetwork, now_, kWall,
           {true, Methods::all()});
  authres::Upstream upstream;
  upstream.spf = spf::Result();
  v->takeOver(upstream, now_);
  v->cameFrom(IpAddress::parse("192.0.2.9"), now_);
  v->field({"From", " joe@example.org"}, now_);
  v->endOfHeader(now_);
  v->wait();
  EXPECT_TRUE(v->ready(now_));
  const Verdict& verdict = v->finish(now_);
  EXPECT_FALSE(verdict.spf);
  EXPECT_FALSE(verdict.takenOver.methods.any());
  EXPECT_THAT(resolver->asked(), testing::IsEmpty());
  EXPECT_TRUE(v->used().empty());
  EXPECT_TRUE(v->usedBySpf().empty());
}

TEST_F(VerificationTest, WhatWasAskedIsToldAfterwards) {
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  EXPECT_TRUE(v->used().empty());
  EXPECT_TRUE(v->usedBySpf().empty());
  feed(*v, "joe@example.org");
  (void)finish(*v);
  const auto names = [](const auto& used) {
    std::vector<std::string> out;
    for (const auto& [question, answer] : used) {
      EXPECT_TRUE(answer);
      out.push_back(question.name.text());
    }
    return out;
  };
  EXPECT_THAT(names(v->used()), testing::Contains("_dmarc.example.org"));
  EXPECT_THAT(names(v->usedBySpf()), testing::ElementsAre("example.org"));
  v->abandon();
  EXPECT_TRUE(v->used().empty());
  EXPECT_TRUE(v->usedBySpf().empty());
}

// However early DNS said that it does not know: [policy] temperror_patience counts it.
TEST_F(VerificationTest, APolicyThatFailedEarlyIsWhatTheMessageHangsOn) {
  const auto zone = exampleZone();
  zone->fail(*dns::Name::parse("_dmarc.example.net"), nullptr, dns::Status::ServerFailure);
  auto v = over(std::make_shared<dns::ZoneResolver>(zone));
  feed(*v, "joe@example.net");
  const Verdict verdict = finish(*v);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::TempError);
  const auto outcome = policy::outcomeOf(verdict, v->used(), v->usedBySpf());
  const dns::Question failed{*dns::Name::parse("_dmarc.example.net"), dns::Type::TXT};
  EXPECT_EQ(outcome.failed, std::vector{failed});
  zone->add(failed.name, dns::Type::TXT, {300, dns::Txt("v=DMARC1; p=none")});
  feed(*v, "joe@example.net");
  const Verdict told = finish(*v);
  const auto later = policy::outcomeOf(told, v->used(), v->usedBySpf());
  EXPECT_TRUE(later.failed.empty());
  EXPECT_THAT(later.answered, testing::Contains(failed));
}

TEST_F(VerificationTest, AnInterruptBetweenMessagesEndsNothing) {
  auto v = over(std::make_shared<dns::ZoneResolver>(exampleZone()));
  v->interrupt();
  feed(*v, "joe@example.org");
  EXPECT_EQ(finish(*v).dmarc.status, dmarc::Status::Pass);
  v->abandon();
  v->interrupt();
  feed(*v, "joe@example.org");
  EXPECT_FALSE(finish(*v).deadlineMissed);
}

TEST_F(VerificationTest, AMessageThatGoesAwayDetaches) {
  auto resolver = std::make_shared<HeldResolver>(exampleZone());
  auto v = over(resolver);
  feed(*v, "joe@example.org");
  v->abandon();
  EXPECT_GT(resolver->release(), 0U);  // answers to nobody
  v.reset();
}

}  // namespace
}  // namespace alignd
