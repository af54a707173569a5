// The DMARC check: RFC 9989 section 5.3, and what the result tells.
#include "verifier/dmarc/evaluate.h"

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
  // The chain, and what was said about its end.
  World lost(Records{});
  const std::string label(63, 'x');
  const std::string below = label + "." + label + ".example.net";
  lost.resolver->zone.add(name("_dmarc.example.com"), dns::Type::CNAME, {300, name(below)});
  lost.resolver->zone.add(name("example.net"), dns::Type::DNAME,
                          {300, name(label + "." + label + "." + label + ".example")});
  const auto other = lost.check("example.com");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->status, Status::TempError);
  EXPECT_EQ(other->walk.at(0).problem, "_dmarc.example.com -> " + below + ": the DNAME above " + below +
                                           " makes a name that is too long");
}

// RFC 9989 section 4.10.1: at the author domain, else at the organizational domain. What stands between decides nothing.
TEST(Evaluate, ThePolicyThatIsBlamedIsTheOneThatApplies) {
  World world(Records{{"mid.example.com", "v=DMARC1; p=watch"}, {"example.com", "v=DMARC1; pct=100"}});
  const auto result = world.check("a.mid.example.com");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::PermError);
  EXPECT_EQ(result->text, "record of example.com: p= is missing, and there is no rua=");
  World own(Records{{"a.example.com", "v=DMARC1; p=watch"}, {"example.com", "v=DMARC1; pct=100"}});
  EXPECT_EQ(own.check("a.example.com")->text,
            "record of a.example.com: p= is watch, which is no policy, and there is no rua=");
}

// A name that leaves no room for `_dmarc` in front of it has no record, and whatever stands above it applies.
TEST(Evaluate, ANameThatIsTooLongToBeAskedFor) {
  std::string domain = std::string(dns::kMaxNameText - 3 * 61 - 12, 'w') + ".";
  for (const char c : {'x', 'y', 'z'}) domain += std::string(60, c) + ".";
  domain += "example.com";
  ASSERT_EQ(domain.size(), dns::kMaxNameText);
  World world(Records{{"example.com", "v=DMARC1; p=none; sp=reject"}});
  askAhead(domain, world.lookups);
  EXPECT_THAT(world.resolver->asked, testing::Contains("_dmarc.example.com TXT"));
  const auto result = world.check(domain, {dkim(domain)});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::Pass) << "identical";
  EXPECT_EQ(result->policyDomain, "example.com");
  EXPECT_EQ(result->selected, Policy::Reject);
  EXPECT_FALSE(result->walk.at(0).asked);
  EXPECT_TRUE(result->walk.at(1).asked);
  World none(Records{});
  EXPECT_EQ(none.check(domain)->text, "no DMARC record at " + domain + " or above");
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
  World milder(Records{{"example.com", "v=DMARC1; p=reject; np=none"}});
  milder.resolver->zone.fail(name("ghost.example.com"), nullptr, dns::Status::Timeout);
  const auto strict = milder.check("ghost.example.com");
  ASSERT_TRUE(strict);
  EXPECT_EQ(strict->status, Status::TempError);
  EXPECT_EQ(strict->effective, Policy::Reject) << "likewise";
  EXPECT_EQ(strict->selectedTag, "p");
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

Options byList(OrganizationalDomain mode) {
  Options out;
  out.organizationalDomain = mode;
  out.list = parsePublicSuffixList("com\nco.uk\n");
  return out;
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

TEST(ByList, OnlyTheTwoNamesOfTheListAreWaitedFor) {
  const Records records{{"example.com", "v=DMARC1; p=quarantine"}};
  World late(records, {}, {"example.com"});
  late.options = byList(OrganizationalDomain::Psl);
  EXPECT_FALSE(late.check("a.b.example.com"));
  late.resolver->release("_dmarc.example.com");
  late.lookups.collect();
  const auto result = late.check("a.b.example.com");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->policyDomain, "example.com");
  EXPECT_THAT(late.resolver->asked,
              UnorderedElementsAre("_dmarc.a.b.example.com TXT", "_dmarc.example.com TXT"));
  // Which organization it is hangs on no answer.
  World failing(records, {"a.b.example.com"});
  failing.options = byList(OrganizationalDomain::Psl);
  const auto untold = failing.check("a.b.example.com");
  ASSERT_TRUE(untold);
  EXPECT_EQ(untold->status, Status::TempError);
  EXPECT_EQ(untold->organizationalDomain, "example.com");
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
  same.options.list = nullptr;
  EXPECT_EQ(same.check("a.example.com")->comparison, "") << "there is nothing to compare with";
  World failing(Records{{"example.com", "v=DMARC1; p=reject"}}, {"com"});
  failing.options = byList(OrganizationalDomain::Compare);
  EXPECT_EQ(failing.check("a.example.com")->comparison,
            "result temperror by walk, fail by list; organizational domain - by walk, example.com by list; "
            "policy domain - by walk, example.com by list; policy none by walk, reject by list");
  // It waits for nothing that the walk does not need.
  World late(Records{{"a.example.com", "v=DMARC1; p=reject; psd=n"}}, {}, {"example.com"});
  late.options = byList(OrganizationalDomain::Compare);
  const auto known = late.check("x.a.example.com");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->policyDomain, "a.example.com");
  EXPECT_EQ(known->comparison, "") << "the list has no result yet";
}

