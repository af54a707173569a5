// What an evaluation costs, counted: whatever the records and the envelope hold (issue 12, 6).
#include <random>

#include <gtest/gtest.h>

#include "tests/support/held_resolver.h"
#include "tests/unit/spf/fixture.h"
#include "verifier/spf/address_set.h"

namespace alignd::spf {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

struct Played {
  Result result;
  Work work;
};

// One answer a round trip: as many runs as there are questions.
Played playSlowly(const ZoneBuilder& zone, const Request& request, const Options& options = {}) {
  auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
  dns::Lookups lookups(resolver, {});
  Carry carry;
  std::size_t reRuns = 0;
  while (true) {
    if (auto result = evaluate(request, options, lookups, nullptr, &carry)) {
      Played out{std::move(*result), carry.work()};
      out.work.reRuns = reRuns;
      return out;
    }
    if (!resolver->releaseOne()) throw std::logic_error("blocked, but nothing was asked");
    ++reRuns;
    lookups.collect();
  }
}

const std::string kLocalPart(900, '+');

// Issue 12.6 as it came in: 10 s of CPU for one message of 1 kB at d9879c8.
TEST(SpfWork, ARecordOf60KilobytesIsAPermerrorThatCostsNothing) {
  ZoneBuilder zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 7; ++i) record += " a:slow" + std::to_string(i) + ".example";
  const std::string spec = repeated("%{l1+}", 3300) + ".example";
  for (int i = 0; i < 3; ++i) record += " a:" + spec;
  zone.txt("example.com", record + " -all");
  const Played played = playSlowly(zone, requestFrom("192.0.2.1", kLocalPart + "@example.com"));
  EXPECT_EQ(played.result.status, Status::PermError);
  EXPECT_EQ(played.work.macroOctets, 0U);
  EXPECT_LE(played.work.spfSteps, 1U);
}

// The worst that the bounds leave: ten specs of 128 macros in a record of 8 KiB, each host slow.
TEST(SpfWork, MacrosThatExpandToNothing) {
  ZoneBuilder zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example";
    record += " a:" + repeated("%{l1+}", kMaxPieces - 1) + host;
    zone.address(host, "198.51.100.1");
  }
  ASSERT_LE(record.size(), Options().maxRecord);
  zone.txt("example.com", record + " -all");
  const Played played = playSlowly(zone, requestFrom("192.0.2.1", kLocalPart + "@example.com"));
  EXPECT_EQ(played.result.status, Status::Fail) << played.result.text;
  EXPECT_EQ(played.work.reRuns, 11U);
  EXPECT_LE(played.work.macroOctets, 10 * (kMaxPieces + 20));  // once each, not once a run
}

// The most that one expansion can cost: all of a long local part, escaped, at the left end of a full name.
TEST(SpfWork, AnExpansionIsBounded) {
  ZoneBuilder zone;
  const std::string local(900, '!');
  zone.txt("example.com", "v=spf1 a:%{L}." + repeated("x.", 120) + "example -all");
  const Played played = playSlowly(zone, requestFrom("192.0.2.1", local + "@example.com"));
  EXPECT_LE(played.work.macroOctets, 3 * local.size() + 300);
}

// Networks and records that were gone through are not gone through again when the next answer comes.
TEST(SpfWork, RunningAgainCostsWhatIsNew) {
  ZoneBuilder zone;
  const auto networks = [](int from) {
    std::string out;
    for (int i = 0; i < 350; ++i)
      out += " ip4:198.51." + std::to_string(from) + "." + std::to_string(i % 250);
    return out;
  };
  std::string record = "v=spf1" + networks(100);
  for (int i = 0; i < 10; ++i) {
    const std::string name = "i" + std::to_string(i) + ".example";
    record += " include:" + name;
    zone.txt(name, "v=spf1" + networks(i) + " ?all");
  }
  zone.txt("example.com", record + " -all");
  const Request request = requestFrom("192.0.2.1");
  const Played kept = playSlowly(zone, request, {.askAhead = 0});
  EXPECT_EQ(kept.result.status, Status::Fail);
  EXPECT_EQ(kept.work.reRuns, 11U);
  EXPECT_LE(kept.work.spfSteps, 11 * 362 + 11 * 2);
  // Asking ahead, a run goes on behind what it is blocked on, but not for long.
  const Played ahead = playSlowly(zone, request);
  EXPECT_EQ(ahead.result.text, kept.result.text);
  EXPECT_LE(ahead.work.spfSteps, 11 * 362 + 12 * 500);
}

