// What DNS failures change in a DMARC check and what they do not; what is asked, and waited for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dmarc/world.h"
#include "verifier/dmarc/public_suffix_list.h"

namespace alignd::dmarc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Failures at `failing` with these records: what becomes of mail of a.example.com. Decision 2, section 5.3.6.
TEST(Evaluate, FailureCountsExactlyWhenSomeAnswerWouldChangeTheResult) {
  const std::map<std::string, std::string> kOwn{{"a.example.com", "v=DMARC1; p=reject"}};
  const std::map<std::string, std::string> kOwnNo{{"a.example.com", "v=DMARC1; p=reject; psd=n"}};
  const std::map<std::string, std::string> kAbove{{"example.com", "v=DMARC1; p=reject"}};
  const std::map<std::string, std::string> kAboveNo{{"example.com", "v=DMARC1; p=reject; psd=n"}};
  const std::map<std::string, std::string> kStrict{{"a.example.com", "v=DMARC1; p=reject; adkim=s"}};
  const std::map<std::string, std::string> kPsd{{"com", "v=DMARC1; p=reject; psd=y"}};
  const struct {
    std::map<std::string, std::string> records;
    std::vector<std::string> failing;
    std::vector<IdentifierInput> identifiers;
    Status status;
    const char* why;
  } lines[] = {
      {kOwn, {"com"}, {}, Status::Fail, "own record: no name above changes a fail"},
      {kOwn, {"com", "example.com"}, {}, Status::Fail, "likewise"},
      {kAbove,
       {"com"},
       {},
       Status::TempError,
       "com may have a record, then it is the organization and gives the policy"},
      {kAboveNo, {"com"}, {}, Status::Fail, "psd=n ends the walk before"},
      {kAbove, {"a.example.com"}, {}, Status::TempError, "the author may have a record of its own"},
      {{}, {"com"}, {}, Status::TempError, "there may be a policy"},
      {{}, {"a.example.com"}, {}, Status::TempError, "there may be a policy"},
      {{}, {}, {}, Status::None, "no failure, no policy"},
      {{}, {}, {dkim("a.example.com", State::TempError)}, Status::None, "no policy, whatever DKIM says"},
      {kOwn, {"com"}, {dkim("a.example.com")}, Status::Pass, "identical"},
      {kAbove,
       {"com"},
       {dkim("a.example.com")},
       Status::Pass,
       "identical, and there is a policy in every case"},
      {kAbove, {"com"}, {dkim("example.com")}, Status::Pass, "one organization, be it example.com or com"},
      {kAbove, {"com"}, {dkim("b.example.com")}, Status::Pass, "likewise"},
      {kOwn,
       {"com"},
       {dkim("b.example.com")},
       Status::TempError,
       "a.example.com and com alone: with nothing at com they differ"},
      {kAbove, {"com"}, {dkim("other.com")}, Status::TempError, "a record at com would align them"},
      {kOwn, {"com"}, {dkim("other.net")}, Status::Fail, "nothing in common"},
      {kAbove,
       {"b.example.com"},
       {dkim("b.example.com")},
       Status::TempError,
       "psd=n at b.example.com would part them"},
      {kAbove,
       {"b.example.com"},
       {dkim("b.example.com"), spf("a.example.com")},
       Status::Pass,
       "another identifier is aligned"},
      {kStrict, {"example.com", "com"}, {dkim("b.example.com")}, Status::Fail, "strict: no walk is needed"},
      {kStrict, {"example.com", "com"}, {dkim("a.example.com")}, Status::Pass, "strict, identical"},
      {kOwnNo, {"com", "example.com"}, {dkim("b.a.example.com")}, Status::Pass, "psd=n at the author"},
      {kOwnNo,
       {"b.a.example.com"},
       {dkim("b.a.example.com")},
       Status::TempError,
       "psd=n below would part them"},
      {kOwnNo, {"com"}, {dkim("example.com")}, Status::Fail, "the organization ends at the author"},
      {kAbove, {"a.example.com"}, {dkim("a.example.com")}, Status::Pass, "a policy in every case, identical"},
      {kAbove, {"a.example.com"}, {dkim("example.com")}, Status::TempError, "its own record might be strict"},
      {{}, {"example.com"}, {dkim("a.example.com")}, Status::TempError, "aligned, but is there a policy?"},
      {kPsd, {"example.com"}, {}, Status::TempError, "the organization's record would go before the PSD's"},
      {kPsd, {"example.com"}, {dkim("b.example.com")}, Status::TempError, "example.com might be strict"},
      {kPsd, {"example.com"}, {dkim("other.com")}, Status::TempError, "which policy?"},
      {kOwn,
       {"com"},
       {dkim("a.example.com", State::TempError)},
       Status::TempError,
       "the check itself was prevented"},
      {kOwn, {}, {dkim("b.net", State::TempError)}, Status::Fail, "a check that could not align"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.why);
    World world(line.records, line.failing);
    world.exists("a.example.com");
    const auto result = world.check("a.example.com", line.identifiers);
    ASSERT_TRUE(result);
    EXPECT_EQ(statusWord(result->status), statusWord(line.status)) << result->text;
    if (result->status == Status::TempError) {
      EXPECT_FALSE(result->text.empty());
    }
  }
}

