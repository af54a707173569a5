// The rule table: what matches, what may ease (DESIGN.md decision 15), several recipients.
#include "verifier/policy/rules.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/policy/decide.h"
#include "verifier/policy/share.h"

namespace alignd::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Fails DMARC under p=reject; a signature of list.example and SPF of bounce.example passed; sealed by
// relay.example.
Verdict forwarded() {
  Verdict verdict;
  verdict.client.address = IpAddress::parse("192.0.2.9");
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "news.example.org";
  verdict.dmarc.status = dmarc::Status::Fail;
  verdict.dmarc.selected = verdict.dmarc.effective = dmarc::Policy::Reject;
  dkim::SignatureResult passed;
  passed.status = dkim::Status::Pass;
  passed.domainAscii = "list.example";
  dkim::SignatureResult failed;
  failed.status = dkim::Status::Fail;
  failed.domainAscii = "broken.example";
  verdict.dkim.signatures = {failed, passed};
  verdict.spf.emplace();
  verdict.spf->status = spf::Status::Pass;
  verdict.spf->domain = "bounce.example";
  verdict.arc.status = arc::Status::Pass;
  verdict.arc.trustedInstance = 2;
  verdict.arc.sets.resize(2);
  verdict.arc.sets[0].instance = 1;
  verdict.arc.sets[0].sealDomain = "made-up.example";
  verdict.arc.sets[1].instance = 2;
  verdict.arc.sets[1].sealDomain = "relay.example";
  verdict.envelope.recipients = {"User@Here.example"};
  return verdict;
}

Rule rule(RuleAction action) {
  Rule out;
  out.name = "r1";
  out.action = action;
  return out;
}

Options enforcing(std::vector<Rule> rules) {
  Options options;
  options.mode = Mode::Enforce;
  options.reject = Action::Reject;
  options.rules = std::move(rules);
  return options;
}

bool meets(const Rule& candidate, const Verdict& verdict = forwarded()) {
  const Options options = enforcing({candidate});
  return !RuleFinder(options, verdict, cause::whyOf(verdict)).forRecipient("user@here.example").empty();
}

template <class Set>
bool matchesWith(Set set, const Verdict& verdict = forwarded()) {
  Rule candidate = rule(RuleAction::NoChange);
  set(candidate);
  return meets(candidate, verdict);
}

// A thousand recipients and long lists: each rule is held against the message once, recipients that meet the same count as
// one, and one that stands twice is looked at once.
TEST(Rules, ManyRecipientsCostNoMoreThanTheirOwn) {
  Rule forOne = rule(RuleAction::Reject);
  forOne.recipients = {"a7@here.example"};
  Rule forAll = rule(RuleAction::Quarantine);
  forAll.recipients = {"@here.example"};
  Rule other = rule(RuleAction::NoChange);
  other.authorDomains = {"nobody.example"};
  const Options options = enforcing({forOne, other, forAll});
  Verdict verdict = forwarded();
  verdict.envelope.recipients.clear();
  for (int i = 0; i < 2000; ++i)
    verdict.envelope.recipients.push_back("a" + std::to_string(i % 1000) + "@here.example");
  const RuleFinder finder(options, verdict, cause::whyOf(verdict));
  EXPECT_EQ(finder.compared(), 3U);
  const auto met = finder.forAll();
  ASSERT_EQ(met.size(), 2U);
  EXPECT_EQ(met[0].size(), 1U);
  EXPECT_EQ(met[0][0].rule, &options.rules[2]);
  ASSERT_EQ(met[1].size(), 2U);
  EXPECT_EQ(met[1][0].rule, &options.rules[0]);
}

