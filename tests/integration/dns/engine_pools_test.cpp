// Who can fill what, and who then waits: whatever is short is shared, and who attacks waits behind his own share.
// Delays are not measured: questions that would be held up end long after the test has given up on them.
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/integration/dns/asking.h"

namespace alignd::test {
namespace {

using dns::Status;
using dns::Type;

void addTxt(FaultDnsServer& server, const std::string& owner, std::size_t size = 1) {
  server.edit(
      [&](dns::Zone& zone) { zone.add(name(owner), Type::TXT, {300, dns::Txt(std::string(size, 'x'))}); });
}

// Waits for at most 10 s until it is so.
template <class Condition>
bool comes(Condition condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  return condition();
}

class EnginePools : public testing::Test {
 protected:
  dns::Options options(std::chrono::milliseconds timeout = 20'000ms) {
    dns::Options out = optionsFor({&server}, timeout);
    out.engine.retryAfter = 100ms;
    return out;
  }
  void start(const dns::Options& with) { service = std::make_unique<dns::Service>(with); }
  dns::EngineCounters counters() const { return service->counters().engine; }
  // A message that asks all of them and stays.
  dns::Lookups& message(const std::vector<std::string>& names) {
    auto& lookups = *messages.emplace_back(
        std::make_unique<dns::Lookups>(service->resolver(), dns::Budget{100'000, 100'000}));
    lookups.setNow(now());
    for (const auto& asked : names) lookups.find(txt(asked));
    return lookups;
  }
  void expectBystander(const std::string& asked) {
    const auto answer = ask(service->resolver(), txt(asked));
    EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::Ok))
        << asked << ": " << answer->detail;
    EXPECT_EQ(counters().timeouts, 0U) << "the attack is still on";
  }

  FaultDnsServer server;
  std::unique_ptr<dns::Service> service;
  std::vector<std::unique_ptr<dns::Lookups>> messages;
};

// Ten terms a:x!N.%{h} under a zone that never answers, in 20 sessions.
TEST_F(EnginePools, OddNamesOfASilentZoneHoldUpNobody) {
  addTxt(server, "big.example.com", 5000);
  addTxt(server, "u+x=y.example.com");
  addTxt(server, "b+g.example.com", 5000);
  server.behaveBelow("tarpit.com", {.drop = true});
  start(options());
  for (int m = 0; m < 20; ++m) {
    std::vector<std::string> names;
    for (int i = 0; i < 10; ++i) {
      names.push_back("x!" + std::to_string(i) + ".m" + std::to_string(m) + ".tarpit.com");
    }
    message(names);
  }
  ASSERT_TRUE(comes([&] { return counters().udpWaiting == 188; }));
  EXPECT_EQ(counters().udpSockets, 12U) << "a tenth of 128";
  for (const char* asked : {"big.example.com", "u+x=y.example.com", "b+g.example.com"})
    expectBystander(asked);
  EXPECT_EQ(counters().tcpSockets, 0U);
  EXPECT_EQ(counters().tcpWaiting, 0U);
  EXPECT_EQ(counters().udpSockets, 12U);
}

// With a domain for each name, there are no shares of domains to keep him down: messages take turns, no try is longer
// than the retry time.
TEST_F(EnginePools, ManySilentDomainsAreATurnAmongOthers) {
  addTxt(server, "big.example.com", 5000);
  addTxt(server, "u+x=y.example.com");
  for (const bool tcp : {false, true}) {
    dns::Options few = options();
    few.engine.directSockets = few.engine.tcpSockets = 8;
    few.engine.parentPercent = 100;
    std::vector<std::vector<std::string>> asked(10);
    for (int i = 0; i < 100; ++i) {
      const std::string attack = (tcp ? "big.d" : "x!.d") + std::to_string(i) + ".com";
      asked[static_cast<std::size_t>(i % 10)].push_back(attack);
      server.behave(attack, std::nullopt,
                    {tcp ? Behavior{.drop = true, .only = Transport::Tcp} : Behavior{.drop = true}});
      if (tcp) addTxt(server, attack, 2000);
    }
    start(few);
    for (const auto& names : asked) message(names);
    ASSERT_TRUE(comes([&] { return counters().udpWaiting + counters().tcpWaiting >= 80; }));
    expectBystander(tcp ? "big.example.com" : "u+x=y.example.com");
    EXPECT_LE(counters().udpSockets, 8U);
    EXPECT_LE(counters().tcpSockets, 8U);
    messages.clear();
  }
}