TEST(Evaluate, TellsWhetherThePolicyItselfIsUnknown) {
  World unknown(Records{{"example.com", "v=DMARC1; p=reject"}}, {"a.example.com"});
  auto result = unknown.check("a.example.com");
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->discoveryFailed);
  EXPECT_THAT(result->text, HasSubstr("_dmarc.a.example.com"));
  World known(Records{{"example.com", "v=DMARC1; p=reject"}});
  result = known.check("example.com", {dkim("example.com", State::TempError)});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::TempError);
  EXPECT_FALSE(result->discoveryFailed);
  EXPECT_EQ(result->effective, Policy::Reject) << "what decision 2 defers by";
  EXPECT_THAT(result->text, HasSubstr("DKIM of example.com"));
}

TEST(Evaluate, WaitsForAnswersThatMatterAndForNoOthers) {
  const std::map<std::string, std::string> records{{"example.com", "v=DMARC1; p=reject"}};
  const struct {
    const char* author;
    std::vector<IdentifierInput> identifiers;
    std::vector<std::string> held;
    bool blocked;
    const char* why;
  } lines[] = {
      {"example.com", {}, {"com"}, false, "its own record decides"},
      {"example.com",
       {dkim("example.com")},
       {"com"},
       false,
       "shortcut of 4.10.2: identical with a record there"},
      {"a.example.com", {}, {"com"}, true, "com may be the organization"},
      {"a.example.com", {}, {"a.example.com"}, true, "it may have a record"},
      {"a.example.com",
       {dkim("a.example.com")},
       {"com"},
       true,
       "a record at com might have no policy (4.10.1)"},
      {"a.example.com", {dkim("b.example.com")}, {"com"}, true, "a record at com might be strict"},
      {"example.com", {dkim("b.example.com")}, {"b.example.com"}, true, "psd=n there would part them"},
      {"example.com", {dkim("b.example.com"), spf("example.com")}, {"b.example.com"}, false, "passes anyhow"},
      {"example.com",
       {dkim("vendor.com")},
       {"vendor.com"},
       false,
       "nothing at com: the organizations differ"},
      {"example.com", {dkim("vendor.com")}, {"vendor.com", "com"}, true, "a record at com"},
      {"example.com", {dkim("vendor.net")}, {"vendor.net", "net", "com"}, false, "nothing in common"},
      {"example.com", {dkim("vendor.com", State::Fail)}, {"vendor.com"}, false, "it did not pass"},
      {"example.com", {dkim("vendor.com", State::Fail)}, {"com"}, true, "whose it is hangs on com"},
      {"example.com", {spf("a.example.com", State::PermError)}, {"com"}, false, "below the author it is his"},
      {"example.com",
       {dkim("", State::PermError)},
       {"com"},
       true,
       "a d= that is no domain may be meant for his"},
      {"example.com", {spf("a..example.com")}, {"com"}, true, "likewise a path or HELO that is no domain"},
      {"example.com", {spf("", State::PermError)}, {"com"}, false, "no name at all"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.why);
    World world(records, {}, line.held);
    world.exists("a.example.com");
    EXPECT_EQ(!world.check(line.author, line.identifiers), line.blocked);
    if (!line.blocked) continue;
    EXPECT_GT(world.lookups.missing(), 0U) << "it says what it waits for";
    for (const auto& domain : line.held) {
      world.resolver->release("_dmarc." + domain);
      world.lookups.collect();
      while (!world.check(line.author, line.identifiers) && world.lookups.collect()) {
      }
    }
    EXPECT_TRUE(world.check(line.author, line.identifiers)) << "with all answers there is a result";
  }
}

