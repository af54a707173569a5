// From sealed message to decision and field: when a trusted sealer's word counts, and when it must not (RFC 8617
// section 7.2.1, DESIGN.md decision 10).
#include <gtest/gtest.h>

#include "tests/support/keep_line.h"
#include "tests/unit/arc/sealer.h"
#include "verifier/authres/write.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/verification.h"

namespace alignd {
namespace {

using test::Message;
using test::Seal;

struct Outcome {
  Verdict verdict;
  policy::Decision decision;
  std::string results;  // Authentication-Results
  std::string line;
};

// A list: the author's domain says reject, the list's changes broke its signature, its client fails SPF.
Message listMessage() {
  Message message;
  message.zone.add(*dns::Name::parse("_dmarc.author.example"), dns::Type::TXT,
                   {300, dns::Txt("v=DMARC1; p=reject")});
  message.zone.add(*dns::Name::parse("author.example"), dns::Type::TXT, {300, dns::Txt("v=spf1 -all")});
  return message;
}

Outcome judge(const Message& message, std::vector<std::string> trusted,
              std::uint64_t work = VerificationOptions().maxWork) {
  static dns::ProgressThreads progress;
  auto options = std::make_shared<VerificationOptions>();
  options->arc.trustedSealers = std::move(trusted);
  options->maxWork = work;
  const std::shared_ptr<const dns::Zone> zone(std::shared_ptr<const dns::Zone>(), &message.zone);
  Verification verification(options, std::make_shared<dns::ZoneResolver>(zone), progress);
  const Time now = std::chrono::steady_clock::now();
  Client client;
  client.address = IpAddress::parse("192.0.2.1");
  client.helo = "lists.example";
  verification.begin(client, "jo@author.example", false, Exemption::None, now,
                     UnixTime{std::chrono::seconds(1'760'000'000)});
  for (const auto& field : message.fields) {
    const auto colon = field.find(':');
    verification.field({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)},
                       now);
  }
  verification.endOfHeader(now);
  verification.body(std::as_bytes(std::span(message.body.data(), message.body.size())));
  while (!verification.ready(now)) verification.wait();
  Outcome out;
  out.verdict = verification.finish(now);
  policy::Options policy;
  policy.mode = policy::Mode::Enforce;
  policy.reject = policy::Action::Reject;
  out.decision = policy::decide(out.verdict, {}, policy);
  authres::Options field;
  field.authservId = "mx.example.net";
  out.results = authres::write(out.verdict, out.decision, field);
  report::appendLine(out.line, report::Format::Json, out.verdict, out.decision, {});
  test::keepLine(out.line);
  return out;
}

TEST(ArcOverride, WithoutAListedSealerNothingIsOverridden) {
  Message message = listMessage();
  message.seal({});
  const Outcome out = judge(message, {});
  EXPECT_EQ(out.verdict.arc.status, arc::Status::Pass);
  EXPECT_EQ(out.verdict.dmarc.status, dmarc::Status::Fail);
  EXPECT_EQ(out.decision.taken.action, policy::Action::Reject);
  EXPECT_EQ(out.decision.overrideType, "");
}

// Issue 12 item 8: over the budget the rest is left undone, and says so.
TEST(ArcOverride, WorkOverTheBudgetIsLeftUndone) {
  Message message = listMessage();
  message.seal({});
  const Outcome enough = judge(message, {"lists.example"});
  EXPECT_FALSE(enough.verdict.workRefused);
  EXPECT_GT(enough.verdict.work.rsaUnits, 0U);
  EXPECT_GE(enough.verdict.work.hashedOctets, message.body.size());
  EXPECT_EQ(enough.line.find("work_refused"), std::string::npos);

  const Outcome less = judge(message, {"lists.example"}, 1000);
  EXPECT_TRUE(less.verdict.workRefused);
  EXPECT_EQ(less.verdict.arc.status, arc::Status::Fail);
  EXPECT_NE(less.verdict.arc.text.find("too much work in this message"), std::string::npos)
      << less.verdict.arc.text;
  EXPECT_EQ(less.decision.taken.action, policy::Action::Reject);
  EXPECT_NE(less.line.find("\"work_refused\":true"), std::string::npos) << less.line;
}

TEST(ArcOverride, AListedSealerVouchesAndIsNamedEverywhere) {
  Message message = listMessage();
  message.seal({});
  const Outcome out = judge(message, {"lists.example"});
  EXPECT_EQ(out.verdict.dmarc.status, dmarc::Status::Fail);  // the result stays what it is
  EXPECT_EQ(out.decision.taken.action, policy::Action::Accept);
  EXPECT_EQ(out.decision.overrideType, "local_policy");
  EXPECT_NE(out.decision.overrideComment.find("as[1].d=lists.example"), std::string::npos);
  EXPECT_NE(out.results.find("policy.override"), std::string::npos) << out.results;
  EXPECT_NE(out.line.find("\"override\":\"local_policy\""), std::string::npos) << out.line;
  EXPECT_NE(out.line.find("as[1].d=lists.example"), std::string::npos) << out.line;
}

TEST(ArcOverride, EverySealerFromTheTrustedOneUpMustBeListed) {
  Message message = listMessage();
  message.seal({});
  message.seal({.i = 2, .d = "relay.example", .results = "relay.example; arc=pass"});
  EXPECT_EQ(judge(message, {"lists.example"}).decision.taken.action, policy::Action::Reject);
  EXPECT_EQ(judge(message, {"lists.example", "relay.example"}).decision.taken.action, policy::Action::Accept);
}

TEST(ArcOverride, SetsThatWereCopiedFromAnotherMessageProveNothing) {
  // Anyone can take the sets of a message that a trusted list once sealed, put them on his own and seal on top.
  Message honest = listMessage();
  honest.seal({});
  Message forged = honest;
  forged.body = "Send money.\r\n";
  forged.seal({.i = 2,
               .d = "attacker.example",
               .results = "attacker.example; arc=pass; dkim=pass header.d=author.example"});
  const Outcome out = judge(forged, {"lists.example"});
  EXPECT_EQ(out.verdict.arc.status, arc::Status::Pass) << "the chain itself is fine: that is the trap";
  EXPECT_EQ(out.decision.taken.action, policy::Action::Reject);
  EXPECT_FALSE(out.verdict.arc.trustedPass);
}

TEST(ArcOverride, WhatTheSealerDidNotSeeAlignedDoesNotCount) {
  Message message = listMessage();
  message.seal(
      {.results = "lists.example; dkim=pass header.d=other.example; spf=pass smtp.mailfrom=other.example"});
  EXPECT_EQ(judge(message, {"lists.example"}).decision.taken.action, policy::Action::Reject);
}

TEST(ArcOverride, WhenItHungOnAKeyThatDidNotComeTheMessageIsDeferred) {
  Message message = listMessage();
  message.seal({.publish = false});
  message.zone.fail(*dns::Name::parse("s1._domainkey.lists.example"), nullptr, dns::Status::Timeout);
  const Outcome out = judge(message, {"lists.example"});
  EXPECT_EQ(out.verdict.arc.status, arc::Status::Fail);  // RFC 8617 section 5.2.1: permanent
  EXPECT_TRUE(out.verdict.arc.transient);
  EXPECT_EQ(out.decision.taken.action, policy::Action::TempFail);
}

}  // namespace
}  // namespace alignd
