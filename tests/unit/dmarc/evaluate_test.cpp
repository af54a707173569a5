// The DMARC check: RFC 9989 section 5.3, what DNS failures change and what they do not, what is asked and waited for.
#include "verifier/dmarc/evaluate.h"

#include <map>
#include <memory>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/zone.h"
#include "verifier/dmarc/public_suffix_list.h"

namespace alignd::dmarc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using State = IdentifierState;

// Answers from a zone at once, but for names that are held back; those come when they are let go.
class Dns final : public dns::Resolver {
 public:
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time now) override {
    asked.insert(question.name.text() + " " + std::string(dns::typeName(question.type)));
    if (!held.contains(question.name.text())) return zone.answer(question, now);
    waiting_.emplace_back(question, mailbox);
    return nullptr;
  }
  void release(const std::string& name) {
    held.erase(name);
    for (const auto& [question, mailbox] : waiting_) {
      if (question.name.text() == name) mailbox->deliver(zone.answer(question, {}));
    }
  }

  dns::Zone zone;
  std::set<std::string> held;
  std::set<std::string> asked;

 private:
  std::vector<std::pair<dns::Question, std::shared_ptr<dns::Mailbox>>> waiting_;
};

dns::Name name(const std::string& text) {
  return *dns::Name::parse(text);
}

using Records = std::map<std::string, std::string>;

// One message's view: records by domain, failures, what is held.
struct World {
  std::shared_ptr<Dns> resolver = std::make_shared<Dns>();
  dns::Lookups lookups{resolver, {}};
  Options options;

  explicit World(const Records& records, const std::vector<std::string>& failing = {},
                 const std::vector<std::string>& held = {}) {
    for (const auto& [domain, text] : records) {
      resolver->zone.add(name("_dmarc." + domain), dns::Type::TXT, {300, dns::Txt(text)});
    }
    for (const auto& domain : failing)
      resolver->zone.fail(name("_dmarc." + domain), nullptr, dns::Status::ServerFailure);
    for (const auto& domain : held) resolver->held.insert("_dmarc." + domain);
  }
  void exists(const std::string& domain) {
    resolver->zone.add(name(domain), dns::Type::A, {300, *IpAddress::parse("192.0.2.1")});
  }
  std::optional<Result> check(const std::string& author,
                              const std::vector<IdentifierInput>& identifiers = {}) {
    return evaluate(authorOf(author), identifiers, options, lookups);
  }
  bool ready(const std::string& author, const std::vector<IdentifierInput>& identifiers) {
    return prepared(authorOf(author), identifiers, options, lookups);
  }
  static message::Author authorOf(const std::string& domain) {
    message::Author author;
    author.problem = message::AuthorProblem::None;
    author.domain = domain;
    return author;
  }
};

IdentifierInput dkim(const std::string& domain, State state = State::Pass) {
  return {Identifier::Kind::Dkim, domain, "s", state};
}
IdentifierInput spf(const std::string& domain, State state = State::Pass) {
  return {Identifier::Kind::Spf, domain, "", state};
}

Status statusOf(World& world, const std::string& author, const std::vector<IdentifierInput>& identifiers) {
  const auto result = world.check(author, identifiers);
  EXPECT_TRUE(result);
  return result ? result->status : Status::TempError;
}

// RFC 9989 section 5.3.6: "temporary or permanent DNS errors".
TEST(Evaluate, AnAliasChainThatLeadsNowhereIsNoAnswer) {
  World world(Records{{"example.com", "v=DMARC1; p=reject"}});
  world.resolver->zone.add(name("_dmarc.a.example.com"), dns::Type::CNAME, {300, name("x.example.net")});
  world.resolver->zone.add(name("x.example.net"), dns::Type::CNAME, {300, name("_dmarc.a.example.com")});
  const auto result = world.check("a.example.com");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::TempError) << "the author may have a record of its own";
  EXPECT_EQ(result->walk.at(0).answer, dns::Status::CnameLoop);
  EXPECT_THAT(result->walk.at(0).problem,
              HasSubstr("_dmarc.a.example.com -> x.example.net -> _dmarc.a.example.com"));
}