// Issue 16 item 2: what somebody meant to be a record is not reported as absent.
TEST(Evaluate, WhyThereIsNoPolicy) {
  struct Row {
    Records records;
    Status status;
    std::string text;
  };
  const Row rows[] = {
      {{}, Status::None, "no DMARC record at d.example or above"},
      {{{"d.example", "v=DMARC1 p=reject"}},
       Status::None,
       "no valid DMARC record, at _dmarc.d.example: nearly a DMARC record: a blank instead of a semicolon "
       "stands "
       "behind the version"},
      {{{"example", "v=spf1 -all"}},
       Status::None,
       "no valid DMARC record, at _dmarc.example: nearly a DMARC record: an SPF record"},
      {{{"d.example", "v=DMARC1; p=monitor; pct=100"}},
       Status::PermError,
       "record of d.example: p= is monitor, which is no policy, and there is no rua="},
  };
  for (const Row& row : rows) {
    World world(row.records);
    const auto result = world.check("d.example", {dkim("d.example")});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, row.status) << row.text;
    EXPECT_EQ(result->text, row.text);
  }

  World two(Records{{"d.example", "v=DMARC1; p=reject"}});
  two.resolver->zone.add(name("_dmarc.d.example"), dns::Type::TXT, {300, dns::Txt("v=DMARC1; p=none")});
  EXPECT_EQ(two.check("d.example")->text,
            "no valid DMARC record, at _dmarc.d.example: 2 DMARC records, all discarded");

  World dangling(Records{});
  dangling.resolver->zone.add(name("_dmarc.d.example"), dns::Type::CNAME,
                              {300, name("gone.provider.example")});
  EXPECT_EQ(
      dangling.check("d.example")->text,
      "no valid DMARC record, at _dmarc.d.example: an alias of gone.provider.example, which does not exist");
}

TEST(Evaluate, LineEndsInARecord) {
  World world(Records{{"d.example", "v=DMARC1;\np=reject"}});
  EXPECT_EQ(world.check("d.example")->status, Status::Fail);
  EXPECT_EQ(world.check("d.example")->walk.front().problem, "line ends as blanks in the record");
  world.options.strictSyntax = true;
  const auto letter = world.check("d.example");
  EXPECT_EQ(letter->status, Status::None);
  EXPECT_EQ(letter->text,
            "no valid DMARC record, at _dmarc.d.example: line ends as blanks in the record, no record by the "
            "letter");
  World clean(Records{{"d.example", "v=DMARC1; p=reject"}});
  clean.options.strictSyntax = true;
  EXPECT_EQ(clean.check("d.example")->status, Status::Fail);
}

// A record at com may be the policy, and nothing but its mode is open: the one below it is known.
TEST(Evaluate, AFailureAboveAKnownRecordVoidsNoAlignment) {  // decision 2
  World world(Records{{"x.y.example.com", "v=DMARC1; p=reject"}}, {"com"});
  EXPECT_EQ(statusOf(world, "w.x.y.example.com", {dkim("x.y.example.com")}), Status::Pass);
  EXPECT_EQ(statusOf(world, "w.x.y.example.com", {}), Status::TempError) << "com may have the policy";
}

// The reason names the failure on which the result hangs, whichever walk met it.
TEST(Evaluate, WhoseFailurePreventedTheCheck) {
  World own(Records{{"a.example.com", "v=DMARC1; p=reject"}, {"com", "v=DMARC1; p=none"}}, {"example.com"});
  const auto result = own.check("a.example.com", {dkim("com")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::TempError) << "psd=n there would part them";
  EXPECT_FALSE(result->discoveryFailed);
  EXPECT_EQ(result->text, "_dmarc.example.com: server failure");
  World other(Records{{"example.com", "v=DMARC1; p=reject"}}, {"b.example.com"});
  EXPECT_EQ(other.check("example.com", {dkim("b.example.com")})->text,
            "_dmarc.b.example.com: server failure");
  World world(Records{});
  dns::Lookups none(world.resolver, {32, 0});
  const auto refused = evaluate(World::authorOf("example.com"), {}, {}, none);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, Status::TempError);
  EXPECT_EQ(
      refused->text,
      "_dmarc.example.com: not asked, too many questions (more DNS questions than one message may ask)");
}

TEST(Evaluate, AReasonIsNoList) {
  World world(Records{{"example.com", "v=DMARC1; p=reject"}});
  const std::vector<IdentifierInput> many(100, dkim("example.com"));
  const auto result = world.check("example.com", many);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->identifiers.size(), many.size());
  EXPECT_THAT(result->text, testing::StartsWith("aligned: DKIM example.com, DKIM example.com"));
  EXPECT_LT(result->text.size(), 250U);
}

}  // namespace
}  // namespace alignd::dmarc
