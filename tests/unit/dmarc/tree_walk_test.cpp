// The tree walk: RFC 9989 section 4.10, its examples and its corners.
#include "verifier/dmarc/tree_walk.h"

#include <algorithm>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/dmarc/public_suffix_list.h"
#include "verifier/dmarc/scenarios.h"

namespace alignd::dmarc {
namespace {

using testing::ElementsAre;

dns::Name name(std::string_view text) {
  return *dns::Name::parse(text);
}

std::vector<std::string> namesOf(const WalkPlan& plan) {
  std::vector<std::string> out;
  for (const auto& one : plan.names) out.push_back(one.text());
  return out;
}

TEST(Plan, NamesOfSection410) {
  EXPECT_THAT(namesOf(planWalk(name("a.b.c.d.e.f.g.h.i.j.mail.example.com"))),
              ElementsAre("a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com",
                          "h.i.j.mail.example.com", "i.j.mail.example.com", "j.mail.example.com",
                          "mail.example.com", "example.com", "com"));
  EXPECT_THAT(namesOf(planWalk(name("a.mail.example.com"))),
              ElementsAre("a.mail.example.com", "mail.example.com", "example.com", "com"));
  EXPECT_THAT(namesOf(planWalk(name("com"))), ElementsAre("com"));
  EXPECT_EQ(planWalk(name("1.2.3.4.5.6.7")).names.size(), 7U);
  EXPECT_EQ(planWalk(name("1.2.3.4.5.6.7.8")).names.size(), 8U);
  EXPECT_EQ(planWalk(name("1.2.3.4.5.6.7.8")).names[1], name("2.3.4.5.6.7.8")) << "x = 8: 7 labels remain";
  EXPECT_EQ(planWalk(name("1.2.3.4.5.6.7.8.9")).names.size(), 8U);
}

TEST(Plan, Questions) {
  EXPECT_EQ(policyQuestion(name("example.com"))->name.text(), "_dmarc.example.com");
  EXPECT_EQ(policyQuestion(name("example.com"))->type, dns::Type::TXT);
  std::string longest;
  while (longest.size() + 64 <= dns::kMaxNameText) longest += std::string(60, 'x') + ".";
  longest += std::string(dns::kMaxNameText - longest.size(), 'x');
  EXPECT_FALSE(policyQuestion(name(longest)));
}

struct Line {
  const char* start;
  std::map<std::string, Sight> sights;
  const char* organizational;
  const char* policy;  // "" when there is none
  const char* why;
};

const Line kWalks[] = {
    {"a.mail.example.com",
     {{"mail.example.com", Sight::Record}, {"example.com", Sight::Record}},
     "example.com",
     "example.com",
     "4.10.2 first example"},
    {"a.mail.example.com",
     {{"mail.example.com", Sight::PsdNo}, {"example.com", Sight::Record}},
     "mail.example.com",
     "mail.example.com",
     "second example"},
    {"a.mail.example.com", {{"com", Sight::PsdYes}}, "example.com", "com", "last example"},
    {"a.mail.example.com", {}, "a.mail.example.com", "", "no record: the domain itself"},
    {"example.com", {{"example.com", Sight::Record}}, "example.com", "example.com", "own record"},
    {"a.example.com",
     {{"a.example.com", Sight::Record}, {"example.com", Sight::Record}},
     "example.com",
     "a.example.com",
     "policy of its own, organization above"},
    {"a.example.com",
     {{"a.example.com", Sight::PsdNo}, {"example.com", Sight::Record}},
     "a.example.com",
     "a.example.com",
     "psd=n at the start"},
    {"giant.bank.example",
     {{"bank.example", Sight::PsdYes}, {"giant.bank.example", Sight::Record}},
     "giant.bank.example",
     "giant.bank.example",
     "B.4.3"},
    {"mail.giant.bank.example",
     {{"bank.example", Sight::PsdYes}, {"giant.bank.example", Sight::Record}},
     "giant.bank.example",
     "giant.bank.example",
     "B.4.3: the organization's record before the PSD's"},
    {"mail.mega.bank.example",
     {{"bank.example", Sight::PsdYes}},
     "mega.bank.example",
     "bank.example",
     "B.4.3"},
    {"a.b.mega.bank.example",
     {{"bank.example", Sight::PsdYes}, {"b.mega.bank.example", Sight::Record}},
     "mega.bank.example",
     "bank.example",
     "a record between the domain and its organization counts for nothing"},
    {"bank.example",
     {{"bank.example", Sight::PsdYes}, {"example", Sight::Record}},
     "bank.example",
     "bank.example",
     "psd=y at the start ends the walk; rule 3"},
    {"shop.co.uk", {{"co.uk", Sight::Record}}, "co.uk", "co.uk", "a plain record at a public suffix"},
    {"a.example.com",
     {{"example.com", Sight::Record}, {"com", Sight::Record}},
     "com",
     "com",
     "the fewest labels"},
    {"a.example.com",
     {{"example.com", Sight::PsdNo}, {"com", Sight::PsdYes}},
     "example.com",
     "example.com",
     "psd=n ends it"},
    {"a.b.c.d.e.f.g.h.example.com",
     {{"d.e.f.g.h.example.com", Sight::PsdYes}},
     "c.d.e.f.g.h.example.com",
     "d.e.f.g.h.example.com",
     "one label below the first name after the shortcut was never asked"},
    {"a.b.c.d.e.f.g.h.example.com",
     {{"a.b.c.d.e.f.g.h.example.com", Sight::Record}, {"d.e.f.g.h.example.com", Sight::PsdYes}},
     "c.d.e.f.g.h.example.com",
     "a.b.c.d.e.f.g.h.example.com",
     "its own record all the same"},
    {"a.b.c.d.e.f.g.h.example.com",
     {{"c.d.e.f.g.h.example.com", Sight::Record}},
     "a.b.c.d.e.f.g.h.example.com",
     "",
     "a skipped name is not seen"},
};

TEST(Walk, OrganizationAndPolicy) {
  for (const Line& line : kWalks) {
    SCOPED_TRACE(std::string(line.start) + " -- " + line.why);
    const WalkPlan plan = planWalk(name(line.start));
    Walk walk;
    for (std::size_t i = 0; i < plan.names.size(); ++i) {
      const auto sight = line.sights.find(plan.names[i].text());
      walk.see(plan, i, sight == line.sights.end() ? Sight::Nothing : sight->second);
    }
    EXPECT_EQ(plan.domain.suffix(walk.organizationalLabels(plan)).text(), line.organizational);
    const auto policy = walk.policyIndex();
    EXPECT_EQ(policy ? plan.names[*policy].text() : "", line.policy);
  }
}

// Sections 4.10, 4.10.1 and 4.10.2 as they are written, over strings: first all the queries, then the choice among what
// they found.
struct Literal {
  using Found = std::vector<std::pair<std::string, Sight>>;  // longest name first