// A run that is blocked goes on behind the term to ask ahead, but not through all of a long record.
TEST(SpfWork, AskingAheadLooksSoFar) {
  const auto networks = [](std::size_t count) { return repeated(" ip4:10.1.1.1", count); };
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 a:slow.example" + networks(150) + " a:near.example" +
                                                networks(400) + " a:far.example -all")
                        .address("far.example", "192.0.2.1");
  auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
  dns::Lookups lookups(resolver, {});
  Carry carry;
  const auto run = [&] { return evaluate(requestFrom("192.0.2.1"), {}, lookups, nullptr, &carry); };
  EXPECT_FALSE(run());
  resolver->release();
  lookups.collect();
  EXPECT_FALSE(run());
  EXPECT_LE(carry.work().spfSteps, 502U);
  EXPECT_EQ(resolver->asked(),
            (std::vector<std::string>{"example.com TXT", "slow.example A", "near.example A"}));
  std::optional<Result> result;
  while (!(result = run())) {
    ASSERT_GT(resolver->release(), 0U);
    lookups.collect();
  }
  EXPECT_EQ(result->status, Status::Pass);
}

// What an inner record has passed is kept although the outer one has not come past its first term.
TEST(SpfWork, AnInnerRecordIsAheadOfTheOuterOne) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 include:inner.example -all")
                        .txt("inner.example", "v=spf1 ip4:198.51.100.1 a:first.example a:second.example -all")
                        .address("second.example", "192.0.2.1");
  const Played played = playSlowly(zone, requestFrom("192.0.2.1"), {.askAhead = 0});
  EXPECT_EQ(played.result.status, Status::Pass);
  EXPECT_EQ(played.result.terms, 3);
  EXPECT_EQ(played.result.voids, 1);
  EXPECT_EQ(played.work.reRuns, 4U);
  EXPECT_LE(played.work.spfSteps, 14U);
}

// Answers that come from the far end first show a run more names than it will ever need: they are not all kept.
TEST(SpfWork, MoreNamesAheadThanAreKept) {
  ZoneBuilder zone;
  const auto list = [](std::string_view mechanism, std::string_view letter, const std::string& domain) {
    std::string out;
    for (int i = 1; i <= 10; ++i)
      out += " " + std::string(mechanism) + std::string(letter) + std::to_string(i) + "." + domain;
    return out;
  };
  zone.txt("example.com", "v=spf1" + list("include:", "i", "example"));
  for (int i = 1; i <= 10; ++i) {
    const std::string outer = "i" + std::to_string(i) + ".example";
    zone.txt(outer, "v=spf1" + list("include:", "j", "%{d}"));
    for (int j = 1; j <= 10; ++j) {
      zone.txt("j" + std::to_string(j) + "." + outer, "v=spf1" + list("a:", "h", "%{d}"));
    }
  }
  const Request request = requestFrom("192.0.2.1");
  const Options options{.maxVoids = 100, .askAhead = 1000};
  auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
  dns::Lookups lookups(resolver, {1000, 1000});
  Carry carry;
  std::vector<std::string> open;  // asked and not answered; the last of them comes next
  std::size_t seen = 0;
  std::optional<Result> result;
  while (!(result = evaluate(request, options, lookups, nullptr, &carry))) {
    const auto asked = resolver->asked();
    for (; seen < asked.size(); ++seen) open.push_back(asked[seen].substr(0, asked[seen].find(' ')));
    ASSERT_FALSE(open.empty());
    resolver->release(open.back());
    open.pop_back();
    lookups.collect();
  }
  EXPECT_GT(seen, 100U) << "64 are kept";
  const Result atOnce = evaluateOver(zone, request, options);
  EXPECT_EQ(result->status, Status::PermError);
  EXPECT_EQ(result->text, atOnce.text);
  EXPECT_EQ(result->path, atOnce.path);
  EXPECT_EQ(result->terms, atOnce.terms);
  EXPECT_EQ(result->voids, atOnce.voids);
}

