// What a line holds is enough to decide.
#include "cli/replay.h"

#include <gtest/gtest.h>

#include "reporting/log/line_reader.h"
#include "tests/unit/cli_log/month.h"
#include "verifier/policy/decide.h"

namespace alignd::cli {
namespace {

reporting::LoggedMessage read(const Verdict& verdict) {
  reporting::LineReader reader;
  reporting::LoggedMessage out;
  EXPECT_EQ(reader.read(test::line(verdict, "Q", 1'790'812'800'000), out), reporting::LineKind::Message);
  return out;
}

conf::Settings strict() {
  conf::Settings settings;
  settings.policy.mode = policy::Mode::Enforce;
  settings.policy.reject = settings.policy.author = policy::Action::Reject;
  settings.policy.spf.rejectFail = settings.policy.spf.deferTempError = true;
  return settings;
}

policy::Action again(const Verdict& verdict, const conf::Settings& settings) {
  return decideAgain(read(verdict), settings).taken.action;
}

// Rules on what was found, which the line holds: cause, published policy, share.
TEST(Replay, MeetsRulesAsTheVerdictDid) {
  const auto rule = [](std::string name, policy::RuleAction action) {
    policy::Rule out;
    out.name = std::move(name);
    out.action = action;
    return out;
  };
  for (Verdict verdict : {test::forged(), test::aligned(), test::unaligned()}) {
    verdict.dmarc.hasPolicy = true;
    const auto why = std::string(cause::word(cause::whyOf(verdict)));
    for (const char* published : {"none", "quarantine", "reject"}) {
      for (const double share : {0.2, 0.5, 0.8, 1.0}) {
        conf::Settings settings = strict();
        policy::Rule one = rule("by-why", policy::RuleAction::TempFail);
        one.why = {why};
        one.share = share;
        policy::Rule two = rule("by-policy", policy::RuleAction::Quarantine);
        two.published = {published};
        settings.policy.rules = {one, two};
        const policy::Decision direct = policy::decide(verdict, {}, settings.policy);
        const policy::Decision replayed = decideAgain(read(verdict), settings);
        EXPECT_EQ(replayed.rule, direct.rule) << why << ' ' << published << ' ' << share;
        EXPECT_EQ(replayed.taken.action, direct.taken.action);
      }
    }
  }
}

TEST(Replay, DecidesFromTheLineAsFromTheVerdict) {
  conf::Settings settings = strict();
  settings.verification.arc.trustedSealers = {"list.example"};  // as the daemon had it
  std::vector<Verdict> verdicts{test::forged(), test::aligned(), test::unaligned()};
  verdicts.push_back(test::forged());
  verdicts.back().exemption = Exemption::Authenticated;
  verdicts.push_back(test::forged());
  verdicts.back().author.problem = message::AuthorProblem::SeveralFrom;
  verdicts.push_back(test::forged());
  verdicts.back().dmarc.status = dmarc::Status::TempError;
  verdicts.back().dmarc.record.clear();
  verdicts.back().dmarc.effective = dmarc::Policy::None;
  verdicts.back().dmarc.discoveryFailed = true;
  verdicts.push_back(test::forged());
  verdicts.back().arc.status = arc::Status::Fail;
  verdicts.back().arc.trustedTransient = true;
  verdicts.back().arc.sets.resize(1);
  verdicts.back().arc.sets[0].instance = 1;
  verdicts.back().arc.sets[0].sealDomain = "list.example";
  verdicts.push_back(test::forged());
  verdicts.back().arc.status = arc::Status::Pass;
  verdicts.back().arc.trustedPass = true;
  verdicts.back().arc.trustedInstance = 1;
  verdicts.back().arc.sets.resize(1);
  verdicts.back().arc.sets[0].instance = 1;
  verdicts.back().arc.sets[0].sealDomain = "list.example";
  verdicts.back().arc.sets[0].message = "pass";
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const policy::Decision direct = policy::decide(verdicts[i], {}, settings.policy);
    const policy::Decision replayed = decideAgain(read(verdicts[i]), settings);
    EXPECT_EQ(policy::actionWord(replayed.taken.action), policy::actionWord(direct.taken.action)) << i;
    EXPECT_EQ(replayed.taken.cause, direct.taken.cause) << i;
    EXPECT_EQ(replayed.overrideType, direct.overrideType) << i;
    EXPECT_EQ(replayed.overrideComment, direct.overrideComment) << i;
  }
}

TEST(Replay, RulesSeeWhatTheLineHolds) {
  const auto withRule = [](auto set) {
    conf::Settings settings = strict();
    policy::Rule& rule = settings.policy.rules.emplace_back();
    rule.name = "r";
    rule.action = policy::RuleAction::Accept;
    set(rule);
    return settings;
  };
  const Verdict verdict = test::unaligned();
  ASSERT_EQ(again(verdict, strict()), policy::Action::Reject);
  const auto accepts = [&](auto set) { return again(verdict, withRule(set)) == policy::Action::Accept; };
  EXPECT_TRUE(accepts([](policy::Rule& r) { r.signingDomains = {"esp.example"}; }));
  EXPECT_FALSE(accepts([](policy::Rule& r) { r.signingDomains = {"other.example"}; }));
  EXPECT_TRUE(accepts([](policy::Rule& r) { r.spfDomains = {"esp.example"}; }));
  EXPECT_TRUE(accepts([](policy::Rule& r) { r.clientNetworks = {*Network::parse("2001:db8::/32")}; }));
  EXPECT_TRUE(accepts([](policy::Rule& r) {
    r.signingDomains = {"esp.example"};
    r.listIds = {"news.esp.example"};
    r.recipients = {"@here.example"};
  }));
  EXPECT_FALSE(accepts([](policy::Rule& r) {
    r.signingDomains = {"esp.example"};
    r.recipients = {"a@here.example"};
  })) << "no line holds an address";
}

TEST(Replay, OtherSealersAreAskedForWhatTheyFound) {
  Verdict verdict = test::forged();
  verdict.arc.status = arc::Status::Pass;
  verdict.arc.sets.resize(2);
  for (int i = 0; i < 2; ++i) {
    arc::Set& set = verdict.arc.sets[static_cast<std::size_t>(i)];
    set.instance = i + 1;
    set.sealDomain = i == 0 ? "list.example" : "relay.example";
    set.message = "pass";
    set.fromSigned = true;
    set.authResults = i == 0 ? "list.example; dkim=pass header.d=bank.example" : "relay.example; dkim=fail";
  }
  const auto under = [](std::vector<std::string> sealers) {
    conf::Settings settings = strict();
    settings.verification.arc.trustedSealers = std::move(sealers);
    return settings;
  };
  EXPECT_EQ(again(verdict, under({})), policy::Action::Reject);
  EXPECT_EQ(again(verdict, under({"list.example"})), policy::Action::Reject)
      << "the newest sealer is not listed";
  EXPECT_EQ(again(verdict, under({"relay.example"})), policy::Action::Reject) << "it found nothing";
  EXPECT_EQ(again(verdict, under({"list.example", "relay.example"})), policy::Action::Accept);
  verdict.arc.sets[0].message = "fail";
  EXPECT_EQ(again(verdict, under({"list.example", "relay.example"})), policy::Action::Reject)
      << "changed after the list had sealed it";
  verdict.arc.sets[0].message = "pass";
  verdict.arc.sets[0].fromSigned = false;
  EXPECT_EQ(again(verdict, under({"list.example", "relay.example"})), policy::Action::Reject);
  verdict.arc.sets[0].fromSigned = true;
  verdict.arc.status = arc::Status::Fail;
  EXPECT_EQ(again(verdict, under({"list.example", "relay.example"})), policy::Action::Reject);
}

TEST(Replay, APersistentFailureIsRemembered) {
  reporting::LoggedMessage message;
  message.persistentFailure = true;
  EXPECT_TRUE(factsOf(message).persistentFailure);
  EXPECT_FALSE(factsOf({}).persistentFailure);
}

}  // namespace
}  // namespace alignd::cli