// Its own record decides; whether example.com is of the author's organization, what is above tells.
TEST(Evaluate, AFailureTellsWhoseItWasInWhateverOrderAnswersCome) {
  const Records records{{"a.example.com", "v=DMARC1; p=reject"}};
  World early(records);
  World late(records, {}, {"example.com", "com"});
  const std::vector<IdentifierInput> identifiers{spf("example.com", State::PermError)};
  const auto first = early.check("a.example.com", identifiers);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->organizationalDomain, "a.example.com");
  EXPECT_FALSE(late.check("a.example.com", identifiers));
  EXPECT_FALSE(late.ready("a.example.com", identifiers));
  for (const char* name : {"_dmarc.com", "_dmarc.example.com"}) late.resolver->release(name);
  while (late.lookups.collect()) {
  }
  EXPECT_TRUE(late.ready("a.example.com", identifiers));
  const auto second = late.check("a.example.com", identifiers);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->organizationalDomain, first->organizationalDomain);
}

TEST(Evaluate, AListTellsWhoseItWasWithoutAnyAnswer) {
  World world(Records{{"a.example.com", "v=DMARC1; p=reject"}}, {}, {"example.com"});
  world.options.organizationalDomain = OrganizationalDomain::Psl;
  world.options.list = parsePublicSuffixList("com\n");
  const std::vector<IdentifierInput> identifiers{spf("example.com", State::PermError)};
  EXPECT_TRUE(world.ready("a.example.com", identifiers));
  const auto result = world.check("a.example.com", identifiers);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->organizationalDomain, "example.com");
}

// Section 4.10.1: a record without policy and rua means no DMARC processing, however late its answer comes. One
// that does not come at all voids nothing (DESIGN.md decision 2).
TEST(Evaluate, ALateRecordWithoutPolicyCountsLikeAnEarlyOne) {
  const Records records{{"example.com", "v=DMARC1; p=reject"}, {"com", "v=DMARC1"}};
  for (const char* identifier : {"a.example.com", "example.com"}) {
    World early(records);
    World late(records, {}, {"com"});
    World never({{"example.com", "v=DMARC1; p=reject"}}, {"com"});
    EXPECT_EQ(statusOf(early, "a.example.com", {dkim(identifier)}), Status::PermError) << identifier;
    EXPECT_FALSE(late.check("a.example.com", {dkim(identifier)})) << identifier;
    EXPECT_FALSE(late.ready("a.example.com", {dkim(identifier)})) << identifier;
    late.resolver->release("_dmarc.com");
    late.lookups.collect();
    EXPECT_EQ(statusOf(late, "a.example.com", {dkim(identifier)}), Status::PermError) << identifier;
    EXPECT_EQ(statusOf(never, "a.example.com", {dkim(identifier)}), Status::Pass) << identifier;
  }
}