TEST(Rules, MatchOnEachFact) {
  EXPECT_TRUE(matchesWith([](Rule& r) { r.clientNetworks = {*Network::parse("192.0.2.0/24")}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.clientNetworks = {*Network::parse("198.51.100.0/24")}; }));
  EXPECT_TRUE(matchesWith([](Rule& r) { r.signingDomains = {"other.example", "LIST.example"}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.signingDomains = {"broken.example"}; })) << "did not pass";
  EXPECT_TRUE(matchesWith([](Rule& r) { r.spfDomains = {"bounce.example"}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.spfDomains = {"list.example"}; }));
  EXPECT_TRUE(matchesWith([](Rule& r) { r.sealers = {"relay.example"}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.sealers = {"made-up.example"}; }))
      << "older than the trusted part";
  EXPECT_TRUE(matchesWith([](Rule& r) { r.authorDomains = {"*.example.org"}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.authorDomains = {"example.org"}; }));
  Verdict ofList = forwarded();
  ofList.listId = "dev.list.example";
  EXPECT_TRUE(matchesWith([](Rule& r) { r.listIds = {"dev.list.example"}; }, ofList));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.listIds = {"dev.list.example"}; }));
  EXPECT_TRUE(matchesWith([](Rule& r) { r.recipients = {"@here.example"}; }));
  EXPECT_TRUE(matchesWith([](Rule& r) { r.recipients = {"USER@here.example"}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.recipients = {"@sub.here.example"}; }));
  EXPECT_TRUE(matchesWith([](Rule& r) { r.results = {"none", "fail"}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.results = {"pass"}; }));
}

// A domain that SPF did not say yes to proves nothing.
TEST(Rules, SpfMustPass) {
  Rule candidate = rule(RuleAction::Accept);
  candidate.spfDomains = {"bounce.example"};
  Verdict verdict = forwarded();
  EXPECT_TRUE(meets(candidate, verdict));
  verdict.spf->status = spf::Status::Neutral;
  EXPECT_FALSE(meets(candidate, verdict));
  verdict.spf.reset();
  EXPECT_FALSE(meets(candidate, verdict));
}

TEST(Rules, MatchOnPublishedPolicy) {
  Verdict verdict = forwarded();
  const auto published = [&](std::string word) {
    return matchesWith([&](Rule& r) { r.published = {std::move(word)}; }, verdict);
  };
  EXPECT_FALSE(published("reject")) << "no policy applies";
  EXPECT_FALSE(published("none")) << "and none is not p=none";
  verdict.dmarc.hasPolicy = true;
  EXPECT_TRUE(published("reject"));
  EXPECT_FALSE(published("quarantine"));
  verdict.dmarc.testing = true;
  verdict.dmarc.effective = dmarc::Policy::Quarantine;
  EXPECT_TRUE(published("reject")) << "t=y alters what is done, not what is published";
  verdict.dmarc.selected = dmarc::Policy::None;
  EXPECT_TRUE(published("none"));
}

TEST(Rules, MatchOnWhy) {
  EXPECT_TRUE(matchesWith([](Rule& r) { r.why = {"forged", "forwarded"}; }));
  EXPECT_FALSE(matchesWith([](Rule& r) { r.why = {"forged"}; }));
  Rule candidate = rule(RuleAction::Reject);
  candidate.why = {"forged"};
  Facts fromLine;
  fromLine.why = cause::Why::Forged;
  EXPECT_EQ(decide(forwarded(), fromLine, enforcing({candidate})).rule, "r1")
      << "whoever read the verdict from its line knows the cause from there";
  EXPECT_EQ(decide(forwarded(), {}, enforcing({candidate})).rule, "");
}

// The same on every host, and in every version: a canary must not move.
TEST(Share, DependsOnRuleDomainAndClientAlone) {
  const auto client = IpAddress::parse("192.0.2.9");
  const double place = placeOf("canary", "example.org", client);
  EXPECT_DOUBLE_EQ(place, 0.11744931059479102) << "as another implementation of SipHash has it";
  EXPECT_EQ(placeOf("canary", "EXAMPLE.org", client), place);
  EXPECT_EQ(placeOf("canary", "example.org", IpAddress::parse("::ffff:192.0.2.9")), place);
  EXPECT_NE(placeOf("other", "example.org", client), place);
  EXPECT_NE(placeOf("canary", "example.com", client), place);
  EXPECT_NE(placeOf("canary", "example.org", IpAddress::parse("192.0.2.10")), place);
  EXPECT_NE(placeOf("canary", "example.org", std::nullopt), place);
  const auto v6 = [](std::string_view text) {
    return placeOf("canary", "example.org", IpAddress::parse(text));
  };
  EXPECT_EQ(v6("2001:db8::1"), v6("2001:db8::ffff:0:0:1")) << "one /64 is one customer";
  EXPECT_NE(v6("2001:db8::1"), v6("2001:db8:0:1::1"));
}