TEST(Evaluate, ExamplesOfTheIssue) {
  const struct {
    const char* record;
    const char* at;
    const char* author;
    std::vector<IdentifierInput> identifiers;
    Status status;
    const char* why;
  } lines[] = {
      {"v=DMARC1; p=reject", "brand.com", "brand.com", {dkim("sub.brand.com")}, Status::Pass, "relaxed"},
      {"v=DMARC1; p=reject; adkim=s",
       "brand.com",
       "brand.com",
       {dkim("sub.brand.com")},
       Status::Fail,
       "strict"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {dkim("vendor.com")},
       Status::Fail,
       "a vendor's domain never"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {dkim("brand.com.vendor.com")},
       Status::Fail,
       "nor below it"},
      {"v=DMARC1; p=none; adkim=s",
       "blue-canoe.com",
       "blue-canoe.com",
       {dkim("mailer.blue-canoe.com")},
       Status::Fail,
       "adkim=s"},
      {"v=DMARC1; p=none; adkim=r",
       "blue-canoe.com",
       "blue-canoe.com",
       {dkim("mailer.blue-canoe.com")},
       Status::Pass,
       "adkim=r"},
      {"v=DMARC1; p=none; adkim=s",
       "blue-canoe.com",
       "mail.blue-canoe.com",
       {dkim("mail.blue-canoe.com")},
       Status::Pass,
       "identical"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {spf("forwarder.example", State::Pass), dkim("brand.com")},
       Status::Pass,
       "SPF broken by forwarding, DKIM aligned"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {spf("brand.com", State::Fail), dkim("brand.com")},
       Status::Pass,
       "SPF fails, DKIM aligned"},
      {"v=DMARC1; p=reject",
       "example.org",
       "example.org",
       {dkim("example.org", State::Fail), dkim("example.bad", State::Pass)},
       Status::Fail,
       "T8: results are never merged across signatures"},
      {"v=DMARC1; p=reject; adkim=s",
       "sub.strict.com",
       "sub.strict.com",
       {dkim("strict.com")},
       Status::Fail,
       "T9"},
      {"v=DMARC1; p=reject; aspf=s",
       "brand.com",
       "brand.com",
       {spf("sub.brand.com")},
       Status::Fail,
       "aspf=s"},
      {"v=DMARC1; p=reject; aspf=s",
       "brand.com",
       "brand.com",
       {dkim("sub.brand.com")},
       Status::Pass,
       "aspf says nothing about DKIM"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {dkim("brand.com", State::TempError)},
       Status::TempError,
       "T10: a key that could not be looked up"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {dkim("brand.com", State::TempError), spf("brand.com")},
       Status::Pass,
       "T10: another aligned pass stands"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {dkim("vendor.com", State::TempError)},
       Status::Fail,
       "it could not have aligned"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {dkim("brand.com", State::PermError)},
       Status::Fail,
       "a key that is not there is an answer"},
      {"v=DMARC1; p=reject",
       "brand.com",
       "brand.com",
       {dkim("", State::Pass), dkim(".", State::Pass)},
       Status::Fail,
       "no domain, no alignment"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.why);
    World world(Records{{line.at, line.record}});
    EXPECT_EQ(statusWord(statusOf(world, line.author, line.identifiers)), statusWord(line.status));
  }
}

TEST(Evaluate, AmbiguousAuthorIsPermerrorWithoutAQuestion) {
  World world(Records{});
  message::Author author;
  author.problem = message::AuthorProblem::SeveralDomains;
  author.domains = {"a.example", "b.example"};
  const auto result = evaluate(author, {dkim("a.example")}, {}, world.lookups);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::PermError);
  EXPECT_EQ(result->text, "several author domains");
  EXPECT_THAT(world.resolver->asked, IsEmpty());
  EXPECT_TRUE(prepared(author, {dkim("a.example", State::Possible)}, {}, world.lookups));
}

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
      {"example.com", {dkim("vendor.com", State::Fail)}, {"vendor.com", "com"}, false, "it did not pass"},
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