  static std::size_t labels(const std::string& domain) {
    return static_cast<std::size_t>(std::count(domain.begin(), domain.end(), '.')) + 1;
  }
  static std::string parent(const std::string& domain) { return domain.substr(domain.find('.') + 1); }

  static Found walk(const std::string& start, const std::map<std::string, Sight>& sights) {
    Found found;
    std::string target = start;
    for (bool first = true;; first = false) {
      const auto sight = sights.find(target);
      if (sight != sights.end() && sight->second != Sight::Nothing) {
        found.emplace_back(target, sight->second);
        if (sight->second != Sight::Record) return found;  // steps 2 and 6: psd=n or psd=y ends it
      }
      if (labels(target) == 1) return found;
      if (first && labels(target) >= 8) {
        while (labels(target) > 7) target = parent(target);  // step 4
      } else {
        target = parent(target);
      }
    }
  }

  static std::string organization(const std::string& start, const Found& found) {
    for (const auto& [domain, sight] : found) {
      if (sight == Sight::PsdNo) return domain;
      if (sight == Sight::PsdYes && domain != start) {
        std::string below = start;
        while (labels(below) > labels(domain) + 1) below = parent(below);
        return below;
      }
    }
    return found.empty() ? start : found.back().first;
  }

  static std::string policy(const std::string& author, const Found& found) {
    const auto has = [&](const std::string& domain) {
      return std::any_of(found.begin(), found.end(), [&](const auto& one) { return one.first == domain; });
    };
    if (has(author)) return author;
    if (const std::string above = organization(author, found); has(above)) return above;
    for (const auto& [domain, sight] : found) {
      if (sight == Sight::PsdYes) return domain;
    }
    return {};
  }
};

TEST(Walk, AgreesWithTheTextReadLiterally) {
  std::mt19937 random(20261125);
  std::size_t psd = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string domain = "l0";
    for (auto labels = random() % 14; labels > 0; --labels)
      domain.insert(0, "l" + std::to_string(labels) + ".");
    std::map<std::string, Sight> sights;
    for (std::string at = domain;; at = Literal::parent(at)) {
      const auto roll = random() % 10;
      sights[at] = roll < 5   ? Sight::Nothing
                   : roll < 8 ? Sight::Record
                   : roll < 9 ? Sight::PsdNo
                              : Sight::PsdYes;
      if (Literal::labels(at) == 1) break;
    }
    const WalkPlan plan = planWalk(name(domain));
    Walk walk;
    for (std::size_t i = 0; i < plan.names.size(); ++i) walk.see(plan, i, sights.at(plan.names[i].text()));
    const auto found = Literal::walk(domain, sights);
    ASSERT_EQ(plan.domain.suffix(walk.organizationalLabels(plan)).text(),
              Literal::organization(domain, found));
    const auto policy = walk.policyIndex();
    ASSERT_EQ(policy ? plan.names[*policy].text() : "", Literal::policy(domain, found)) << domain;
    psd += !found.empty() && found.back().second == Sight::PsdYes ? 1 : 0;
  }
  EXPECT_GT(psd, 1000U) << "otherwise the rule for public suffixes has not been compared";
}

// The two suffixes that the tests need; "example" alone is a suffix by the list's default rule.
std::shared_ptr<const PublicSuffixList> list() {
  return parsePublicSuffixList("com\nco.uk\n*.ck\n");
}

// One that says what it likes.
class OddList final : public PublicSuffixList {
 public:
  explicit OddList(std::string says) : says_(std::move(says)) {}
  std::string organizationalDomain(const std::string&) const override { return says_; }