TEST(Share, IsAsLargeAsItSaysAndGrowsByItself) {
  int tenth = 0;
  int half = 0;
  for (int i = 0; i < 10000; ++i) {
    const double place =
        placeOf("canary", "d" + std::to_string(i) + ".example", IpAddress::parse("192.0.2.9"));
    ASSERT_GE(place, 0.0);
    ASSERT_LT(place, 1.0);
    tenth += place < 0.1 ? 1 : 0;
    half += place < 0.5 ? 1 : 0;
  }
  EXPECT_NEAR(tenth, 1000, 150);
  EXPECT_NEAR(half, 5000, 250);
}

TEST(Share, ARuleTakesItsShare) {
  Verdict verdict = forwarded();
  const double place = placeOf("r1", verdict.author.domain, verdict.client.address);
  for (const auto& [share, meets] :
       {std::pair{0.0, false}, {place, false}, {place + 1e-9, true}, {1.0, true}}) {
    EXPECT_EQ(matchesWith(
                  [&](Rule& r) {
                    r.results = {"fail"};
                    r.share = share;
                  },
                  verdict),
              meets)
        << share;
  }
}

TEST(Rules, AllConditionsMustHold) {
  Rule both = rule(RuleAction::NoChange);
  both.signingDomains = {"list.example"};
  both.authorDomains = {"news.example.org"};
  EXPECT_TRUE(meets(both));
  both.authorDomains = {"other.example.org"};
  EXPECT_FALSE(meets(both));
}

TEST(Rules, SealerNeedsATrustedChain) {
  Rule candidate = rule(RuleAction::Accept);
  candidate.sealers = {"relay.example"};
  Verdict verdict = forwarded();
  verdict.arc.trustedInstance = 0;
  EXPECT_FALSE(meets(candidate, verdict));
  verdict = forwarded();
  verdict.arc.status = arc::Status::Fail;
  EXPECT_FALSE(meets(candidate, verdict));
}

TEST(Rules, UnknownClientMatchesNoNetwork) {
  Rule candidate = rule(RuleAction::Accept);
  candidate.clientNetworks = {*Network::parse("0.0.0.0/0")};
  Verdict verdict = forwarded();
  verdict.client.address.reset();
  EXPECT_FALSE(meets(candidate, verdict));
}

TEST(Rules, DomainPatterns) {
  EXPECT_TRUE(matchesDomain("example.org", "EXAMPLE.org"));
  EXPECT_FALSE(matchesDomain("example.org", "a.example.org"));
  EXPECT_TRUE(matchesDomain("*.example.org", "a.b.example.org"));
  EXPECT_FALSE(matchesDomain("*.example.org", "example.org"));
  EXPECT_FALSE(matchesDomain("*.example.org", "badexample.org"));
  EXPECT_FALSE(matchesDomain("*.example.org", ".example.org"));
}

TEST(Rules, RecipientPatterns) {
  EXPECT_TRUE(matchesRecipient("user@here.example", "USER@Here.example"));
  EXPECT_FALSE(matchesRecipient("user@here.example", "other@here.example"));
  EXPECT_TRUE(matchesRecipient("@here.example", "\"a@b\"@HERE.example"));
  EXPECT_FALSE(matchesRecipient("@here.example", "user@sub.here.example"));
  EXPECT_FALSE(matchesRecipient("@here.example", "here.example")) << "a local name";
  EXPECT_FALSE(matchesRecipient("@here.example", ""));
}

// What is judged without its envelope, by alignd-check, meets the rules for everybody alone.
TEST(Rules, WithoutRecipients) {
  Rule forOne = rule(RuleAction::Reject);
  forOne.recipients = {"@here.example"};
  Rule forAll = rule(RuleAction::NoChange);
  forAll.results = {"fail"};
  const Options options = enforcing({forOne, forAll});
  Verdict verdict = forwarded();
  verdict.envelope.recipients.clear();
  const auto met = RuleFinder(options, verdict, cause::whyOf(verdict)).forAll();
  ASSERT_EQ(met.size(), 1U);
  EXPECT_EQ(met[0], (MetRules{{&options.rules[1], false}}));
}

