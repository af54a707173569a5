// Alias chains that a resolver gives up on: the engine finds the hop that broke, or the answer behind them all.
#include <chrono>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "tests/integration/dns/asking.h"

namespace alignd::test {
namespace {

using dns::Status;
using dns::Txt;
using dns::Type;

// a resolver that follows aliases itself: it knows those of `aliases`, and says SERVFAIL to every TXT question for one.
void addAliases(FaultDnsServer& server, const std::vector<std::string>& aliases, bool closed = false) {
  server.edit([&](dns::Zone& zone) {
    for (std::size_t i = 0; i + 1 < aliases.size(); ++i) {
      zone.add(name(aliases[i]), Type::CNAME, {300, name(aliases[i + 1])});
    }
    if (closed) zone.add(name(aliases.back()), Type::CNAME, {300, name(aliases.front())});
  });
  for (std::size_t i = 0; i + (closed ? 0 : 1) < aliases.size(); ++i) {
    server.behave(aliases[i], Type::TXT, {{.rcode = 2}});
  }
}

std::vector<std::string> names(int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i <= to; ++i) out.push_back("h" + std::to_string(i) + ".example");
  return out;
}

class EngineTraces : public testing::Test {
 protected:
  EngineTraces() {
    server.edit([](dns::Zone& zone) { zone.add(name("end.example"), Type::TXT, {300, Txt("the end")}); });
  }
  dns::Options options(std::chrono::milliseconds timeout = 5000ms) {
    dns::Options out = optionsFor({&server}, timeout);
    out.engine.retryAfter = 100ms;
    return out;
  }
  dns::AnswerPtr resolve(const std::string& asked, const dns::Options& with) {
    dns::Service service(with);
    auto answer = ask(service.resolver(), txt(asked));
    counters = service.counters().engine;
    EXPECT_EQ(counters.inFlight, 0U);
    EXPECT_EQ(counters.waiting, 0U);
    EXPECT_EQ(service.counters().table.pending, 0U);
    return answer;
  }
  dns::AnswerPtr resolve(const std::string& asked) { return resolve(asked, options()); }

  FaultDnsServer server;
  dns::EngineCounters counters;
};

void expectLoop(const dns::Answer& answer, const std::string& chain) {
  EXPECT_EQ(dns::statusName(answer.status), dns::statusName(Status::CnameLoop)) << answer.detail;
  EXPECT_EQ(dns::chainText(answer.chain), chain);
  EXPECT_FALSE(answer.temporary());
}

TEST_F(EngineTraces, LoopsAreNamed) {
  addAliases(server, {"self.example"}, true);
  addAliases(server, {"a.two.example", "b.two.example"}, true);
  addAliases(server,
             {"a.five.example", "b.five.example", "c.five.example", "d.five.example", "e.five.example"},
             true);
  addAliases(server, {"outside.example", "a.two.example"});
  expectLoop(*resolve("self.example"), "self.example -> self.example");
  expectLoop(*resolve("a.two.example"), "a.two.example -> b.two.example -> a.two.example");
  EXPECT_EQ(counters.traced, 2U);
  EXPECT_EQ(counters.packets, 4U);
  EXPECT_EQ(counters.hops, 0U);
  expectLoop(*resolve("c.five.example"),
             "c.five.example -> d.five.example -> e.five.example -> a.five.example -> b.five.example -> "
             "c.five.example");
  expectLoop(*resolve("outside.example"),
             "outside.example -> a.two.example -> b.two.example -> a.two.example");
}

// A resolver whose own limit is lower than ours.
TEST_F(EngineTraces, WhatHasTenHopsStillResolves) {
  auto ten = names(1, 10);
  ten.emplace_back("end.example");
  addAliases(server, ten);
  for (const char* first : {"h1.example", "h8.example", "h10.example"}) {
    const auto answer = resolve(first);
    ASSERT_EQ(answer->status, Status::Ok) << first << ": " << answer->detail;
    EXPECT_EQ(std::get<Txt>(answer->records.at(0).data), "the end");
    EXPECT_EQ(answer->chain.back().target, name("end.example"));
    EXPECT_EQ(answer->question, txt(first));
  }
  addAliases(server, {"h0.example", "h1.example"});
  const auto answer = resolve("h0.example");
  EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::ChainTooLong)) << answer->detail;
  EXPECT_EQ(answer->chain.size(), 11U);
  EXPECT_EQ(server.count("end.example", Type::CNAME), 3U) << "the eleventh hop is the last one looked at";
}