TEST_F(EnginePools, OneMessageTakesItsShareOfTheConnections) {
  addTxt(server, "big.example.com", 5000);
  std::vector<std::string> names;
  for (int i = 0; i < 32; ++i) {
    names.push_back("big.d" + std::to_string(i) + ".com");
    addTxt(server, names.back(), 2000);
    server.behave(names.back(), std::nullopt, {{.drop = true, .only = Transport::Tcp}});
  }
  dns::Options few = options();
  few.engine.tcpSockets = 40;
  start(few);
  message(names);
  ASSERT_TRUE(comes([&] { return counters().tcpWaiting == 28; }));
  EXPECT_EQ(counters().tcpSockets, 4U);
  expectBystander("big.example.com");
}

// Another message asks for what stands at the end of an attacker's line: it does not wait behind all of that.
TEST_F(EnginePools, WhoJoinsAQuestionGivesItATurnOfHisOwn) {
  std::vector<std::string> names;
  for (int i = 0; i < 30; ++i) {
    names.push_back("x!.d" + std::to_string(i) + ".com");
    server.behave(names.back(), std::nullopt, {{.drop = true}});
  }
  addTxt(server, "u+x=y.example.com");
  names.emplace_back("u+x=y.example.com");
  dns::Options few = options();
  few.engine.directSockets = 20;
  few.engine.retryAfter = 20'000ms;  // his line does not move
  start(few);
  message(names);
  ASSERT_TRUE(comes([&] { return counters().udpWaiting == 29; }));
  expectBystander("u+x=y.example.com");
}