TEST(Rules, FirstMatchCounts) {
  Rule first = rule(RuleAction::NoChange);
  first.authorDomains = {"news.example.org"};
  Rule second = rule(RuleAction::Accept);
  second.name = "r2";
  second.signingDomains = {"list.example"};
  const Decision decision = decide(forwarded(), {}, enforcing({first, second}));
  EXPECT_EQ(decision.rule, "r1");
  EXPECT_EQ(decision.taken.action, Action::Reject);
}

TEST(Rules, AcceptOnProof) {
  Rule candidate = rule(RuleAction::Accept);
  candidate.signingDomains = {"list.example"};
  Decision decision = decide(forwarded(), {}, enforcing({candidate}));
  EXPECT_EQ(decision.taken.action, Action::Accept);
  EXPECT_EQ(decision.rule, "r1");
  EXPECT_EQ(decision.overrideType, "local_policy");
  EXPECT_EQ(decision.overrideComment, "rule r1");
  candidate.signingDomains.clear();
  candidate.clientNetworks = {*Network::parse("192.0.2.9")};
  decision = decide(forwarded(), {}, enforcing({candidate}));
  EXPECT_EQ(decision.overrideType, "trusted_forwarder");
  Verdict ofList = forwarded();
  ofList.listId = "dev.list.example";
  candidate.listIds = {"dev.list.example"};
  decision = decide(ofList, {}, enforcing({candidate}));
  EXPECT_EQ(decision.overrideType, "mailing_list");
  EXPECT_EQ(decision.overrideComment, "rule r1");
}

TEST(Rules, WhatTheSenderWritesEasesNothing) {
  Rule candidate = rule(RuleAction::Accept);
  candidate.listIds = {"dev.list.example"};
  Verdict ofList = forwarded();
  ofList.listId = "dev.list.example";
  const Decision decision = decide(ofList, {}, enforcing({candidate}));
  EXPECT_EQ(decision.rule, "r1") << "it is met";
  EXPECT_EQ(decision.taken.action, Action::Reject) << "and eases nothing";
  candidate = rule(RuleAction::Quarantine);
  candidate.authorDomains = {"news.example.org"};
  EXPECT_EQ(decide(forwarded(), {}, enforcing({candidate})).taken.action, Action::Reject) << "only severer";
  candidate.signingDomains = {"list.example"};
  EXPECT_EQ(decide(forwarded(), {}, enforcing({candidate})).taken.action, Action::Mark)
      << "on proof milder, too";
}

TEST(Rules, Tighten) {
  Verdict verdict = forwarded();
  verdict.dmarc.selected = verdict.dmarc.effective = dmarc::Policy::None;
  Rule candidate = rule(RuleAction::Policy);
  candidate.policy = dmarc::Policy::Reject;
  candidate.authorDomains = {"news.example.org"};
  const Decision decision = decide(verdict, {}, enforcing({candidate}));
  EXPECT_EQ(decision.taken.action, Action::Reject);
  EXPECT_EQ(decision.overrideType, "local_policy");
  verdict.dmarc.status = dmarc::Status::Pass;
  EXPECT_EQ(decide(verdict, {}, enforcing({candidate})).taken.action, Action::Accept)
      << "for failing mail alone";
  // Whose policy a message without one author would be under, nobody can say (decision 3).
  Verdict ambiguous = verdict;
  ambiguous.dmarc.status = dmarc::Status::Fail;
  ambiguous.author.problem = message::AuthorProblem::SeveralDomains;
  EXPECT_EQ(decide(ambiguous, {}, enforcing({candidate})).taken.cause, "author");
  for (const auto& [action, expected] :
       {std::pair{RuleAction::Reject, Action::Reject}, std::pair{RuleAction::TempFail, Action::TempFail},
        std::pair{RuleAction::Quarantine, Action::Mark}}) {
    candidate.action = action;
    const Outcome outcome = decide(verdict, {}, enforcing({candidate})).taken;
    EXPECT_EQ(outcome.action, expected);
    EXPECT_EQ(outcome.cause, "rule");
    if (outcome.action == Action::Reject) {
      EXPECT_THAT(outcome.replyText, HasSubstr("r1"));
    }
  }
}