TEST_F(EngineTraces, ADanglingEndIsNamed) {
  addAliases(server, {"d.example", "e.example", "gone.example"});
  const auto answer = resolve("d.example");
  EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::DanglingCname)) << answer->detail;
  EXPECT_EQ(answer->detail, "gone.example does not exist");
  EXPECT_EQ(dns::chainText(answer->chain), "d.example -> e.example -> gone.example");
}

// The name answers, so that what failed may have been a passing fault.
TEST_F(EngineTraces, APassingFailureIsAskedOnceMore) {
  server.edit([](dns::Zone& zone) { zone.add(name("k.example"), Type::TXT, {300, Txt("x")}); });
  server.behave("k.example", Type::TXT,
                {{.rcode = 2}, {.rcode = 2}, {}});  // not the lone server's second try
  const auto answer = resolve("k.example");
  ASSERT_EQ(answer->status, Status::Ok) << answer->detail;
  EXPECT_EQ(std::get<Txt>(answer->records.at(0).data), "x");
  EXPECT_TRUE(answer->chain.empty());
  EXPECT_EQ(counters.packets, 4U);
  EXPECT_EQ(counters.retries, 2U);
  EXPECT_EQ(counters.hops, 0U);
  server.behave("none.example", Type::TXT, {{.rcode = 2}, {.rcode = 2}, {}});
  EXPECT_EQ(resolve("none.example")->status, Status::NoSuchName);
}

TEST_F(EngineTraces, ANameWithoutAliasStaysAFailure) {
  server.edit([](dns::Zone& zone) { zone.add(name("k.example"), Type::TXT, {300, Txt("x")}); });
  server.behave("k.example", Type::TXT, {{.rcode = 2}});
  for (const char* asked : {"k.example", "none.example"}) {
    server.behave(asked, Type::TXT, {{.rcode = 2}});
    const auto answer = resolve(asked);
    EXPECT_EQ(answer->status, Status::ServerFailure);
    EXPECT_EQ(answer->detail, "SERVFAIL from " + server.address() + " for " + asked);
    EXPECT_EQ(server.count(asked, Type::CNAME), 1U);
    EXPECT_EQ(server.count(asked, Type::TXT), 3U)
        << "a lone server, and a name that answers: once more for each";
  }
}

// DNSSEC: what a validator holds to be bogus it answers with SERVFAIL whatever the type.
TEST_F(EngineTraces, WhatIsBogusIsNotLaundered) {
  FaultDnsServer naive;
  naive.edit(
      [](dns::Zone& zone) { zone.add(name("bogus.example"), Type::CNAME, {300, name("forged.example")}); });
  server.behave("bogus.example", std::nullopt, {{.rcode = 2}});
  dns::Options both = optionsFor({&server, &naive});
  both.engine.failoverOnError = false;
  EXPECT_EQ(resolve("bogus.example", both)->status, Status::ServerFailure);
  // Nor when the validator says nothing to the trace.
  server.behave("bogus.example", Type::CNAME, {{.drop = true}});
  both.engine.retryAfter = 50ms;
  const auto answer = resolve("bogus.example", both);
  EXPECT_EQ(answer->status, Status::ServerFailure);
  EXPECT_TRUE(answer->chain.empty());
  EXPECT_EQ(naive.total(), 0U);
  // Nor what the other one said to a trace that only informs: silence goes there, but not what hangs on the aliases.
  server.behave("bogus.example", Type::TXT, {{.delay = 150ms, .rcode = 2}});
  naive.behave("bogus.example", Type::TXT, {{.drop = true}});
  both.engine.timeout = 1000ms;
  EXPECT_EQ(resolve("bogus.example", both)->status, Status::ServerFailure);
  EXPECT_EQ(naive.count("bogus.example", Type::CNAME), 0U);
  EXPECT_EQ(naive.count("forged.example"), 0U);
}

struct Hop {
  std::string name;
  std::vector<Behavior> script;
  Status status;
  std::string detail;  // a part of it
};