 private:
  std::string says_;
};

TEST(Plan, AListThatIsWrongIsNotFollowed) {
  for (const char* says : {"a..b", "other.example", "m.example.com"}) {
    const WalkPlan plan = planList(name("m.example.com"), OddList(says));
    EXPECT_THAT(namesOf(plan), ElementsAre("m.example.com")) << says;
    EXPECT_EQ(plan.fixedLabels, 3U) << says;
  }
  EXPECT_THAT(namesOf(planList(name("m.example.com"), OddList("example.com"))),
              ElementsAre("m.example.com", "example.com"));
}

TEST(Plan, TheRootIsNoDomainToWalkFrom) {
  EXPECT_EQ(planWalk(dns::Name()).names.size(), 1U);
}

TEST(PublicSuffixList, TheOneOfTheLibrary) {
  const auto builtin = builtinPublicSuffixList();
  ASSERT_TRUE(builtin);
  EXPECT_EQ(builtin->organizationalDomain("a.b.co.uk"), "b.co.uk");
  EXPECT_EQ(builtin->organizationalDomain("uk"), "uk");
}

TEST(PublicSuffixList, OrganizationalDomain) {
  ASSERT_TRUE(list());
  EXPECT_EQ(list()->organizationalDomain("a.b.example.com"), "example.com");
  EXPECT_EQ(list()->organizationalDomain("shop.co.uk"), "shop.co.uk");
  EXPECT_EQ(list()->organizationalDomain("a.shop.co.uk"), "shop.co.uk");
  EXPECT_EQ(list()->organizationalDomain("co.uk"), "co.uk") << "a suffix itself";
  EXPECT_EQ(list()->organizationalDomain("a.b.unknown"), "b.unknown") << "the default rule";
  EXPECT_FALSE(parsePublicSuffixList(""));
  EXPECT_FALSE(parsePublicSuffixList("// nothing but a comment\n"));
}

TEST(Plan, ByList) {  // RFC 7489 section 6.6.3
  const auto suffixes = list();
  const WalkPlan plan = planList(name("a.b.example.com"), *suffixes);
  EXPECT_THAT(namesOf(plan), ElementsAre("a.b.example.com", "example.com"));
  EXPECT_EQ(plan.fixedLabels, 2U);
  EXPECT_THAT(namesOf(planList(name("example.com"), *suffixes)), ElementsAre("example.com"));
  EXPECT_THAT(namesOf(planList(name("com"), *suffixes)), ElementsAre("com"));
  Walk walk;
  walk.see(plan, 0, Sight::Nothing);
  walk.see(plan, 1, Sight::PsdYes);
  EXPECT_EQ(walk.policyIndex(), 1U) << "psd= means nothing here";
  EXPECT_EQ(walk.organizationalLabels(plan), 2U);
}

KnownWalk knownWalk(const char* start, std::vector<Knowledge> names) {
  KnownWalk walk;
  walk.plan = planWalk(name(start));
  walk.names = std::move(names);
  walk.names.resize(walk.plan.names.size(), {Knowledge::Kind::Known, Sight::Nothing});
  return walk;
}

constexpr Knowledge kNothing{Knowledge::Kind::Known, Sight::Nothing};
constexpr Knowledge kRecord{Knowledge::Kind::Known, Sight::Record};
constexpr Knowledge kFailed{Knowledge::Kind::Failed, Sight::Nothing};
constexpr Knowledge kMissing{Knowledge::Kind::Missing, Sight::Nothing};

TEST(Explore, KnownAnswersLeaveOneEnd) {
  const auto scenarios = explore(knownWalk("a.example.com", {kRecord, kNothing, kNothing}), nullptr);
  ASSERT_TRUE(scenarios);
  ASSERT_EQ(scenarios->size(), 1U);
  EXPECT_EQ(scenarios->front().size(), 1U);
}

TEST(Explore, FailedAnswersLeaveSeveralEndsInOneScenarioMissingOnesSeveralScenarios) {
  const auto failed = explore(knownWalk("a.example.com", {kNothing, kRecord, kFailed}), nullptr);
  ASSERT_TRUE(failed);
  ASSERT_EQ(failed->size(), 1U);
  EXPECT_EQ(failed->front().size(), 4U);  // nothing, record or psd=n at com, psd=y at com
  const auto missing = explore(knownWalk("a.example.com", {kNothing, kRecord, kMissing}), nullptr);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->size(), 4U);
}