// What the sender writes hides no severer rule that stands behind (decision 15): easing is told by what the later rules
// would have done, whatever the action is called.
TEST(Rules, WhatTheSenderWritesHidesNoSevererRule) {
  const auto weak = [](RuleAction action) {
    Rule out = rule(action);
    out.name = "weak";
    out.listIds = {"dev.list.example"};
    out.policy = dmarc::Policy::Quarantine;
    return out;
  };
  Rule strict = rule(RuleAction::Reject);
  strict.name = "strict";
  strict.authorDomains = {"*.example.org"};
  Verdict verdict = forwarded();
  verdict.listId = "dev.list.example";
  verdict.dmarc.effective = dmarc::Policy::None;  // without rules: accepted
  for (const RuleAction action :
       {RuleAction::NoChange, RuleAction::Quarantine, RuleAction::TempFail, RuleAction::Policy}) {
    const Options options = enforcing({weak(action), strict});
    ASSERT_THAT(check(options), IsEmpty());
    const Decision decision = decide(verdict, {}, options);
    EXPECT_EQ(decision.taken.action, Action::Reject) << static_cast<int>(action);
    EXPECT_EQ(decision.rule, "strict");
  }
  // Where the first is the severer or as severe, it counts as ever.
  Decision decision = decide(verdict, {}, enforcing({weak(RuleAction::Reject), strict}));
  EXPECT_EQ(decision.rule, "weak");
  strict.action = RuleAction::Quarantine;
  decision = decide(verdict, {}, enforcing({weak(RuleAction::TempFail), strict}));
  EXPECT_EQ(decision.rule, "weak");
  EXPECT_EQ(decision.taken.action, Action::TempFail);
  // One that names an authenticated fact ends the search, mild or not.
  Rule proven = weak(RuleAction::NoChange);
  proven.signingDomains = {"list.example"};
  strict.action = RuleAction::Reject;
  decision = decide(verdict, {}, enforcing({proven, strict}));
  EXPECT_EQ(decision.taken.action, Action::Accept);
  EXPECT_EQ(decision.rule, "weak");
  // Of three: the weak one does not even reach past the proven one.
  decision = decide(verdict, {}, enforcing({weak(RuleAction::Quarantine), proven, strict}));
  EXPECT_EQ(decision.taken.action, Action::Mark);
}

TEST(Rules, EverybodyIsNobody) {
  const auto domains = [](std::vector<std::string> patterns) {
    Rule out = rule(RuleAction::Accept);
    out.signingDomains = std::move(patterns);
    return namesAuthenticatedFact(out);
  };
  EXPECT_TRUE(domains({"example.com"}));
  EXPECT_TRUE(domains({"*.example.com", "*.example.co.uk"}));
  EXPECT_FALSE(domains({"*.com"}));
  EXPECT_FALSE(domains({"*.CO.uk"}));
  EXPECT_FALSE(domains({"example.com", "*.net"})) << "one open door is enough";
  const auto networks = [](std::vector<const char*> texts) {
    Rule out = rule(RuleAction::Accept);
    for (const char* text : texts) out.clientNetworks.push_back(*Network::parse(text));
    return namesAuthenticatedFact(out);
  };
  EXPECT_TRUE(networks({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "2001:db8::/32"}));
  EXPECT_FALSE(networks({"0.0.0.0/1", "128.0.0.0/1"}));
  EXPECT_FALSE(networks({"0.0.0.0/2"}));
  EXPECT_FALSE(networks({"::/1", "8000::/1"}));
  EXPECT_FALSE(networks({"2000::/3"}));
}

TEST(Rules, SeveralRecipientsGetTheMildest) {
  Rule candidate = rule(RuleAction::Accept);
  candidate.signingDomains = {"list.example"};
  candidate.recipients = {"@here.example"};
  Verdict verdict = forwarded();
  EXPECT_EQ(decide(verdict, {}, enforcing({candidate})).taken.action, Action::Accept);
  verdict.envelope.recipients = {"other@there.example", "user@here.example"};
  Decision decision = decide(verdict, {}, enforcing({candidate}));
  EXPECT_EQ(decision.taken.action, Action::Accept);
  EXPECT_THAT(decision.overrideComment, HasSubstr("recipients met different rules"));
  candidate.action = RuleAction::Reject;
  candidate.recipients = {"@here.example"};
  verdict.dmarc.effective = dmarc::Policy::None;
  decision = decide(verdict, {}, enforcing({candidate}));
  EXPECT_EQ(decision.taken.action, Action::Accept) << "a stricter rule for one does not bind the others";
  EXPECT_THAT(decision.overrideComment, HasSubstr("recipients met different rules"));
}