// The question for an alias in the middle of the trace meets what every question may meet.
TEST_F(EngineTraces, EveryFaultInTheMiddle) {
  const std::vector<Hop> hops{
      {"lost once", FaultDnsServer::dropFirst(1), Status::Ok, ""},
      {"wrong id once", {{.wrongId = true}, {}}, Status::Ok, ""},
      {"wrong question once", {{.wrongQuestion = true}, {}}, Status::Ok, ""},
      {"truncated", {{.truncate = true}}, Status::Ok, ""},
      {"no EDNS", {{.rcode = 1, .onlyWithEdns = true, .withoutOpt = true}}, Status::Ok, ""},
      {"slow", {{.delay = 250ms}}, Status::Ok, ""},
      {"SERVFAIL", {{.rcode = 2}}, Status::ServerFailure, "SERVFAIL from "},
      {"REFUSED", {{.rcode = 5}}, Status::ServerFailure, "REFUSED from "},
      {"unreadable", {{.damage = Damage::CompressionLoop}}, Status::ServerFailure, "cannot be read"},
      {"silent", {{.drop = true}}, Status::ServerFailure, " for b.example within 1000 ms"},
      {"wrong id", {{.wrongId = true}}, Status::ServerFailure, " for b.example within 1000 ms"},
  };
  addAliases(server, {"a.example", "b.example", "end.example"});
  for (const auto& hop : hops) {
    server.behave("b.example", Type::CNAME, hop.script);
    const Time before = now();
    const auto answer = resolve("a.example", options(1000ms));
    EXPECT_EQ(dns::statusName(answer->status), dns::statusName(hop.status))
        << hop.name << ": " << answer->detail;
    EXPECT_NE(answer->detail.find(hop.detail), std::string::npos) << hop.name << ": " << answer->detail;
    EXPECT_EQ(dns::chainText(answer->chain),
              hop.status == Status::Ok ? "a.example -> b.example -> end.example" : "a.example -> b.example")
        << hop.name;
    if (hop.status != Status::Ok) {
      EXPECT_NE(answer->detail.find("b.example"), std::string::npos) << answer->detail;
    }
    EXPECT_LT(now() - before, 3s) << hop.name;
    EXPECT_EQ(counters.timeouts, 0U) << "it failed, it was not silent";
  }
}

// After the trace the question goes on at the target; what fails there is final.
TEST_F(EngineTraces, TheEndOfTheChainIsAskedOnce) {
  addAliases(server, {"a.example", "sick.example"});
  server.edit([](dns::Zone& zone) { zone.add(name("sick.example"), Type::TXT, {300, Txt("never seen")}); });
  server.behave("sick.example", Type::TXT, {{.rcode = 2}});
  const auto answer = resolve("a.example");
  EXPECT_EQ(answer->status, Status::ServerFailure);
  EXPECT_EQ(answer->detail, "SERVFAIL from " + server.address() + " for sick.example");
  EXPECT_EQ(dns::chainText(answer->chain), "a.example -> sick.example");
  EXPECT_EQ(server.count("sick.example", Type::TXT), 1U);
  EXPECT_EQ(server.count("sick.example", Type::CNAME), 1U);
}

// Each answer leads to a name whose alias the server does not follow, over and over: ten hops are the end of it.
TEST_F(EngineTraces, AServerThatContradictsItselfIsNotFollowedForLong) {
  server.edit([](dns::Zone& zone) {
    for (int i = 0; i < 30; ++i) {
      zone.add(name("z" + std::to_string(i) + ".example"), Type::CNAME,
               {300, name("z" + std::to_string(i + 1) + ".example")});
    }
  });
  for (int i = 0; i < 30; ++i) {
    const std::string one = "z" + std::to_string(i) + ".example";
    // TXT: SERVFAIL first; where a trace has led, the bare alias. CNAME: none, at every second name.
    server.behave(one, Type::TXT, {i % 2 == 0 ? Behavior{.rcode = 2} : Behavior{.bareCname = true}});
    if (i % 2 == 1) server.behave(one, Type::CNAME, {{.rcode = 0}});
  }
  const auto answer = resolve("z0.example");
  EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::ChainTooLong)) << answer->detail;
  EXPECT_EQ(answer->chain.size(), 11U);
  EXPECT_LE(server.total(), 40U);
}