// Every way, one by one: the truth that explore() is held against.
void enumerate(const KnownWalk& a, const KnownWalk& i, std::map<std::string, Sight>& chosen,
               std::vector<std::pair<std::string, Knowledge>> open, std::vector<WalkPair>& out) {
  if (!open.empty()) {
    const auto [text, knowledge] = open.back();
    open.pop_back();
    for (const Sight sight : {Sight::Nothing, Sight::Record, Sight::PsdNo, Sight::PsdYes}) {
      if (knowledge.kind == Knowledge::Kind::Known && sight != knowledge.sight) continue;
      chosen[text] = sight;
      enumerate(a, i, chosen, open, out);
    }
    return;
  }
  WalkPair pair;
  for (std::size_t k = 0; k < a.plan.names.size(); ++k)
    pair.author.see(a.plan, k, chosen.at(a.plan.names[k].text()));
  for (std::size_t k = 0; k < i.plan.names.size(); ++k) {
    pair.identifier.see(i.plan, k, chosen.at(i.plan.names[k].text()));
  }
  out.push_back(pair);
}

TEST(Explore, AgreesWithTryingEverything) {
  const Knowledge kinds[] = {kNothing,
                             kRecord,
                             {Knowledge::Kind::Known, Sight::PsdNo},
                             {Knowledge::Kind::Known, Sight::PsdYes},
                             kFailed};
  // author a.b.c, identifier x.b.c: four names, b.c and c shared
  for (int choice = 0; choice < 5 * 5 * 5 * 5; ++choice) {
    const Knowledge& own = kinds[choice % 5];
    const Knowledge& other = kinds[choice / 5 % 5];
    const Knowledge& parent = kinds[choice / 25 % 5];
    const Knowledge& top = kinds[choice / 125];
    const KnownWalk a = knownWalk("a.b.c", {own, parent, top});
    const KnownWalk i = knownWalk("x.b.c", {other, parent, top});
    std::vector<WalkPair> expected;
    std::map<std::string, Sight> chosen;
    enumerate(a, i, chosen, {{"a.b.c", own}, {"x.b.c", other}, {"b.c", parent}, {"c", top}}, expected);
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    const auto scenarios = explore(a, &i);
    ASSERT_TRUE(scenarios);
    ASSERT_EQ(scenarios->size(), 1U);
    ASSERT_EQ(scenarios->front(), expected) << choice;
    // The short way, where there is one.
    const auto known = followKnown(a, &i);
    const auto failed = [](const KnownWalk& walk) {
      return std::any_of(walk.names.begin(), walk.names.end(),
                         [](const Knowledge& name) { return name.kind == Knowledge::Kind::Failed; });
    };
    ASSERT_EQ(known.has_value(), !failed(a) && !failed(i)) << choice;
    if (known) {
      ASSERT_EQ(*known, expected.front()) << choice;
    }
  }
}

TEST(Explore, WhatIsMissingIsNotKnown) {
  const KnownWalk known = knownWalk("a.example.com", {kRecord, kNothing, kNothing});
  const KnownWalk missing = knownWalk("a.example.com", {kRecord, kNothing, kMissing});
  EXPECT_TRUE(followKnown(known, nullptr));
  EXPECT_FALSE(followKnown(missing, nullptr));
  EXPECT_FALSE(followKnown(known, &missing));
}

TEST(Explore, IsBounded) {
  const std::vector<Knowledge> missing(8, kMissing);
  const std::vector<Knowledge> failed(8, kFailed);
  const KnownWalk a = knownWalk("a.b.c.d.e.f.g.h", missing);
  const KnownWalk i = knownWalk("1.2.3.4.5.6.7.8", missing);
  const auto all = explore(a, &i);
  if (all) {
    EXPECT_LE(all->size(), kMaxScenarios);
  }
  const KnownWalk fa = knownWalk("a.b.c.d.e.f.g.h", failed);
  const KnownWalk fi = knownWalk("1.2.3.4.5.6.7.8", failed);
  const auto ends = explore(fa, &fi);
  ASSERT_TRUE(ends);
  EXPECT_LT(ends->front().size(), 10000U);
}

}  // namespace
}  // namespace alignd::dmarc