TEST(Rules, DifferentRulesAreToldWhateverTheirOrder) {
  const auto named = [](std::string name, RuleAction action, std::vector<std::string> recipients) {
    Rule out = rule(action);
    out.name = std::move(name);
    out.authorDomains = {"news.example.org"};
    out.recipients = std::move(recipients);
    return out;
  };
  Verdict verdict = forwarded();
  verdict.dmarc.effective = dmarc::Policy::None;
  const Options options = enforcing({named("refuse", RuleAction::Reject, {"a@here.example"}),
                                     named("look", RuleAction::NoChange, {"c@here.example"}),
                                     named("later", RuleAction::TempFail, {})});
  verdict.envelope.recipients = {"b@here.example", "c@here.example"};
  Decision decision = decide(verdict, {}, options);
  EXPECT_EQ(decision.rule, "later");
  EXPECT_EQ(decision.overrideComment, "rule later") << "they meet more or less, and the same counts";
  verdict.envelope.recipients = {"a@here.example", "b@here.example", "c@here.example"};
  decision = decide(verdict, {}, options);
  EXPECT_EQ(decision.rule, "later");
  EXPECT_EQ(decision.taken.action, Action::TempFail);
  EXPECT_EQ(decision.overrideComment,
            "rule later; recipients met different rules, the mildest outcome counts");
}

TEST(Check, DefaultsAreGood) {
  EXPECT_THAT(check({}), IsEmpty());
}

// What is found, what the sender publishes and the luck of a hash prove nothing: they narrow a rule and carry none.
TEST(Check, NewConditionsEaseNothing) {  // decision 15
  for (const RuleAction action : {RuleAction::Accept, RuleAction::Policy}) {
    Rule candidate = rule(action);
    candidate.published = {"reject"};
    candidate.why = {"forwarded"};
    candidate.share = 0.1;
    EXPECT_FALSE(namesAuthenticatedFact(candidate));
    EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("authenticated fact")));
    candidate.clientNetworks = {*Network::parse("192.0.2.0/24")};
    EXPECT_THAT(check(enforcing({candidate})), IsEmpty());
  }
  // Nor do they hide a severer rule.
  Rule mild = rule(RuleAction::NoChange);
  mild.name = "mild";
  mild.why = {"forwarded"};
  mild.published = {"reject"};
  Rule strict = rule(RuleAction::Reject);
  strict.results = {"fail"};
  Verdict verdict = forwarded();
  verdict.dmarc.hasPolicy = true;
  verdict.dmarc.effective = dmarc::Policy::None;
  EXPECT_EQ(decide(verdict, {}, enforcing({mild, strict})).taken.action, Action::Reject);
}

TEST(Check, ValuesOfNewConditions) {
  const auto faults = [](auto set) {
    Rule candidate = rule(RuleAction::Quarantine);
    set(candidate);
    return check(enforcing({candidate}));
  };
  EXPECT_THAT(faults([](Rule& r) { r.published = {"none", "reject"}; }), IsEmpty());
  EXPECT_THAT(faults([](Rule& r) { r.published = {"p=reject"}; }),
              ElementsAre(HasSubstr("no policy of DMARC")));
  EXPECT_THAT(faults([](Rule& r) { r.why = {"forged"}; }), IsEmpty());
  EXPECT_THAT(faults([](Rule& r) { r.why = {"spoofed"}; }), ElementsAre(HasSubstr("no cause")));
  EXPECT_THAT(faults([](Rule& r) { r.why = {"exempt"}; }), ElementsAre(HasSubstr("meets no rule")));
  EXPECT_THAT(faults([](Rule& r) { r.share = 0.1; }), ElementsAre(HasSubstr("matches every message")));
  for (const double share : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(faults([&](Rule& r) {
                  r.results = {"fail"};
                  r.share = share;
                }),
                ElementsAre(HasSubstr("from 0 to 1")));
  }
  Rule onTrouble = rule(RuleAction::Reject);
  onTrouble.why = {"dns_trouble"};
  EXPECT_THAT(check(enforcing({onTrouble})), ElementsAre(HasSubstr("never a permanent refusal")));
}

