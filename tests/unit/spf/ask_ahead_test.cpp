// What goes out together, what never goes out ahead, and that neither counts nor results depend on it.
#include "verifier/spf/ask_ahead.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/held_resolver.h"
#include "tests/unit/spf/fixture.h"

namespace alignd::spf {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

struct Played {
  Result result;
  std::size_t roundTrips = 0;
  std::vector<std::string> asked;  // "name TYPE"
};

Played play(const ZoneBuilder& zone, const Request& request, const Options& options = {}) {
  auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
  dns::Lookups lookups(resolver, {});
  Played out;
  while (true) {
    if (auto result = evaluate(request, options, lookups)) {
      out.result = *result;
      out.asked = resolver->asked();
      return out;
    }
    if (resolver->release() == 0) throw std::logic_error("blocked, but nothing was asked");
    ++out.roundTrips;
    lookups.collect();
  }
}

const Options kSequential{.askAhead = 0};

std::string numbered(const std::string& prefix, int i) {
  return prefix + std::to_string(i) + ".example";
}

TEST(SpfAskAhead, TenIncludesTakeTwoRoundTrips) {
  ZoneBuilder zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    record += " include:" + numbered("i", i);
    zone.txt(numbered("i", i), "v=spf1 ip4:198.51.100." + std::to_string(i) + " ?all");
  }
  zone.txt("example.com", record + " -all");
  const Played ahead = play(zone, requestFrom("192.0.2.1"));
  const Played sequential = play(zone, requestFrom("192.0.2.1"), kSequential);
  EXPECT_EQ(ahead.roundTrips, 2U);
  EXPECT_EQ(sequential.roundTrips, 11U);
  EXPECT_EQ(ahead.asked, sequential.asked);  // as many questions, only earlier
  EXPECT_EQ(ahead.result.status, Status::Fail);
}

TEST(SpfAskAhead, AsManyRoundTripsAsDeep) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 include:a.example include:b.example redirect=c.example")
                        .txt("a.example", "v=spf1 include:a1.example a:h1.example ?all")
                        .txt("b.example", "v=spf1 mx:m.example include:b1.example ?all")
                        .txt("a1.example", "v=spf1 a:h2.example ?all")
                        .txt("b1.example", "v=spf1 a:h3.example ?all")
                        .txt("c.example", "v=spf1 a:h4.example -all")
                        .address("h1.example", "203.0.113.1")
                        .address("h2.example", "203.0.113.2")
                        .address("h3.example", "203.0.113.3")
                        .address("h4.example", "203.0.113.4")
                        .mx("m.example", "mx1.example")
                        .mx("m.example", "mx2.example")
                        .address("mx1.example", "203.0.113.5")
                        .address("mx2.example", "203.0.113.6");
  const Played ahead = play(zone, requestFrom("192.0.2.1"));
  EXPECT_EQ(ahead.roundTrips, 4U);  // example.com; a b c; a1 h1 m b1 h4; h2 h3 mx1 mx2
  const Played sequential = play(zone, requestFrom("192.0.2.1"), kSequential);
  EXPECT_EQ(sequential.roundTrips, sequential.asked.size());
  EXPECT_THAT(ahead.asked, testing::UnorderedElementsAreArray(sequential.asked));
  EXPECT_EQ(ahead.result.text, sequential.result.text);
  EXPECT_EQ(ahead.result.terms, 10);
}

TEST(SpfAskAhead, NeverExistsNorPtrNorTheLocalPart) {
  const auto zone = ZoneBuilder().txt("example.com",
                                      "v=spf1 a:h.example exists:x.example ptr a:%{l}.x.example "
                                      "include:%{s}.x.example mx:%{p}.example mx:%{o}.example "
                                      "redirect=%{l}.example");
  auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
  dns::Lookups lookups(resolver, {});
  EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
  resolver->release();
  lookups.collect();
  EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
  EXPECT_THAT(resolver->asked(), ElementsAre("example.com TXT", "h.example A", "example.com.example MX"));
}

TEST(SpfAskAhead, NeverARedirectWithTheSenderOrTheValidatedName) {
  for (const char letter : {'s', 'l', 'p'}) {
    const auto zone = ZoneBuilder().txt(
        "example.com", std::string("v=spf1 a:h.example redirect=%{") + letter + "}.x.example");
    auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
    dns::Lookups lookups(resolver, {});
    EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
    resolver->release();
    lookups.collect();
    EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
    EXPECT_THAT(resolver->asked(), ElementsAre("example.com TXT", "h.example A")) << letter;
  }
}