TEST(Evaluate, AfterTheDeadlineThereIsAlwaysAResult) {
  World world(Records{{"example.com", "v=DMARC1; p=reject"}}, {},
              {"a.example.com", "example.com", "com", "b.example.com"});
  EXPECT_FALSE(world.check("a.example.com", {dkim("b.example.com")}));
  world.lookups.close();
  const auto result = world.check("a.example.com", {dkim("b.example.com")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::TempError);
  EXPECT_TRUE(result->discoveryFailed);
}

TEST(Evaluate, ManyUnrelatedLongNamesStayCheap) {
  const std::vector<std::string> none;
  World world(Records{});
  world.resolver->held = {};
  std::vector<IdentifierInput> identifiers;
  for (int i = 0; i < 11; ++i) identifiers.push_back(dkim("1.2.3.4.5.6.x" + std::to_string(i) + ".com"));
  for (const auto& identifier : identifiers) {
    for (auto domain = name(identifier.domain); domain.labelCount() > 1; domain = domain.parent()) {
      world.resolver->held.insert("_dmarc." + domain.text());
    }
  }
  world.resolver->held.insert("_dmarc.com");
  EXPECT_FALSE(world.check("a.b.c.d.e.f.g.com", identifiers));
  world.lookups.close();
  EXPECT_TRUE(world.check("a.b.c.d.e.f.g.com", identifiers));
}

// More ways to end than are looked at: it waits, and with the answers there is a result.
TEST(Evaluate, AllButTheFirstAnswerMissing) {
  World world(Records{{"c.d.e.f.g.com", "v=DMARC1; p=reject"}, {"4.5.6.7.com", "v=DMARC1; p=none"}});
  const std::string author = "a.b.c.d.e.f.g.com";
  const std::string identifier = "1.2.3.4.5.6.7.com";
  for (auto domain = name(author).parent(); !domain.isRoot(); domain = domain.parent())
    world.resolver->held.insert("_dmarc." + domain.text());
  for (auto domain = name(identifier); !domain.isRoot(); domain = domain.parent())
    world.resolver->held.insert("_dmarc." + domain.text());
  EXPECT_FALSE(world.check(author, {dkim(identifier)}));
  while (!world.resolver->held.empty()) {
    world.resolver->release(std::string(*world.resolver->held.begin()));
    world.lookups.collect();
  }
  const auto result = world.check(author, {dkim(identifier)});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::Fail);
  EXPECT_EQ(result->policyDomain, "c.d.e.f.g.com");
  EXPECT_EQ(result->identifiers.at(0).text, "not aligned: of another organization");
}

// What is above a name that is known to end the walk is not asked for.
TEST(Evaluate, NothingAboveTheEndOfTheWalk) {
  for (const char* record : {"v=DMARC1; p=reject; psd=n", "v=DMARC1; p=reject; psd=y"}) {
    World world(Records{{"example.com", record}}, {}, {"a.example.com"});
    ASSERT_TRUE(world.lookups.find(name("_dmarc.example.com"), dns::Type::TXT));
    EXPECT_FALSE(world.check("a.example.com"));
    EXPECT_THAT(world.resolver->asked,
                UnorderedElementsAre("_dmarc.a.example.com TXT", "_dmarc.example.com TXT"));
    world.resolver->release("_dmarc.a.example.com");
    world.lookups.collect();
    EXPECT_EQ(world.check("a.example.com")->policyDomain, "example.com");
  }
}

TEST(Evaluate, WaitsForTheExistenceThatThePolicyHangsOn) {
  World world(Records{{"example.com", "v=DMARC1; p=none; np=reject"}});
  world.resolver->held.insert("ghost.example.com");
  EXPECT_FALSE(world.check("ghost.example.com"));
  world.resolver->release("ghost.example.com");
  world.lookups.collect();
  EXPECT_EQ(world.check("ghost.example.com")->effective, Policy::Reject);
}