// The same counts, path and reason whether a run starts anew each time or goes on where it was.
TEST(SpfWork, CarryingOverChangesNothing) {
  const auto zone = ZoneBuilder()
                        .txt("example.com",
                             "v=spf1 a:%{h} include:a.example mx:m.example exists:%{l}.x.example "
                             "include:b.example redirect=c.example")
                        .txt("a.example", "v=spf1 a:h.example a:void.example ptr ?all")
                        .txt("b.example", "v=spf1 include:d.example a:%{p}.example ?all")
                        .txt("d.example", "v=spf1 a:h.example ?all")
                        .txt("c.example", "v=spf1 a:h.example -all exp=e.example")
                        .txt("e.example", "%{i} for %{d}")
                        .mx("m.example", "h.example")
                        .address("h.example", "203.0.113.1")
                        .address("user.x.example", "127.0.0.2");
  for (const char* client : {"192.0.2.1", "203.0.113.1", "2001:db8::1"}) {
    for (const char* path : {"user@example.com", "other@example.com", "u@c.example", "u@b.example"}) {
      Request request = requestFrom(client, path);
      request.helo = "";
      const Result atOnce = evaluateOver(zone, request);
      const Result slowly = playSlowly(zone, request).result;
      EXPECT_EQ(slowly.status, atOnce.status) << path;
      EXPECT_EQ(slowly.text, atOnce.text);
      EXPECT_EQ(slowly.path, atOnce.path);
      EXPECT_EQ(slowly.terms, atOnce.terms);
      EXPECT_EQ(slowly.voids, atOnce.voids);
      EXPECT_EQ(slowly.explanation, atOnce.explanation);
    }
  }
}

TEST(SpfWork, ManyAddressesAreFoundAsFewAre) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  for (int round = 0; round < 200; ++round) {
    dns::Answer answer;
    const bool v4 = round % 2 == 0;
    const auto one = [&] {
      // Few different octets, so that prefixes meet.
      std::array<std::uint8_t, 16> octets{};
      for (auto& octet : octets) octet = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 4 : 0x20);
      return v4 ? IpAddress::v4({octets[0], octets[1], octets[2], octets[3]}) : IpAddress::v6(octets);
    };
    for (int i = 0; i < 100; ++i) answer.records.push_back({300, one()});
    const IpAddress client = one();
    for (int prefix = 0; prefix <= client.bits(); ++prefix) {
      const bool expected = std::any_of(
          answer.records.begin(), answer.records.end(),
          [&](const auto& record) { return client.matches(std::get<IpAddress>(record.data), prefix); });
      EXPECT_EQ(holdsAddress(answer, client, prefix), expected) << client.text() << '/' << prefix;
    }
    EXPECT_FALSE(holdsAddress(answer, v4 ? IpAddress::v6({}) : IpAddress::v4({}), 0));
  }
}