// A try that is given up leaves nothing open; the same server is asked again from the same socket.
TEST_F(EnginePools, AQuestionHoldsOneSocket) {
  FaultDnsServer second;
  server.behaveByDefault({.drop = true});
  second.behaveByDefault({.drop = true});
  dns::Options one = options();
  one.engine.retryAfter = 20ms;
  start(one);
  message({"x!.example.com"});
  ASSERT_TRUE(comes([&] { return server.count("x!.example.com", Type::TXT) >= 5; }));
  std::set<std::uint16_t> ports;
  for (const Seen& seen : server.questions()) {
    if (seen.name == "x!.example.com" && seen.type == static_cast<std::uint16_t>(Type::TXT)) {
      ports.insert(seen.sourcePort);
    }
  }
  EXPECT_EQ(ports.size(), 1U);
  EXPECT_LE(counters().udpSockets, 2U);  // and one for its trace
  messages.clear();
  dns::Options two = optionsFor({&server, &second}, 20'000ms);
  two.engine.retryAfter = 20ms;
  start(two);
  message({"x!.example.com"});
  ASSERT_TRUE(comes([&] { return second.count("x!.example.com", Type::TXT) >= 5; }));
  EXPECT_LE(counters().udpSockets, 2U);
}

// Nor when it has ended: a late reply is not worth a place.
TEST_F(EnginePools, WhatHasTimedOutHoldsNone) {
  FaultDnsServer second;
  server.behaveByDefault({.drop = true});
  second.behaveByDefault({.drop = true});
  dns::Options both = optionsFor({&server, &second}, 600ms);
  both.engine.retryAfter = 300ms;  // the second is asked at half time
  start(both);
  const auto answer = ask(service->resolver(), txt("x!.example.com"));
  EXPECT_EQ(answer->status, Status::Timeout) << answer->detail;
  EXPECT_EQ(second.count("x!.example.com", Type::TXT), 1U);
  EXPECT_EQ(counters().udpSockets, 0U);
}

// What never got a socket was never asked: it is no server's failure and not remembered as one.
TEST_F(EnginePools, NoSocketInTimeIsOverloadAndNotKept) {
  for (const char* asked : {"big.a.com", "big.b.com"}) {
    addTxt(server, asked, 2000);
    server.behave(asked, std::nullopt, {{.drop = true, .only = Transport::Tcp}});
  }
  dns::Options one = options(3000ms);
  one.engine.retryAfter = 2900ms;
  one.engine.tcpSockets = 1;
  start(one);
  const auto answers = askAll(service->resolver(), {txt("big.a.com"), txt("big.b.com")});
  ASSERT_EQ(answers.size(), 2U);
  const auto& kept = answers[0]->overload ? answers[1] : answers[0];
  const auto& never = answers[0]->overload ? answers[0] : answers[1];
  EXPECT_EQ(kept->status, Status::Timeout);
  EXPECT_FALSE(kept->overload);
  EXPECT_EQ(kept->detail.find("TCP port " + std::to_string(server.port()) +
                              " of 127.0.0.1 does not answer "
                              "(the reply over UDP was cut off) for big."),
            0U)
      << kept->detail;
  EXPECT_TRUE(never->overload) << never->detail;
  EXPECT_EQ(service->counters().table.entries, 1U);
  EXPECT_EQ(counters().tcpWaiting, 0U);
}

// A queue that one message, or one domain, has filled to its half is full for that one only.
TEST_F(EnginePools, AQueueIsNeverFilledByOne) {
  server.behaveByDefault({.drop = true});
  for (const bool oneDomain : {false, true}) {
    dns::Options few = options();
    few.engine.slots = 20;
    few.engine.queue = 180;
    few.engine.parentPercent = oneDomain ? 10 : 100;
    start(few);
    std::size_t asked = 0;
    for (int m = 0; m < (oneDomain ? 40 : 1); ++m) {
      std::vector<std::string> names;
      for (int i = 0; i < (oneDomain ? 10 : 400); ++i) {
        const std::string unique = std::to_string(m) + "-" + std::to_string(i);
        names.push_back(oneDomain ? "q" + unique + ".tarpit.com" : "q.d" + unique + ".com");
      }
      asked += names.size();
      message(names);
      ASSERT_TRUE(comes([&] { return counters().questions + counters().refused >= asked; }));
    }
    ASSERT_TRUE(comes([&] { return counters().inFlight + counters().waiting <= 125; }));
    EXPECT_GE(counters().overload + counters().refused, 100U);
    dns::Lookups bystander(service->resolver(), {});
    bystander.setNow(now());
    const auto before = counters().questions;
    EXPECT_EQ(bystander.find(txt("k.good.com")), nullptr) << "it is not refused";
    ASSERT_TRUE(comes([&] { return counters().questions > before; }));
    bystander.collect();
    EXPECT_EQ(bystander.find(txt("k.good.com")), nullptr) << "it waits its turn";
    messages.clear();
  }
}

// Whoever fills the sockets must not keep a server from being heard again.
TEST_F(EnginePools, AProbeNeedsNoPlace) {
  FaultDnsServer second;
  for (int i = 0; i < 8; ++i) addTxt(second, "d" + std::to_string(i) + ".example");
  server.behaveByDefault({.drop = true});
  second.behaveBelow("tarpit.com", {.drop = true});
  dns::Options both = optionsFor({&server, &second}, 20'000ms);
  both.engine.retryAfter = 50ms;
  both.engine.probeEvery = 50ms;
  both.engine.directSockets = 1;
  start(both);
  message({"x!.tarpit.com", "y!.tarpit.com"});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ask(service->resolver(), txt("d" + std::to_string(i) + ".example"))->status, Status::Ok);
  }
  ASSERT_TRUE(comes([&] { return counters().servers.at(0).setAside; }));
  server.forgetBehaviors();
  EXPECT_TRUE(comes([&] { return !counters().servers.at(0).setAside; }));
  EXPECT_EQ(counters().timeouts, 0U);
}

}  // namespace
}  // namespace alignd::test