TEST(Evaluate, ExistenceIsAskedOnlyWhenItCouldChangeThePolicy) {  // decision 6
  const struct {
    const char* record;
    const char* author;
    bool asked;
    Policy exists;
    Policy absent;
    const char* why;
  } lines[] = {
      {"v=DMARC1; p=none; np=reject", "ghost.example.com", true, Policy::None, Policy::Reject,
       "np against p"},
      {"v=DMARC1; p=reject; sp=none; np=quarantine", "ghost.example.com", true, Policy::None,
       Policy::Quarantine, "np against sp"},
      {"v=DMARC1; p=none; sp=reject; np=reject", "ghost.example.com", false, Policy::Reject, Policy::Reject,
       "equal"},
      {"v=DMARC1; p=none; sp=reject", "ghost.example.com", false, Policy::Reject, Policy::Reject,
       "no np: sp"},
      {"v=DMARC1; p=quarantine", "ghost.example.com", false, Policy::Quarantine, Policy::Quarantine,
       "neither: p"},
      {"v=DMARC1; p=none; np=reject", "example.com", false, Policy::None, Policy::None,
       "the domain itself: p"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.why);
    const std::string question = std::string(line.author) + " A";
    World there(Records{{"example.com", line.record}});
    there.exists(line.author);
    EXPECT_EQ(there.check(line.author)->selected, line.exists);
    EXPECT_EQ(there.resolver->asked.contains(question), line.asked);
    World gone(Records{{"example.com", line.record}});
    EXPECT_EQ(gone.check(line.author)->selected, line.absent);
    World passing(Records{{"example.com", line.record}});
    EXPECT_EQ(passing.check(line.author, {dkim("example.com")})->status, Status::Pass);
    EXPECT_FALSE(passing.resolver->asked.contains(question)) << "a pass needs no policy";
  }
}

TEST(Evaluate, ExistenceIsNxdomainOfTheNameAlone) {  // RFC 9989 section 3.2.13
  World mx(Records{{"example.com", "v=DMARC1; p=none; np=reject"}});
  mx.resolver->zone.add(name("sub.example.com"), dns::Type::MX, {300, dns::Mx{10, name("mx.example.com")}});
  EXPECT_EQ(mx.check("sub.example.com")->selected, Policy::None) << "NODATA: it exists";
  World below(Records{{"example.com", "v=DMARC1; p=none; np=reject"}});
  below.exists("x.sub.example.com");
  EXPECT_EQ(below.check("sub.example.com")->selected, Policy::None) << "an empty non-terminal exists";
  World alias(Records{{"example.com", "v=DMARC1; p=none; np=reject"}});
  alias.resolver->zone.add(name("sub.example.com"), dns::Type::CNAME, {300, name("gone.example.net")});
  EXPECT_EQ(alias.check("sub.example.com")->selected, Policy::None) << "an alias exists, whatever its target";
}

TEST(Evaluate, ExistenceThatCannotBeToldIsTemperror) {
  World world(Records{{"example.com", "v=DMARC1; p=none; np=reject"}});
  world.resolver->zone.fail(name("ghost.example.com"), nullptr, dns::Status::Timeout);
  const auto result = world.check("ghost.example.com");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::TempError);
  EXPECT_FALSE(result->discoveryFailed);
  EXPECT_EQ(result->effective, Policy::Reject) << "the stricter of the two that are possible";
  EXPECT_THAT(result->text, HasSubstr("exists"));
}

TEST(Evaluate, TestModeLowersByOne) {  // t=y
  const std::pair<const char*, Policy> lines[] = {{"v=DMARC1; p=reject; t=y", Policy::Quarantine},
                                                  {"v=DMARC1; p=quarantine; t=y", Policy::None},
                                                  {"v=DMARC1; p=none; t=y", Policy::None},
                                                  {"v=DMARC1; p=reject; t=n", Policy::Reject}};
  for (const auto& [record, effective] : lines) {
    World world(Records{{"example.com", record}});
    EXPECT_EQ(world.check("example.com")->effective, effective) << record;
  }
}

