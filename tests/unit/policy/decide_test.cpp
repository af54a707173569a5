// From Verdict to Decision: modes, actions, replies, DESIGN.md decisions 1 to 3.
#include "verifier/policy/decide.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::policy {
namespace {

using dmarc::Status;
using testing::HasSubstr;

Verdict failing(dmarc::Policy policy) {
  Verdict verdict;
  verdict.client.address = IpAddress::parse("192.0.2.1");
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "example.org";
  verdict.dmarc.status = Status::Fail;
  verdict.dmarc.authorDomain = "example.org";
  verdict.dmarc.policyDomain = "example.org";
  verdict.dmarc.published = verdict.dmarc.selected = verdict.dmarc.effective = policy;
  verdict.dmarc.text = "nothing that passed is aligned with example.org";
  return verdict;
}

Verdict with(Status status, dmarc::Policy policy = dmarc::Policy::Reject) {
  Verdict verdict = failing(policy);
  verdict.dmarc.status = status;
  return verdict;
}

Verdict ambiguous() {
  Verdict verdict = with(Status::PermError, dmarc::Policy::None);
  verdict.author.problem = message::AuthorProblem::SeveralFrom;
  verdict.author.domain.clear();
  return verdict;
}

spf::Result spfResult(spf::Status status) {
  spf::Result result;
  result.status = status;
  result.domain = "bounce.example.org";
  return result;
}

Options enforcing() {
  Options options;
  options.mode = Mode::Enforce;
  return options;
}

Outcome enforced(const Verdict& verdict, const Options& options = enforcing(), const Facts& facts = {}) {
  const Decision decision = decide(verdict, facts, options);
  EXPECT_EQ(decision.taken.action, decision.wouldBe.action);
  return decision.taken;
}

TEST(Decide, StampModeDoesNothingAndSaysWhatEnforceWould) {
  const Decision decision = decide(failing(dmarc::Policy::Reject), {}, {});
  EXPECT_EQ(decision.taken.action, Action::Accept);
  EXPECT_EQ(decision.taken.cause, "");
  EXPECT_EQ(decision.wouldBe.action, Action::Mark);
  EXPECT_EQ(decision.wouldBe.cause, "dmarc");
}

// What each setting would do with the message, whatever is set.
TEST(Decide, Alternatives) {
  const auto words = [](const Verdict& verdict, const Options& options) -> std::string {
    const auto alternatives = decide(verdict, {}, options).alternatives;
    if (!alternatives) return "none";
    return std::string(actionWord(alternatives->mark)) + " " + std::string(actionWord(alternatives->hold)) +
           " " + std::string(actionWord(alternatives->reject));
  };
  for (const Mode mode : {Mode::Stamp, Mode::Enforce}) {
    Options options;
    options.mode = mode;
    options.reject = Action::Accept;
    EXPECT_EQ(words(failing(dmarc::Policy::Reject), options), "mark hold reject");
    EXPECT_EQ(words(failing(dmarc::Policy::Quarantine), options), "mark hold reject");
    EXPECT_EQ(words(failing(dmarc::Policy::None), options), "accept accept accept");
    EXPECT_EQ(words(ambiguous(), options), "mark hold reject");
    EXPECT_EQ(words(with(Status::Pass), options), "none");
    EXPECT_EQ(words(with(Status::TempError), options), "none");
    Verdict vouched = failing(dmarc::Policy::Reject);
    vouched.arc.trustedPass = true;
    EXPECT_EQ(words(vouched, options), "accept accept accept");
    Rule rule;
    rule.name = "r";
    rule.clientNetworks = {*Network::parse("192.0.2.1")};
    rule.action = RuleAction::Accept;
    options.rules = {rule};
    EXPECT_EQ(words(failing(dmarc::Policy::Reject), options), "accept accept accept");
    options.rules[0].action = RuleAction::Quarantine;
    EXPECT_EQ(words(failing(dmarc::Policy::None), options), "mark hold reject")
        << "as [policy] quarantine says";
  }
}

TEST(Decide, ByStatusAndPolicy) {
  const struct {
    Status status;
    dmarc::Policy policy;
    Action action;
    const char* why;
  } lines[] = {
      {Status::Fail, dmarc::Policy::Reject, Action::Mark, "RFC 9989 section 7.4: never on p=reject alone"},
      {Status::Fail, dmarc::Policy::Quarantine, Action::Mark, "decision 1"},
      {Status::Fail, dmarc::Policy::None, Action::Accept, "section 5.4: p=none changes nothing"},
      {Status::Pass, dmarc::Policy::Reject, Action::Accept, "pass"},
      {Status::None, dmarc::Policy::None, Action::Accept, "no policy"},
      {Status::PermError, dmarc::Policy::None, Action::Accept, "no usable policy"},
      {Status::TempError, dmarc::Policy::Reject, Action::TempFail, "decision 2"},
      {Status::TempError, dmarc::Policy::Quarantine, Action::TempFail, "decision 2"},
      {Status::TempError, dmarc::Policy::None, Action::Accept, "p=none mail is never deferred"},
  };
  for (const auto& line : lines) {
    EXPECT_EQ(actionWord(enforced(with(line.status, line.policy)).action), actionWord(line.action))
        << line.why;
  }
}

TEST(Decide, RejectsWithCodesAndTextThatNameDmarcAndTheDomain) {
  Options options = enforcing();
  options.reject = Action::Reject;
  const Outcome outcome = enforced(failing(dmarc::Policy::Reject), options);
  EXPECT_EQ(outcome.action, Action::Reject);
  EXPECT_EQ(outcome.replyCode, "550");
  EXPECT_EQ(outcome.enhancedCode, "5.7.1");
  EXPECT_THAT(outcome.replyText, HasSubstr("DMARC"));
  EXPECT_THAT(outcome.replyText, HasSubstr("example.org"));
  EXPECT_EQ(enforced(failing(dmarc::Policy::Quarantine), options).action, Action::Mark);
  options.quarantine = Action::Hold;
  EXPECT_EQ(enforced(failing(dmarc::Policy::Quarantine), options).action, Action::Hold);
  options.rejectCode = "5.7.26";
  options.rejectText = "{domain}|{reason}|{domain}";
  const Outcome other = enforced(failing(dmarc::Policy::Reject), options);
  EXPECT_EQ(other.enhancedCode, "5.7.26");
  EXPECT_EQ(other.replyText, "example.org|no signature|example.org");
}

TEST(Decide, ARefusalSaysWhatDidNotPassAndWhatDidNotAlign) {
  Verdict verdict = failing(dmarc::Policy::Reject);
  verdict.author.domain = verdict.dmarc.authorDomain = verdict.dmarc.organizationalDomain = "bank.example";
  verdict.client.address = IpAddress::parse("203.0.113.66");
  verdict.spf = spfResult(spf::Status::Fail);
  verdict.spf->domain = "bank.example";
  verdict.spf->client = verdict.client.address;
  dkim::SignatureResult signature;
  signature.status = dkim::Status::Pass;
  signature.domain = signature.domainAscii = "esp.example";
  verdict.dkim.signatures.push_back(signature);
  Options options = enforcing();
  options.reject = Action::Reject;
  EXPECT_EQ(enforced(verdict, options).replyText,
            "Email rejected per DMARC policy for bank.example: SPF does not authorise 203.0.113.66 for "
            "bank.example; signature of esp.example passes but is not aligned");
  options.rejectText = "{why} {client} {queue_id}|{spf}|{dkim}";
  options.helpUrl = "https://mx.example/{why}?d={domain}&id={queue_id}";
  Facts facts;
  facts.queueId = "4cX&yZ";
  EXPECT_EQ(enforced(verdict, options, facts).replyText,
            "unaligned_signer 203.0.113.66 4cX&yZ|SPF does not authorise 203.0.113.66 for bank.example|"
            "signature of esp.example passes but is not aligned"
            ". See https://mx.example/unaligned_signer?d=bank.example&id=4cX_yZ");
  EXPECT_THAT(check(options), testing::IsEmpty());
  options.rejectText = "a {help_url} b";
  EXPECT_EQ(enforced(verdict, options).replyText,
            "a https://mx.example/unaligned_signer?d=bank.example&id= b");
}

TEST(Decide, TemporaryFailureIsNeverAPermanentRefusal) {  // T10
  Options options = enforcing();
  options.reject = Action::Reject;
  options.quarantine = Action::Reject;
  options.author = Action::Reject;
  for (const auto policy : {dmarc::Policy::None, dmarc::Policy::Quarantine, dmarc::Policy::Reject}) {
    for (const bool discovery : {false, true}) {
      Verdict verdict = with(Status::TempError, policy);
      verdict.dmarc.discoveryFailed = discovery;
      const Outcome outcome = enforced(verdict, options);
      EXPECT_NE(outcome.action, Action::Reject);
      if (outcome.action != Action::TempFail) continue;
      EXPECT_EQ(outcome.replyCode, "451");
      EXPECT_EQ(outcome.enhancedCode, "4.7.0");
    }
  }
}

// Nor is it one by way of SPF or of a rule: the missing answer might have made it dmarc=pass.
TEST(Decide, NothingElseRefusesForGoodWhileDmarcIsOpen) {
  Options options = enforcing();
  options.spf.rejectFail = true;
  options.quarantine = Action::Reject;
  const struct {
    dmarc::Policy policy;
    std::optional<RuleAction> rule;
    Action action;
    const char* why;
  } lines[] = {
      {dmarc::Policy::Reject, std::nullopt, Action::TempFail, "SPF fail: deferred by DMARC"},
      {dmarc::Policy::None, std::nullopt, Action::Accept, "SPF fail: p=none is never deferred"},
      {dmarc::Policy::None, RuleAction::Reject, Action::TempFail, "a rule behind one for dmarc=pass"},
      {dmarc::Policy::None, RuleAction::Quarantine, Action::TempFail, "quarantine = reject"},
      {dmarc::Policy::Reject, RuleAction::Reject, Action::TempFail, "likewise"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.why);
    Verdict verdict = with(Status::TempError, line.policy);
    verdict.spf = spfResult(spf::Status::Fail);
    options.rules.clear();
    if (line.rule) {
      options.rules.resize(2);
      options.rules[0].name = "good";
      options.rules[0].authorDomains = {"example.org"};
      options.rules[0].results = {"pass"};
      options.rules[1].name = "rest";
      options.rules[1].authorDomains = {"example.org"};
      options.rules[1].action = *line.rule;
    }
    ASSERT_THAT(check(options), testing::IsEmpty());
    const Outcome outcome = enforced(verdict, options);
    EXPECT_EQ(actionWord(outcome.action), actionWord(line.action));
    if (outcome.action == Action::TempFail) {
      EXPECT_EQ(outcome.replyCode, "451");
      EXPECT_EQ(outcome.enhancedCode, "4.7.0");
      EXPECT_NE(outcome.replyText, "");
    }
    verdict.dmarc.status = Status::Fail;
    EXPECT_EQ(enforced(verdict, options).action, Action::Reject) << "once it is known";
    EXPECT_NE(enforced(verdict, options).replyText, "");
  }
}

TEST(Decide, DiscoveryThatFailedDefers) {
  Verdict verdict = with(Status::TempError, dmarc::Policy::None);
  verdict.dmarc.discoveryFailed = true;
  EXPECT_EQ(enforced(verdict).action, Action::TempFail);
  Facts facts;
  facts.persistentFailure = true;
  EXPECT_EQ(enforced(verdict, enforcing(), facts).action, Action::Accept) << "after four hours";
  Options options = enforcing();
  options.temperror = Action::Accept;
  EXPECT_EQ(enforced(verdict, options).action, Action::Accept) << "fail open, when asked for";
  options.temperror = Action::Mark;
  EXPECT_EQ(enforced(verdict, options).action, Action::Mark);
}

TEST(Decide, AmbiguousAuthorHasASettingOfItsOwn) {  // decision 3
  EXPECT_EQ(enforced(ambiguous()).action, Action::Mark);
  Options options = enforcing();
  for (const Action action : {Action::Accept, Action::Hold, Action::Reject}) {
    options.author = action;
    const Outcome outcome = enforced(ambiguous(), options);
    EXPECT_EQ(outcome.action, action);
    if (action == Action::Reject) {
      EXPECT_EQ(outcome.replyCode, "550");
      EXPECT_EQ(outcome.enhancedCode, "5.7.1");
      EXPECT_THAT(outcome.replyText, HasSubstr("several From fields"));
    }
  }
}

TEST(Decide, BouncesWithoutADomainHaveOneToo) {
  Verdict bounce = ambiguous();
  Options options = enforcing();
  options.authorWithoutDomain = Action::Reject;
  for (const auto problem : {message::AuthorProblem::NoAddress, message::AuthorProblem::NoDomain}) {
    bounce.author.problem = problem;
    bounce.envelope.mailFrom.clear();
    EXPECT_EQ(enforced(bounce).action, Action::Accept);
    EXPECT_EQ(enforced(bounce, options).action, Action::Reject);
    bounce.envelope.mailFrom = "x@example.org";
    EXPECT_EQ(enforced(bounce).action, Action::Mark) << "not the null path";
  }
  bounce.envelope.mailFrom.clear();
  for (const auto problem : {message::AuthorProblem::NoFrom, message::AuthorProblem::SeveralDomains,
                             message::AuthorProblem::HiddenAddress, message::AuthorProblem::BadDomain}) {
    bounce.author.problem = problem;
    EXPECT_EQ(enforced(bounce).action, Action::Mark) << "somebody is named, or nothing is there";
  }
}

TEST(Decide, TestModeIsTold) {  // t=y
  Verdict verdict = failing(dmarc::Policy::Reject);
  verdict.dmarc.testing = true;
  verdict.dmarc.effective = dmarc::Policy::Quarantine;
  Options options = enforcing();
  options.reject = Action::Reject;
  options.quarantine = Action::Hold;
  const Decision decision = decide(verdict, {}, options);
  EXPECT_EQ(decision.taken.action, Action::Hold);
  EXPECT_EQ(decision.overrideType, "policy_test_mode");
  EXPECT_EQ(decision.overrideComment, "t=y: reject applied as quarantine");
  // RFC 9990 section 3.1.6: a rule that does something else is local policy; one that does not is not told.
  Rule rule;
  rule.name = "strict";
  rule.authorDomains = {"example.org"};
  rule.action = RuleAction::Policy;
  rule.policy = dmarc::Policy::Reject;
  options.rules = {rule};
  const Decision stricter = decide(verdict, {}, options);
  EXPECT_EQ(stricter.taken.action, Action::Reject);
  EXPECT_EQ(stricter.overrideType, "local_policy");
  EXPECT_EQ(stricter.overrideComment, "rule strict");
  options.rules[0].policy = dmarc::Policy::Quarantine;
  EXPECT_EQ(decide(verdict, {}, options).overrideType, "policy_test_mode");
  options.rules.clear();
  verdict.dmarc.selected = verdict.dmarc.effective = dmarc::Policy::None;
  EXPECT_EQ(decide(verdict, {}, options).overrideType, "") << "p=none; t=y eases nothing";
}

TEST(Decide, TrustedChainVouches) {  // decision 10, RFC 8617 section 7.2.2
  Verdict verdict = failing(dmarc::Policy::Reject);
  verdict.spf = spfResult(spf::Status::Fail);
  verdict.arc.status = arc::Status::Pass;
  verdict.arc.trustedInstance = 1;
  verdict.arc.sets.resize(2);
  verdict.arc.sets[0].instance = 1;
  verdict.arc.sets[0].sealDomain = "list.example";
  verdict.arc.sets[0].sealSelector = "s1";
  verdict.arc.sets[1].instance = 2;
  verdict.arc.sets[1].sealDomain = "relay.example";
  verdict.arc.sets[1].sealSelector = "s2";
  Options options = enforcing();
  options.reject = Action::Reject;
  options.spf.rejectFail = true;
  EXPECT_EQ(enforced(verdict, options).action, Action::Reject) << "a chain pass alone proves nothing";
  verdict.arc.trustedPass = true;
  const Decision decision = decide(verdict, {}, options);
  EXPECT_EQ(decision.taken.action, Action::Accept);
  EXPECT_EQ(decision.overrideType, "local_policy");
  EXPECT_EQ(decision.overrideComment,
            "arc=pass as[2].d=relay.example as[2].s=s2 as[1].d=list.example as[1].s=s1");
  // What cannot be told for now need not be told.
  verdict.dmarc.status = Status::TempError;
  const Decision open = decide(verdict, {}, options);
  EXPECT_EQ(open.taken.action, Action::Accept);
  EXPECT_EQ(open.overrideType, "local_policy");
  verdict.arc.sets.resize(50, verdict.arc.sets[0]);
  EXPECT_LE(decide(verdict, {}, options).overrideComment.size(), 600U) << "fifty are not told";
}

TEST(Decide, OverrideThatHungOnAMissingKeyDefers) {
  Verdict verdict = failing(dmarc::Policy::Reject);
  verdict.arc.trustedTransient = true;
  Options options = enforcing();
  options.reject = Action::Reject;
  EXPECT_EQ(enforced(verdict, options).action, Action::TempFail);
  EXPECT_EQ(enforced(verdict, options, {.queueId = {}, .persistentFailure = true}).action, Action::Reject)
      << "not for ever";
  options.temperror = Action::Mark;
  EXPECT_EQ(enforced(verdict, options).action, Action::Reject) << "nor where nothing is deferred";
  verdict.dmarc.effective = dmarc::Policy::None;
  EXPECT_EQ(enforced(verdict, options).action, Action::Accept);
}

TEST(Decide, AFailureThatLastsDefersNoMore) {
  Options options = enforcing();
  Verdict verdict = with(Status::TempError);
  EXPECT_EQ(enforced(verdict, options).action, Action::TempFail);
  EXPECT_EQ(enforced(verdict, options, {.queueId = {}, .persistentFailure = true}).action, Action::Accept);
  options.temperror = Action::Mark;
  EXPECT_EQ(enforced(verdict, options, {.queueId = {}, .persistentFailure = true}).action, Action::Mark)
      << "a mark may stand for ever";
}

TEST(Decide, TheClientOfAReply) {
  Options options = enforcing();
  options.reject = Action::Reject;
  options.rejectText = "from {client}";
  Verdict verdict = failing(dmarc::Policy::Reject);
  EXPECT_EQ(enforced(verdict, options).replyText, "from 192.0.2.1");
  verdict.client.address.reset();
  EXPECT_EQ(enforced(verdict, options).replyText, "from unknown");
  verdict.client.local = true;
  EXPECT_EQ(enforced(verdict, options).replyText, "from local");
}

TEST(Decide, SpfByItself) {
  Options options = enforcing();
  Verdict verdict = with(Status::None, dmarc::Policy::None);
  verdict.spf = spfResult(spf::Status::Fail);
  EXPECT_EQ(enforced(verdict, options).action, Action::Accept) << "not unless asked for";
  options.spf.rejectFail = true;
  options.spf.deferTempError = true;
  const Outcome fail = enforced(verdict, options);
  EXPECT_EQ(fail.action, Action::Reject);
  EXPECT_EQ(fail.cause, "spf");
  EXPECT_EQ(fail.enhancedCode, "5.7.23");  // RFC 7372 section 3.2
  verdict.spf = spfResult(spf::Status::TempError);
  EXPECT_EQ(enforced(verdict, options).enhancedCode, "4.7.24");
  verdict.spf = spfResult(spf::Status::SoftFail);
  EXPECT_EQ(enforced(verdict, options).action, Action::Accept);
  verdict = with(Status::Pass);
  verdict.spf = spfResult(spf::Status::Fail);
  EXPECT_EQ(enforced(verdict, options).action, Action::Accept) << "never when dmarc=pass";
  verdict = failing(dmarc::Policy::Reject);
  verdict.spf = spfResult(spf::Status::Fail);
  options.reject = Action::Reject;
  const Outcome both = enforced(verdict, options);
  EXPECT_EQ(both.cause, "dmarc");
  EXPECT_EQ(both.enhancedCode, "5.7.26") << "RFC 7372 section 4: more than one check failed";
  options.reject = Action::Mark;
  EXPECT_EQ(enforced(verdict, options).cause, "spf") << "the severer of two";
  options.reject = Action::Reject;
  verdict.spf = spfResult(spf::Status::TempError);
  EXPECT_EQ(enforced(verdict, options).cause, "dmarc") << "likewise";
}

TEST(Decide, ExemptMessagesAreLeftAlone) {
  Verdict verdict = ambiguous();
  verdict.exemption = Exemption::Authenticated;
  Options options = enforcing();
  options.author = Action::Reject;
  options.rules.push_back({});
  options.rules.back().name = "all";
  options.rules.back().action = RuleAction::Reject;
  const Decision decision = decide(verdict, {}, options);
  EXPECT_EQ(decision.wouldBe.action, Action::Accept);
  EXPECT_EQ(decision.rule, "");
}

}  // namespace
}  // namespace alignd::policy