TEST(Check, EasingNeedsProof) {  // decision 15
  for (const RuleAction action : {RuleAction::Accept, RuleAction::Policy}) {
    Rule candidate = rule(action);
    candidate.listIds = {"dev.list.example"};
    candidate.authorDomains = {"example.org"};
    candidate.recipients = {"@here.example"};
    EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("authenticated fact")));
    Rule proven = candidate;
    proven.clientNetworks = {*Network::parse("192.0.2.0/24")};
    EXPECT_THAT(check(enforcing({proven})), IsEmpty());
    proven.clientNetworks = {*Network::parse("0.0.0.0/0")};
    EXPECT_THAT(check(enforcing({proven})), ElementsAre(HasSubstr("authenticated fact")))
        << "everybody is nobody";
    for (auto member : {&Rule::signingDomains, &Rule::spfDomains, &Rule::sealers}) {
      proven = candidate;
      proven.*member = {"list.example"};
      EXPECT_THAT(check(enforcing({proven})), IsEmpty());
    }
  }
  Rule tightening = rule(RuleAction::Policy);
  tightening.policy = dmarc::Policy::Reject;
  tightening.authorDomains = {"example.org"};
  EXPECT_THAT(check(enforcing({tightening})), IsEmpty());
}

TEST(Check, Rules) {
  Rule candidate = rule(RuleAction::Reject);
  EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("every message")));
  candidate.results = {"temperror"};
  EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("never a permanent refusal")));
  candidate.results = {"failed"};
  EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("no result of DMARC")));
  candidate.results = {"fail"};
  EXPECT_THAT(check(enforcing({candidate, candidate})), ElementsAre(HasSubstr("stands twice")));
  candidate.name = "two words";
  EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("needs a name")));
  candidate.name = "r1";
  candidate.authorDomains = {"@example.org",
                             "b\xc3\xbc"
                             "cher.example",
                             "*", ".", "a..b"};
  EXPECT_EQ(check(enforcing({candidate})).size(), 5U);
  candidate.authorDomains.clear();
  candidate.recipients = {"user"};
  EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("no address")));
  candidate.recipients = {"user@", "@here.example"};
  EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("\"user@\"")));
  candidate.recipients.clear();
  candidate.authorDomains = {"", "a.", "a-b_c.example", "*.a.example"};
  EXPECT_EQ(check(enforcing({candidate})).size(), 2U);
  candidate.authorDomains = {"a.example"};
  for (const std::string& name : {std::string("a-b_1"), std::string(64, 'n')}) {
    candidate.name = name;
    EXPECT_THAT(check(enforcing({candidate})), IsEmpty()) << name;
  }
  for (const std::string& name : {std::string(), std::string(65, 'n')}) {
    candidate.name = name;
    EXPECT_THAT(check(enforcing({candidate})), ElementsAre(HasSubstr("needs a name"))) << name;
  }
  candidate.name.clear();
  EXPECT_THAT(check(enforcing({candidate})), ElementsAre(testing::StartsWith("rule 1: ")));
  Rule careful = rule(RuleAction::Quarantine);  // on trouble that passes, everything but a refusal for good
  careful.results = {"temperror"};
  EXPECT_THAT(check(enforcing({careful})), IsEmpty());
}

TEST(Check, ActionsAndTexts) {
  Options options;
  options.temperror = Action::Reject;
  EXPECT_THAT(check(options), ElementsAre("temperror cannot be reject"));
  options = {};
  options.quarantine = options.reject = options.author = Action::TempFail;
  EXPECT_EQ(check(options).size(), 3U);
  options = {};
  options.rejectCode = "4.7.1";
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("class 5")));
  for (const char* code : {"5.7", "5..1", "5.7.1.1", "5.x.1", "", "5.7.1234"}) {
    options.rejectCode = code;
    EXPECT_EQ(check(options).size(), 1U) << code;
  }
  options = {};
  options.rejectText = "by {policy}";
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("braces")));
  options.rejectText = "line\r\n";
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("US-ASCII")));
  options.rejectText = " ";
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("empty")));
  options = {};
  options.helpUrl = "ftp://example.org/";
  EXPECT_THAT(check(options), ElementsAre(testing::StartsWith("help_url ")));
  options.helpUrl = "https://example.org/}";
  EXPECT_THAT(check(options), ElementsAre(HasSubstr("in braces")));
}

}  // namespace
}  // namespace alignd::policy