// An answer that came before the one that a run is blocked on counts at once for what it leads to.
TEST(SpfAskAhead, WhatCameEarlyLeadsOn) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 a:slow.example include:quick.example -all")
                        .txt("quick.example", "v=spf1 a:next.example -all")
                        .address("slow.example", "203.0.113.1")
                        .address("next.example", "192.0.2.1");
  auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
  dns::Lookups lookups(resolver, {});
  for (const char* name : {"example.com", "quick.example"}) {
    EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
    EXPECT_EQ(resolver->release(std::string(name)), 1U);
    lookups.collect();
    EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
  }
  EXPECT_THAT(resolver->asked(),
              ElementsAre("example.com TXT", "slow.example A", "quick.example TXT", "next.example A"));
  resolver->release();
  lookups.collect();
  const auto result = evaluate(requestFrom("192.0.2.1"), {}, lookups);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::Pass);
}

// And one that was known before costs no round trip.
TEST(SpfAskAhead, WhatIsKnownLeadsOn) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 a:slow.example include:quick.example -all")
                        .txt("quick.example", "v=spf1 a:next.example -all");
  auto resolver = std::make_shared<test::HoldingResolver>(zone.zone(), "slow.example");
  dns::Lookups lookups(resolver, {});
  EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
  EXPECT_THAT(resolver->asked(), ElementsAre("example.com", "slow.example", "quick.example", "next.example"));
}

// A name of the client's that is known does not end ptr, nor the search for %{p}, before one in front of it.
TEST(SpfAskAhead, ANameThatValidatesWaitsForThoseBefore) {
  for (const char* record :
       {"v=spf1 ptr a:next.example -all", "v=spf1 a:%{p}.p.example a:next.example -all"}) {
    const auto zone = ZoneBuilder()
                          .txt("example.com", record)
                          .ptr("1.2.0.192.in-addr.arpa", "slow.example.com")
                          .ptr("1.2.0.192.in-addr.arpa", "quick.example.com")
                          .ptr("1.2.0.192.in-addr.arpa", "last.example.com")
                          .address("slow.example.com", "192.0.2.1")
                          .address("quick.example.com", "192.0.2.1");
    auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
    dns::Lookups lookups(resolver, {});
    lookups.ask({nameOf("quick.example.com"), dns::Type::A});
    resolver->release();
    for (int round = 0; round < 2; ++round) {  // example.com TXT, the PTR
      EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
      resolver->release();
      lookups.collect();
    }
    EXPECT_FALSE(evaluate(requestFrom("192.0.2.1"), {}, lookups));
    EXPECT_THAT(resolver->asked(),
                testing::IsSupersetOf({"slow.example.com A", "last.example.com A", "next.example A"}))
        << record;
    resolver->release();
    lookups.collect();
    Trace trace;
    while (!evaluate(requestFrom("192.0.2.1"), {}, lookups, &trace)) {
      ASSERT_GT(resolver->release(), 0U);
      lookups.collect();
    }
    const TraceTerm& first = trace.root().terms.at(0);
    EXPECT_EQ(first.target, first.text == "ptr" ? "example.com" : "slow.example.com.p.example");
    EXPECT_EQ(first.lookups.size(), first.text == "ptr" ? 2U : 3U)
        << "the PTR, the first name; A of the target";
  }
}

TEST(SpfAskAhead, NothingBeyondWhereEvaluationEnds) {
  const auto askedIn = [](const std::string& record) {
    return play(ZoneBuilder()
                    .txt("example.com", record)
                    .address("h.example", "203.0.113.1")
                    .address("i.example", "203.0.113.1"),
                requestFrom("192.0.2.1"))
        .asked;
  };
  EXPECT_THAT(askedIn("v=spf1 ip4:192.0.2.1 a:h.example -all"), ElementsAre("example.com TXT"));
  EXPECT_THAT(askedIn("v=spf1 a:h.example ip4:192.0.2.0/24 a:i.example -all"),
              ElementsAre("example.com TXT", "h.example A"));
  EXPECT_THAT(askedIn("v=spf1 a:h.example ?all a:i.example redirect=r.example"),
              ElementsAre("example.com TXT", "h.example A"));
  EXPECT_THAT(askedIn("v=spf1 a:h.example junk"),
              ElementsAre("example.com TXT"));  // section 4.6: no evaluation
}

TEST(SpfAskAhead, NeverMoreThanTenTerms) {
  std::string record = "v=spf1";
  for (int i = 0; i < 100; ++i) record += " include:" + numbered("i", i);
  const Played played = play(ZoneBuilder().txt("example.com", record), requestFrom("192.0.2.1"));
  EXPECT_EQ(played.result.status, Status::PermError);  // the first include has no record
  EXPECT_EQ(played.asked.size(), 11U);
}

TEST(SpfAskAhead, PtrNamesAreValidatedTogether) {
  ZoneBuilder zone;
  zone.txt("example.com", "v=spf1 ptr -all");
  for (int i = 0; i < 30; ++i) zone.ptr("1.2.0.192.in-addr.arpa", "h" + std::to_string(i) + ".example.com");
  zone.address("h9.example.com", "192.0.2.1");
  const Played played = play(zone, requestFrom("192.0.2.1"));
  EXPECT_EQ(played.result.status, Status::Pass);
  EXPECT_EQ(played.roundTrips, 3U);
  EXPECT_EQ(played.asked.size(), 12U);  // TXT, PTR, ten names
}