TEST_F(EngineTraces, OtherServersAreAskedFirstAndForTheTraceToo) {
  FaultDnsServer second;
  addAliases(server, {"a.example", "b.example", "end.example"});
  server.behave("b.example", Type::CNAME, {{.rcode = 2}});
  second.edit([](dns::Zone& zone) {
    zone.add(name("b.example"), Type::CNAME, {300, name("end.example")});
    zone.add(name("known.example"), Type::TXT, {300, Txt("second")});
    zone.add(name("end.example"), Type::TXT, {300, Txt("the end")});
  });
  second.behave("a.example", std::nullopt, {{.rcode = 2}});
  server.behave("known.example", std::nullopt, {{.rcode = 2}});
  dns::Options both = optionsFor({&server, &second});
  EXPECT_EQ(resolve("known.example", both)->status, Status::Ok);
  EXPECT_EQ(counters.traced, 0U) << "the second server knew";
  // The trace's first hop is known to the first server alone, its second hop to the second alone.
  const auto answer = resolve("a.example", both);
  EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::Ok)) << answer->detail;
  EXPECT_EQ(dns::chainText(answer->chain), "a.example -> b.example -> end.example");
}

TEST_F(EngineTraces, OneServerSilentTheOtherFailing) {
  FaultDnsServer silent;
  silent.behaveByDefault({.drop = true});
  addAliases(server, {"a.example", "b.example"}, true);
  for (const bool silentFirst : {true, false}) {
    dns::Options both =
        silentFirst ? optionsFor({&silent, &server}, 5000ms) : optionsFor({&server, &silent}, 5000ms);
    both.engine.retryAfter = 50ms;
    expectLoop(*resolve("a.example", both), "a.example -> b.example -> a.example");
  }
}

TEST_F(EngineTraces, OnlyAuthenticatedWhenAllHopsAre) {
  addAliases(server, {"a.example", "end.example"});
  server.behave("a.example", Type::CNAME, {{.authenticated = true}});
  server.behave("end.example", std::nullopt, {{.authenticated = true}});
  EXPECT_TRUE(resolve("a.example")->authenticated);
  server.behave("a.example", Type::CNAME, {{}});
  EXPECT_FALSE(resolve("a.example")->authenticated);
}

TEST_F(EngineTraces, NamesThatCaresRefusesAndOtherTypes) {
  addAliases(server, {"o+d.example", "p=q.example"}, true);
  expectLoop(*resolve("o+d.example"), "o+d.example -> p=q.example -> o+d.example");
  server.behave("o+d.example", Type::A, {{.rcode = 2}});
  dns::Service service(options());
  const auto address = ask(service.resolver(), {name("o+d.example"), Type::A});
  EXPECT_EQ(address->status, Status::CnameLoop) << address->detail;
  server.behave("o+d.example", Type::CNAME, {{.rcode = 2}});
  const auto alias = ask(service.resolver(), {name("o+d.example"), Type::CNAME});
  EXPECT_EQ(alias->status, Status::ServerFailure) << "no trace of a trace";
}

// A chain into a zone whose servers are dead: many resolvers are silent then for longer than we wait.
TEST_F(EngineTraces, SilenceIsToldWithTheHopThatIsSilent) {
  addAliases(server, {"a.example", "b.example", "dead.example"});
  for (const char* asked : {"a.example", "b.example"}) server.behave(asked, Type::TXT, {{.drop = true}});
  server.behave("dead.example", std::nullopt, {{.drop = true}});
  const auto answer = resolve("a.example", options(1000ms));
  EXPECT_EQ(answer->status, Status::Timeout);
  EXPECT_EQ(dns::chainText(answer->chain), "a.example -> b.example -> dead.example");
  EXPECT_EQ(answer->detail, "no answer from " + server.address() + " for dead.example within 1000 ms");
  EXPECT_EQ(counters.timeouts, 1U);
  EXPECT_EQ(counters.traced, 3U);
  EXPECT_EQ(server.count("dead.example", Type::CNAME), 1U) << "it only informs: one packet a name";
}

TEST_F(EngineTraces, ASilentQuestionIsStillAnsweredAndNotHeldUp) {
  addAliases(server, {"a.example", "b.example", "end.example"});
  server.behave("a.example", Type::TXT, FaultDnsServer::dropFirst(3));
  server.behave("b.example", Type::CNAME, {{.drop = true}});
  const auto answer = resolve("a.example");
  EXPECT_EQ(answer->status, Status::Ok) << answer->detail;
  EXPECT_EQ(server.count("a.example", Type::CNAME), 1U);
}