// What was asked ahead is used like what was waited for, as far as the walk goes.
TEST(AskAhead, WhatTheResultHangsOnIsUsed) {
  for (const bool ahead : {true, false}) {
    World world(Records{{"b.example.com", "v=DMARC1; p=reject; psd=n"}}, {"com"});
    if (ahead) askAhead("a.b.example.com", world.lookups);
    EXPECT_EQ(world.check("a.b.example.com")->status, Status::Fail);
    std::vector<std::string> used;
    for (const auto& [question, answer] : world.lookups.used()) used.push_back(question.name.text());
    std::vector<std::string> names{"_dmarc.a.b.example.com", "_dmarc.b.example.com"};
    if (!ahead) names.insert(names.end(), {"_dmarc.example.com", "_dmarc.com"});  // all asked at once
    EXPECT_EQ(used, names);
  }
}

TEST(AskAhead, AllNamesAtOnce) {
  World world(Records{});
  askAhead("a.b.c.d.e.f.g.h.i.j.mail.example.com", world.lookups);
  EXPECT_THAT(
      world.resolver->asked,
      UnorderedElementsAre("_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com TXT",
                           "_dmarc.g.h.i.j.mail.example.com TXT", "_dmarc.h.i.j.mail.example.com TXT",
                           "_dmarc.i.j.mail.example.com TXT", "_dmarc.j.mail.example.com TXT",
                           "_dmarc.mail.example.com TXT", "_dmarc.example.com TXT", "_dmarc.com TXT"));
}

TEST(Evaluate, AsksNothingBeyondTheAuthorsWalkForUnrelatedIdentifiers) {
  World world(Records{{"brand.com", "v=DMARC1; p=reject"}});
  askAhead("brand.com", world.lookups);
  EXPECT_EQ(world.check("brand.com", {dkim("esp.com"), spf("bounce.esp.net")})->status, Status::Fail);
  EXPECT_THAT(world.resolver->asked, UnorderedElementsAre("_dmarc.brand.com TXT", "_dmarc.com TXT"));
}

TEST(Prepared, TrueOnlyWhenEveryEndingIsDecided) {
  const std::map<std::string, std::string> records{{"example.com", "v=DMARC1; p=reject; np=none"}};
  const struct {
    const char* author;
    std::vector<IdentifierInput> identifiers;
    std::vector<std::string> held;
    bool prepared;
    const char* why;
  } lines[] = {
      {"example.com", {dkim("example.com", State::Possible)}, {"com"}, true, "its own record decides all"},
      {"example.com", {dkim("b.example.com", State::Possible)}, {"b.example.com"}, false, "were it to pass"},
      {"example.com",
       {dkim("b.example.com", State::Possible), spf("example.com")},
       {"b.example.com"},
       true,
       "SPF passes in alignment whatever DKIM says"},
      {"a.example.com",
       {dkim("a.example.com", State::Possible)},
       {"com"},
       false,
       "were it to fail: which policy?"},
      {"example.com", {dkim("vendor.com", State::Possible)}, {"vendor.com"}, true, "never aligned"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.why);
    World world(records, {}, line.held);
    world.exists("a.example.com");
    EXPECT_EQ(world.ready(line.author, line.identifiers), line.prepared);
    if (!line.prepared) continue;
    // The promise: every way the Possible ones can end, evaluate() has a result.
    for (const State state : {State::Pass, State::Fail, State::TempError, State::PermError}) {
      auto ended = line.identifiers;
      for (auto& identifier : ended) {
        if (identifier.state == State::Possible) identifier.state = state;
      }
      EXPECT_TRUE(world.check(line.author, ended));
    }
  }
}

TEST(Prepared, AsksForExistenceWhenAFailureWouldNeedIt) {
  World world(Records{{"example.com", "v=DMARC1; p=none; np=reject"}});
  world.resolver->held.insert("ghost.example.com");
  EXPECT_FALSE(world.ready("ghost.example.com", {dkim("example.com", State::Possible)}));
  EXPECT_TRUE(world.resolver->asked.contains("ghost.example.com A"));
  EXPECT_TRUE(world.ready("ghost.example.com", {spf("example.com")})) << "passes: no policy is needed";
}

}  // namespace
}  // namespace alignd::dmarc