// Whatever records and envelope hold, what is said about them is short (issue 12, 10).
TEST(SpfWork, WhatIsSaidIsShort) {
  const std::string label(63, 'x');
  const std::string longName = label + "." + label + "." + label + ".example";
  const std::string term = "a:" + longName + "." + std::string(7000, 'y');
  std::string chain = "v=spf1 include:1." + longName;
  ZoneBuilder zone;
  zone.txt("example.com", chain);
  for (int i = 1; i <= 9; ++i) {
    zone.txt(std::to_string(i) + "." + longName, "v=spf1 include:" + std::to_string(i + 1) + "." + longName);
  }
  zone.txt("10." + longName, "v=spf1 " + term + " -all")
      .txt("broken.example", "v=spf1 " + std::string(7000, 'j'))
      .txt("term.example", "v=spf1 ip4:192.0.2.1" + std::string(5000, ' ') + "exists:%{d}" +
                               std::string(2000, 'z') + ".example -all")
      .txt("long.example", "v=spf1 " + repeated("ip4:198.51.100.1 ", 4000))
      .txt("near.example", "v=spf1\t" + std::string(50000, 'n'))
      .txt("expl.example", "v=spf1 -all exp=e.example")
      .txt("e.example", std::string(60000, 'e'));
  const std::string paths[] = {"u@example.com",
                               "u@broken.example",
                               "u@term.example",
                               "u@long.example",
                               "u@near.example",
                               "u@expl.example",
                               std::string(1000, 'm'),
                               "u@" + std::string(1000, 'd'),
                               "u@" + std::string(900, '\xff'),
                               std::string(100000, 'p')};
  for (const std::string& path : paths) {
    for (const char* client : {"192.0.2.1", "203.0.113.9"}) {
      const Result result = evaluateOver(zone, requestFrom(client, path));
      EXPECT_FALSE(result.text.empty());
      EXPECT_LE(result.text.size(), kMaxReason) << result.text;
      EXPECT_LE(result.mechanism.size(), kMaxTerm);
      EXPECT_LE(result.explanation.size(), Options().explanationLimit);
      EXPECT_LE(result.path.size(), 11U);
      for (const std::string& domain : result.path) EXPECT_LE(domain.size(), kMaxDomain);
    }
  }
}

TEST(SpfWork, TermsThatCouldNotBeAskedAboutAreNamed) {
  const auto textOf = [](std::string record, Request request) {
    return evaluateOver(ZoneBuilder().txt("example.com", std::move(record)), request).text;
  };
  Request noHelo = requestFrom("192.0.2.1");
  noHelo.helo = "";
  EXPECT_EQ(
      textOf("v=spf1 a:%{h} -all", noHelo),
      "192.0.2.1 matches \"-all\" of example.com; \"a:%{h}\" of example.com was passed over: it expands to "
      "nothing, as there is no HELO name");
  EXPECT_EQ(
      textOf("v=spf1 a:%{l-} ?all", requestFrom("192.0.2.1", "-@example.com", "")),
      "192.0.2.1 matches \"?all\" of example.com; \"a:%{l-}\" of example.com was passed over: it expands "
      "to nothing");
  EXPECT_EQ(
      textOf("v=spf1 a:%{h} ?all", requestFrom("192.0.2.1", "user@example.com", ".")),
      "192.0.2.1 matches \"?all\" of example.com; \"a:%{h}\" of example.com was passed over: it expands "
      "to nothing");
  EXPECT_EQ(
      textOf("v=spf1 a:%{l}.example a:%{l}.x.example ?all", requestFrom("192.0.2.1", "a..b@example.com")),
      "192.0.2.1 matches \"?all\" of example.com; \"a:%{l}.example\" of example.com was passed over: "
      "it expands "
      "to \"a..b.example\", which is no name")
      << "the first of several";
  EXPECT_EQ(textOf("v=spf1 a:%{l}.example ?all", requestFrom("192.0.2.1", "a..b@example.com")),
            "192.0.2.1 matches \"?all\" of example.com; \"a:%{l}.example\" of example.com was passed over: "
            "it expands "
            "to \"a..b.example\", which is no name");
  EXPECT_EQ(textOf("v=spf1 ~exists:%{l}.example", requestFrom("192.0.2.1", "\xc3\xa4@example.com")),
            "no term of example.com matches 192.0.2.1; \"~exists:%{l}.example\" of example.com was passed "
            "over: the "
            "local part of the sender is not ASCII (RFC 8616 section 4)");
  EXPECT_EQ(textOf("v=spf1 a:%{h} ip4:192.0.2.1 -all", noHelo),
            "192.0.2.1 matches \"ip4:192.0.2.1\" of example.com");  // a pass wants no excuse
}

}  // namespace
}  // namespace alignd::spf