TEST_F(EngineTraces, ALoopEndsASilentQuestionAtOnce) {
  addAliases(server, {"a.example", "b.example"}, true);
  server.behave("a.example", Type::TXT, {{.drop = true}});
  const Time before = now();
  expectLoop(*resolve("a.example", options(20000ms)), "a.example -> b.example -> a.example");
  EXPECT_LT(now() - before, 10s);
}

// Silence first, then SERVFAIL: the trace that is on its way, or has come to its end, is the one that counts.
TEST_F(EngineTraces, ATraceThatWasBegunInSilenceIsUsed) {
  for (const bool early : {true, false}) {
    addAliases(server, {"a.example", "b.example", "end.example"});
    server.clearCounters();
    server.behave("a.example", Type::TXT, {{.drop = true}, {.delay = early ? 150ms : 0ms, .rcode = 2}});
    server.behave("b.example", Type::CNAME, {{.delay = early ? 0ms : 150ms}});
    const auto answer = resolve("a.example");
    EXPECT_EQ(answer->status, Status::Ok) << answer->detail;
    EXPECT_EQ(server.count("a.example", Type::CNAME), 1U);
    EXPECT_EQ(counters.traced, 3U);
  }
}

// Lost while it only informed, sent again when the question hangs on it.
TEST_F(EngineTraces, ALostPacketOfATraceThatIsNeededIsSentAgain) {
  addAliases(server, {"a.example", "b.example"}, true);
  server.behave("a.example", Type::TXT, {{.drop = true}, {.delay = 50ms, .rcode = 2}});
  server.behave("a.example", Type::CNAME, FaultDnsServer::dropFirst(1));
  expectLoop(*resolve("a.example"), "a.example -> b.example -> a.example");
}

// The answer that was given up comes after all, in the middle of the trace.
TEST_F(EngineTraces, ALateAnswerToTheQuestionItselfWins) {
  FaultDnsServer late;
  late.edit([](dns::Zone& zone) { zone.add(name("a.example"), Type::TXT, {300, Txt("late")}); });
  late.behave("a.example", Type::TXT, {{.delay = 300ms}});
  late.behave("a.example", Type::CNAME, {{.drop = true}});
  server.behave("a.example", Type::TXT, {{.rcode = 2}});
  server.behave("a.example", Type::CNAME, {{.drop = true}});
  dns::Options both = optionsFor({&late, &server}, 3000ms);
  both.engine.retryAfter = 100ms;
  const auto answer = resolve("a.example", both);
  ASSERT_EQ(dns::statusName(answer->status), dns::statusName(Status::Ok)) << answer->detail;
  EXPECT_EQ(std::get<Txt>(answer->records.at(0).data), "late");
}

TEST_F(EngineTraces, TarpitFloodsAreNotMadeWorse) {
  server.behaveBelow("tarpit.com", {.drop = true});
  dns::Options few = options(600ms);
  few.engine.slots = 40;
  few.engine.parentPercent = 100;
  dns::Service service(few);
  std::vector<dns::Question> questions;
  for (int i = 0; i < 40; ++i) questions.push_back(txt("q" + std::to_string(i) + ".tarpit.com"));
  for (const auto& answer : askAll(service.resolver(), questions)) EXPECT_EQ(answer->status, Status::Timeout);
  EXPECT_EQ(service.counters().engine.traced, 0U) << "above half full";
}

TEST_F(EngineTraces, StopInTheMiddleOfATrace) {
  addAliases(server, {"a.example", "b.example", "end.example"});
  server.behave("b.example", Type::CNAME, {{.drop = true}});
  auto service = std::make_unique<dns::Service>(options(60000ms));
  dns::Lookups lookups(service->resolver(), {});
  lookups.setNow(now());
  lookups.find(txt("a.example"));
  while (server.count("b.example", Type::CNAME) == 0) std::this_thread::sleep_for(1ms);
  service.reset();
  while (lookups.missing() > 0) ASSERT_TRUE(lookups.wait(now() + 20s));
  EXPECT_TRUE(lookups.find(txt("a.example"))->overload);
}

}  // namespace
}  // namespace alignd::test