TEST(SpfAskAhead, HostileFansStayWithinTheBound) {
  // Ten mx terms with ten hosts each: 111 questions if they are all needed, but never more than the bound at
  // once.
  ZoneBuilder zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    record += " mx:" + numbered("m", i);
    for (int k = 0; k < 10; ++k)
      zone.mx(numbered("m", i), "h" + std::to_string(k) + "." + numbered("m", i))
          .address("h" + std::to_string(k) + "." + numbered("m", i), "203.0.113.1");
  }
  zone.txt("example.com", record + " exp=e.example -all").txt("e.example", "%{p}");
  for (int i = 0; i < 20; ++i) zone.ptr("1.2.0.192.in-addr.arpa", numbered("p", i));
  const Played played = play(zone, requestFrom("192.0.2.1"));
  EXPECT_EQ(played.result.status, Status::Fail);
  EXPECT_EQ(played.asked.size(), 123U);  // what Options::askAhead says of the most there can be
  auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
  dns::Lookups lookups(resolver, {});
  std::size_t before = 0;
  while (!evaluate(requestFrom("192.0.2.1"), {}, lookups)) {
    const std::size_t now = resolver->asked().size();
    EXPECT_TRUE(now <= Options().askAhead || now == before + 1) << now;
    before = now;
    resolver->release();
    lookups.collect();
  }
}

// Zones and records at random, from a few names, so that they refer to one another and run into every limit.
class RandomWorld {
 public:
  explicit RandomWorld(unsigned seed) : random_(seed) {
    zone_.txt("example.com", record());
    for (const char* name : kNames) {
      const std::string_view view(name);
      if (below(4) > 0) zone_.txt(view, record());
      if (below(3) > 0) zone_.address(view, below(4) == 0 ? "192.0.2.1" : "203.0.113.7");
      for (std::size_t i = below(4); i > 0; --i) zone_.mx(view, kNames[below(kNames.size())]);
      if (below(12) == 0) zone_.fail(view);
    }
    if (below(2) == 0) zone_.ptr("1.2.0.192.in-addr.arpa", kNames[below(kNames.size())]);
  }
  const ZoneBuilder& zone() const { return zone_; }

 private:
  static constexpr std::array<const char*, 7> kNames{
      "a.example", "b.example", "c.example", "d.example", "user.example", "m.a.example", "com.b.example"};
  std::size_t below(std::size_t n) { return random_() % n; }
  std::string record() {
    static constexpr std::array<const char*, 9> kTerms{
        "include:", "include:", "a:", "mx:", "exists:", "ptr:", "ip4:192.0.2.0/2", "~include:", "-a:"};
    std::string out = "v=spf1";
    for (std::size_t i = 1 + below(5); i > 0; --i) {
      const std::string term = kTerms[below(kTerms.size())];
      out += " " + term;
      if (term.starts_with("ip4")) {
        out += std::to_string(5 + below(4));
      } else {
        out += below(8) == 0 ? "%{l}.example" : below(12) == 0 ? "%{p}" : kNames[below(kNames.size())];
      }
    }
    if (below(3) == 0) return out + " redirect=" + kNames[below(kNames.size())];
    return out + (below(2) == 0 ? " -all exp=a.example" : " ?all");
  }
  std::mt19937 random_;
  ZoneBuilder zone_;
};

TEST(SpfAskAhead, ChangesNeitherCountsNorResults) {
  std::array<int, 7> seen{};
  for (unsigned seed = 0; seed < 400; ++seed) {
    const RandomWorld world(seed);
    const Request request = requestFrom(seed % 5 == 0 ? "203.0.113.7" : "192.0.2.1");
    const Result plain = evaluateOver(world.zone(), request);
    ++seen[static_cast<std::size_t>(plain.status)];
    const Played sequential = play(world.zone(), request, kSequential);
    for (const std::size_t limit : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{24}}) {
      const Played played = play(world.zone(), request, {.askAhead = limit});
      EXPECT_EQ(played.result.status, plain.status) << seed;
      EXPECT_EQ(played.result.text, plain.text) << seed;
      EXPECT_EQ(played.result.terms, plain.terms) << seed;
      EXPECT_EQ(played.result.voids, plain.voids) << seed;
      EXPECT_EQ(played.result.explanation, plain.explanation) << seed;
      EXPECT_LE(played.roundTrips, sequential.roundTrips) << seed;
      EXPECT_LE(played.asked.size(), std::max<std::size_t>(sequential.asked.size(), 1) + limit) << seed;
    }
  }
  // The worlds are no use if they all end alike.
  for (const Status status :
       {Status::Neutral, Status::Pass, Status::Fail, Status::TempError, Status::PermError}) {
    EXPECT_GT(seen[static_cast<std::size_t>(status)], 5) << statusWord(status);
  }
}

}  // namespace
}  // namespace alignd::spf