TEST(Evaluate, RecordWithoutUsablePolicyIsPermerror) {  // decision 4
  World world(Records{{"example.com", "v=DMARC1; p=bogus"}});
  const auto result = world.check("example.com", {dkim("example.com")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::PermError);
  EXPECT_THAT(result->text, HasSubstr("example.com"));
  EXPECT_EQ(result->effective, Policy::None);
}

TEST(Evaluate, SeveralRecordsAtOneNameAreNone) {  // decision 4
  World world(Records{{"example.com", "v=DMARC1; p=quarantine"}, {"mail.example.com", "v=DMARC1; p=reject"}});
  world.resolver->zone.add(name("_dmarc.mail.example.com"), dns::Type::TXT,
                           {300, dns::Txt("v=DMARC1; p=none")});
  const auto result = world.check("mail.example.com");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->policyDomain, "example.com");
  EXPECT_EQ(result->walk.front().problem, "2 DMARC records, all discarded");
}

TEST(Evaluate, ResultTellsTheStory) {
  World world(
      Records{{"example.com", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:r@example.com; adkim=s; fo=1"}});
  const auto result =
      world.check("mail.example.com", {dkim("example.com"), spf("other.example"), spf("example.com")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::Pass);
  EXPECT_EQ(result->text, "aligned: SPF example.com");
  EXPECT_EQ(result->policyDomain, "example.com");
  EXPECT_EQ(result->organizationalDomain, "example.com");
  EXPECT_EQ(result->selectedTag, "sp");
  EXPECT_EQ(result->selected, Policy::Quarantine);
  EXPECT_EQ(result->published, Policy::Reject);
  EXPECT_EQ(result->fo, "1");
  EXPECT_THAT(result->rua, ElementsAre("mailto:r@example.com"));
  EXPECT_FALSE(result->alignedDkim);
  EXPECT_TRUE(result->alignedSpf);
  ASSERT_EQ(result->identifiers.size(), 3U);
  EXPECT_EQ(result->identifiers[0].text, "not aligned (strict): example.com is not mail.example.com");
  EXPECT_FALSE(result->identifiers[1].aligned);
  EXPECT_TRUE(result->identifiers[2].aligned);
  ASSERT_EQ(result->walk.size(), 3U);
  EXPECT_EQ(result->walk[0].name, "mail.example.com");
  EXPECT_EQ(result->walk[0].answer, dns::Status::NoSuchName);
  EXPECT_THAT(result->walk[1].record, HasSubstr("sp=quarantine"));
  EXPECT_TRUE(result->walk[2].asked);
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

Options byList(OrganizationalDomain mode) {
  return {mode, parsePublicSuffixList("com\nco.uk\n")};
}

TEST(ByList, OrganizationalDomainAndPolicyOfRfc7489) {  // decision 5
  World world(Records{{"co.uk", "v=DMARC1; p=reject"},
                      {"mid.example.com", "v=DMARC1; p=reject; psd=n"},
                      {"example.com", "v=DMARC1; p=quarantine"}});
  world.options = byList(OrganizationalDomain::Psl);
  EXPECT_EQ(world.check("shop.co.uk", {spf("other.co.uk")})->status, Status::None) << "co.uk is a suffix";
  const auto result = world.check("a.mid.example.com", {dkim("b.example.com")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::Pass) << "one registered domain, psd= means nothing";
  EXPECT_EQ(result->policyDomain, "example.com");
  EXPECT_EQ(result->organizationalDomain, "example.com");
  EXPECT_EQ(result->discoveryMethod, "psl");
  EXPECT_EQ(result->walk.size(), 2U);
}

TEST(ByList, CompareActsOnTheWalkAndSaysWhereTheListDiffers) {
  World world(Records{{"co.uk", "v=DMARC1; p=reject"}});
  world.options = byList(OrganizationalDomain::Compare);
  const auto result = world.check("shop.co.uk", {spf("other.co.uk")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::Pass);
  EXPECT_EQ(result->discoveryMethod, "treewalk");
  EXPECT_EQ(result->comparison,
            "result pass by walk, none by list; organizational domain co.uk by walk, shop.co.uk by list; "
            "policy domain "
            "co.uk by walk, - by list; policy reject by walk, none by list");
  World same(Records{{"example.com", "v=DMARC1; p=reject"}});
  same.options = byList(OrganizationalDomain::Compare);
  EXPECT_EQ(same.check("a.example.com", {dkim("b.example.com")})->comparison, "");
}

}  // namespace
}  // namespace alignd::dmarc
