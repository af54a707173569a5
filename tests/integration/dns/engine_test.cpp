// Servers, aliases, names, shares, late answers, start and stop: the real engine over loopback.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include "tests/integration/dns/asking.h"

namespace alignd::test {
namespace {

using dns::Status;
using dns::Txt;
using dns::Type;

void addTxt(FaultDnsServer& server, const std::string& owner, const std::string& text) {
  server.edit([&](dns::Zone& zone) { zone.add(name(owner), Type::TXT, {300, Txt(text)}); });
}
void addAlias(FaultDnsServer& server, const std::string& owner, const std::string& target) {
  server.edit([&](dns::Zone& zone) { zone.add(name(owner), Type::CNAME, {300, name(target)}); });
}
const std::string& text(const dns::Answer& answer) {
  return std::get<Txt>(answer.records.at(0).data);
}

TEST(Engine, AnswersOnceAndThenFromTheCache) {
  FaultDnsServer server;
  addTxt(server, "k.example", "p=1");
  dns::Service service(optionsFor({&server}));
  const auto answer = ask(service.resolver(), txt("k.example"));
  ASSERT_EQ(answer->status, Status::Ok) << answer->detail;
  EXPECT_EQ(text(*answer), "p=1");
  const auto wakeUps = service.counters().engine.wakeUps;
  dns::Lookups warm(service.resolver(), {});
  warm.setNow(now());
  EXPECT_EQ(warm.find(txt("k.example")), answer.get());
  // A warm message hops to no thread and sleeps nowhere.
  EXPECT_EQ(service.counters().engine.wakeUps, wakeUps);
  EXPECT_EQ(warm.mailbox()->sleeps(), 0U);
  EXPECT_EQ(server.total(), 1U);
}

TEST(Engine, AsksAsTheRfcsWantIt) {
  FaultDnsServer server;
  dns::Service service(optionsFor({&server}));
  ask(service.resolver(), txt("a.example"));
  ask(service.resolver(), txt("a+b.example"));
  ASSERT_EQ(server.questions().size(), 2U);
  for (const Seen& seen : server.questions()) {
    EXPECT_TRUE(seen.edns);
    EXPECT_EQ(seen.udpPayload, 1232);
    EXPECT_TRUE(seen.authenticData);
    EXPECT_TRUE(seen.recursionDesired);
  }
}

// Descriptors held until the end of the test, so that new ones are above FD_SETSIZE.
class ManyDescriptors {
 public:
  ManyDescriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
    setrlimit(RLIMIT_NOFILE, &limit);
    while (held_.empty() || (held_.back() >= 0 && held_.back() < FD_SETSIZE)) held_.push_back(eventfd(0, 0));
  }
  ManyDescriptors(const ManyDescriptors&) = delete;
  ManyDescriptors& operator=(const ManyDescriptors&) = delete;
  ~ManyDescriptors() {
    for (const int fd : held_) close(fd);
  }
  bool enough() const { return held_.back() >= FD_SETSIZE; }

 private:
  std::vector<int> held_;
};

TEST(Engine, DescriptorsMayBeAnyNumber) {
  const ManyDescriptors many;
  if (!many.enough()) GTEST_SKIP() << "this process may not open so many";
  FaultDnsServer server;
  addTxt(server, "k.example", "x");
  addTxt(server, "o+d.example", "x");
  addTxt(server, "big.example", std::string(3000, 'x'));
  dns::Service service(optionsFor({&server}));
  for (const char* asked : {"k.example", "o+d.example", "big.example"}) {  // c-ares, our own UDP, TCP
    const auto answer = ask(service.resolver(), txt(asked));
    EXPECT_EQ(answer->status, Status::Ok) << answer->detail;
  }
}

TEST(Engine, SpeaksIpv6) {
  std::optional<FaultDnsServer> server;
  try {
    server.emplace("::1");
  } catch (const std::runtime_error&) {
    GTEST_SKIP() << "no IPv6 loopback here";
  }
  addTxt(*server, "k.example", "x");
  addTxt(*server, "o+d.example", std::string(3000, 'x'));  // our own UDP, then TCP
  dns::Service service(optionsFor({&*server}));
  EXPECT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::Ok);
  EXPECT_EQ(ask(service.resolver(), txt("o+d.example"))->status, Status::Ok);
}

// Both the server that chases aliases and the one that gives them one by one.
class Chains : public testing::TestWithParam<bool> {
 protected:
  Chains() {
    if (GetParam()) server.behaveByDefault({.bareCname = true});
  }
  dns::AnswerPtr resolve(const std::string& asked) {
    dns::Service service(optionsFor({&server}));
    return ask(service.resolver(), txt(asked));
  }
  FaultDnsServer server;
};

TEST_P(Chains, AreFollowedTenHopsFar) {
  for (const int hops : {2, 4, 9, 10, 11}) {
    const std::string zone = "." + std::to_string(hops) + ".example";
    for (int i = 0; i < hops; ++i)
      addAlias(server, "h" + std::to_string(i) + zone, "h" + std::to_string(i + 1) + zone);
    addTxt(server, "h" + std::to_string(hops) + zone, "end");
    const auto answer = resolve("h0" + zone);
    EXPECT_EQ(dns::statusName(answer->status),
              dns::statusName(hops <= 10 ? Status::Ok : Status::ChainTooLong))
        << hops;
    EXPECT_EQ(answer->chain.size(), static_cast<std::size_t>(hops));
    EXPECT_EQ(answer->question, txt("h0" + zone));
  }
}

TEST_P(Chains, LoopsAndDanglingEndsAreNamed) {
  addAlias(server, "a.loop.example", "b.loop.example");
  addAlias(server, "b.loop.example", "a.loop.example");
  addAlias(server, "d.example", "e.example");
  addAlias(server, "e.example", "gone.example");
  server.behave("gone.example", std::nullopt, {{}});
  const auto loop = resolve("a.loop.example");
  EXPECT_EQ(loop->status, Status::CnameLoop);
  EXPECT_EQ(dns::chainText(loop->chain), "a.loop.example -> b.loop.example -> a.loop.example");
  const auto dangling = resolve("d.example");
  EXPECT_EQ(dangling->status, Status::DanglingCname);
  EXPECT_EQ(dangling->detail, "gone.example does not exist");
}

TEST_P(Chains, ABrokenHopKeepsTheOthers) {
  addAlias(server, "f.example", "sick.example");
  if (!GetParam()) server.behave("f.example", std::nullopt, {{.bareCname = true}});
  server.behave("sick.example", std::nullopt, {{.rcode = 2}});
  const auto answer = resolve("f.example");
  EXPECT_EQ(answer->status, Status::ServerFailure);
  EXPECT_EQ(dns::chainText(answer->chain), "f.example -> sick.example");
  EXPECT_NE(answer->detail.find("for sick.example"), std::string::npos) << answer->detail;
}

INSTANTIATE_TEST_SUITE_P(Either, Chains, testing::Bool(),
                         [](const auto& bare) { return bare.param ? "OneByOne" : "Chased"; });

TEST(Engine, AliasesThroughNamesThatCaresRefuses) {
  FaultDnsServer server;
  server.behaveByDefault({.bareCname = true});
  addAlias(server, "plain.example", "o+d=d@x.example");
  addAlias(server, "o+d=d@x.example", "plain2.example");
  addTxt(server, "plain2.example", "end");
  dns::Service service(optionsFor({&server}));
  EXPECT_EQ(ask(service.resolver(), txt("plain.example"))->status, Status::Ok);
  EXPECT_EQ(service.counters().engine.direct, 1U);
}

TEST(Engine, OddNamesAreSentExactly) {
  FaultDnsServer server;
  const std::vector<std::string> names{
      "user+tag=dom.example", "a\\.b.example", "\\065.example", "a b.example",
      "\xC3\xBC.example",     "a@b.example",   "x.onion",       "_under-score.example"};
  for (const auto& odd : names) addTxt(server, odd, odd);
  dns::Service service(optionsFor({&server}));
  for (const auto& odd : names) {
    const auto answer = ask(service.resolver(), txt(odd));
    ASSERT_EQ(answer->status, Status::Ok) << odd << ": " << answer->detail;
    EXPECT_EQ(text(*answer), odd);
    EXPECT_EQ(server.questions().back().name, odd);
  }
  EXPECT_EQ(ask(service.resolver(), txt("no+such.example"))->status, Status::NoSuchName);
}

TEST(Engine, AuthenticatedOnlyFromServersThatAreBelieved) {
  FaultDnsServer server;
  addTxt(server, "s.example", "x");
  addTxt(server, "u.example", "x");
  server.behave("s.example", std::nullopt, {{.authenticated = true}});
  dns::Service service(optionsFor({&server}));
  EXPECT_TRUE(ask(service.resolver(), txt("s.example"))->authenticated);
  EXPECT_FALSE(ask(service.resolver(), txt("u.example"))->authenticated);
}

TEST(Engine, RandomCaseThatIsNotRepeatedIsAskedOverTcp) {
  FaultDnsServer server;
  addTxt(server, "abcdefghijklmnopqrstuvwxyz.example", "x");
  dns::Options options = optionsFor({&server});
  options.engine.randomCase = dns::RandomCase::Always;
  dns::Service service(options);
  EXPECT_EQ(ask(service.resolver(), txt("abcdefghijklmnopqrstuvwxyz.example"))->status, Status::Ok);
  ASSERT_EQ(server.questions().size(), 1U);
  const std::string sent = server.questions()[0].name;
  EXPECT_NE(sent, "abcdefghijklmnopqrstuvwxyz.example");
  EXPECT_NE(sent, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.EXAMPLE");
  EXPECT_EQ(service.counters().engine.tcp, 0U);
}

TEST(Engine, SilenceAndErrorsGoToTheNextServer) {
  FaultDnsServer first;
  FaultDnsServer second;
  addTxt(second, "k.example", "second");
  for (const Behavior& trouble : std::vector<Behavior>{{.drop = true},
                                                       {.rcode = 2},
                                                       {.rcode = 5},
                                                       {.rcode = 1},
                                                       {.damage = Damage::Cut},
                                                       {.damage = Damage::CompressionLoop}}) {
    first.behaveByDefault(trouble);
    dns::Service service(optionsFor({&first, &second}, 1000ms));
    const auto answer = ask(service.resolver(), txt("k.example"));
    ASSERT_EQ(answer->status, Status::Ok) << answer->detail;
    EXPECT_EQ(text(*answer), "second");
  }
}

TEST(Engine, WhatIsBogusIsNotLaunderedWhenToldSo) {
  FaultDnsServer validating;
  FaultDnsServer naive;
  addTxt(naive, "k.example", "forged");
  validating.behaveByDefault({.rcode = 2});
  dns::Options options = optionsFor({&validating, &naive});
  options.engine.failoverOnError = false;
  dns::Service service(options);
  EXPECT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::ServerFailure);
  EXPECT_EQ(naive.total(), 0U);
}

TEST(Engine, TheFirstFailureStandsWhenAllServersFail) {
  FaultDnsServer first;
  FaultDnsServer second;
  first.behaveByDefault({.rcode = 5});
  second.behaveByDefault({.rcode = 2});
  dns::Service service(optionsFor({&first, &second}));
  EXPECT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::Refused);
  EXPECT_EQ(first.count("k.example", Type::TXT), 1U);
  EXPECT_EQ(second.count("k.example", Type::TXT), 1U);
}

TEST(Engine, ASilentServerIsSetAsideAndComesBack) {
  FaultDnsServer first;
  FaultDnsServer second;
  for (auto* server : {&first, &second}) {
    for (int i = 0; i < 20; ++i) addTxt(*server, "d" + std::to_string(i) + ".example", "x");
    server->edit([](dns::Zone& zone) { zone.add(dns::Name(), Type::NS, {300, name("ns.example")}); });
  }
  first.behaveByDefault({.drop = true});
  dns::Options options = optionsFor({&first, &second}, 2000ms);
  options.engine.retryAfter = 50ms;
  options.engine.probeEvery = 50ms;
  options.table.bytes = 0;
  dns::Service service(options);
  const auto question = [](int i) { return txt("d" + std::to_string(i) + ".example"); };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(service.resolver(), question(i))->status, Status::Ok);
  EXPECT_TRUE(service.counters().engine.servers.at(0).setAside);
  const auto before = first.count("d10.example");
  EXPECT_EQ(ask(service.resolver(), question(10))->status, Status::Ok);
  EXPECT_EQ(first.count("d10.example"), before);  // asked the second one straight away
  first.forgetBehaviors();
  for (int i = 0; i < 500 && service.counters().engine.servers.at(0).setAside; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(service.counters().engine.servers.at(0).setAside);  // a probe was answered
  EXPECT_EQ(ask(service.resolver(), question(11))->status, Status::Ok);
  EXPECT_EQ(first.count("d11.example"), 1U);
}

TEST(Engine, ADeadServerIsPassedOverAtOnceAndALoneOneIsTriedAgain) {
  FaultDnsServer dead;
  FaultDnsServer alive;
  addTxt(alive, "k.example", "x");
  dead.stop();
  {
    dns::Options options = optionsFor({&dead, &alive}, 10000ms);
    options.engine.retryAfter = 10000ms;  // only the refusal can be what moves it on
    dns::Service service(options);
    EXPECT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::Ok);
    EXPECT_EQ(ask(service.resolver(), txt("o+k.example"))->status, Status::NoSuchName);
  }
  dns::Options options = optionsFor({&dead}, 5000ms);
  options.engine.retryAfter = 50ms;
  dns::Service service(options);
  dns::Lookups lookups(service.resolver(), {});
  lookups.setNow(now());
  lookups.find(txt("k.example"));
  std::this_thread::sleep_for(100ms);
  dead.start();  // the resolver was being restarted
  EXPECT_TRUE(lookups.wait(now() + 20s));
  EXPECT_EQ(lookups.find(txt("k.example"))->status, Status::NoSuchName);
}

TEST(Engine, AReplyAfterTheDeadlineStillFillsTheCache) {
  FaultDnsServer server;
  addTxt(server, "late.example", "x");
  server.behave("late.example", std::nullopt, {{.delay = 400ms}, {.drop = true}});
  dns::Options options = optionsFor({&server}, 150ms);
  options.table.failureMemory = 0s;
  dns::Service service(options);
  EXPECT_EQ(ask(service.resolver(), txt("late.example"))->status, Status::Timeout);
  for (int i = 0; i < 500 && service.counters().engine.late == 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(service.counters().engine.late, 1U);
  EXPECT_EQ(ask(service.resolver(), txt("late.example"))->status, Status::Ok);
}

// RFC 8767: what a dead server said before goes with the failure, and it is asked again soon.
TEST(Engine, ServeStaleKeepsTheLastGoodAnswerBesideTheFailure) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) { zone.add(name("k.example"), Type::TXT, {1, Txt("p=1")}); });
  dns::Options options = optionsFor({&server}, 1000ms);
  options.table.serveStale = true;
  options.table.failureMemory = 1s;
  dns::Service service(options);
  ASSERT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::Ok);
  server.behave("k.example", std::nullopt, {{.rcode = 2}});
  std::this_thread::sleep_for(1100ms);  // its TTL
  for (int i = 0; i < 2; ++i) {
    const auto answer = ask(service.resolver(), txt("k.example"));
    EXPECT_EQ(answer->status, Status::ServerFailure);
    EXPECT_TRUE(answer->records.empty());
    ASSERT_NE(answer->lastGood, nullptr);
    EXPECT_EQ(text(*answer->lastGood), "p=1");
  }
  EXPECT_EQ(server.count("k.example", Type::TXT), 3U)
      << "asked once more, and then the failure is remembered";
  server.forgetBehaviors();
  std::this_thread::sleep_for(1100ms);
  EXPECT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::Ok);
}

TEST(Engine, ResolvConfIsReadAgainWhenItChanges) {
  FaultDnsServer first("127.0.0.1", 0);
  std::string folder = std::filesystem::temp_directory_path() / "alignd-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/resolv.conf";
  const auto write = [&](const std::string& address) {
    std::ofstream(path + ".new") << "nameserver " << address << "\n";
    std::filesystem::rename(path + ".new", path);
  };
  write("127.0.0.11");
  dns::Options options;
  options.engine.resolvConf = path;
  options.engine.timeout = 200ms;
  dns::Service service(options);
  EXPECT_EQ(service.counters().engine.servers.at(0).address, "127.0.0.11:53");
  write("127.0.0.12");
  for (int i = 0; i < 100 && service.counters().engine.servers.at(0).address != "127.0.0.12:53"; ++i) {
    ask(service.resolver(), txt("q" + std::to_string(i) + ".example"));
  }
  EXPECT_EQ(service.counters().engine.servers.size(), 1U);
  EXPECT_EQ(service.counters().engine.servers.at(0).address, "127.0.0.12:53");
  std::filesystem::remove_all(folder);
}

TEST(Engine, TarpitMessagesDoNotStarveTheRest) {
  FaultDnsServer server;
  addTxt(server, "good.com", "x");
  server.behaveBelow("tarpit.com", {.drop = true});
  dns::Options options = optionsFor({&server}, 1000ms);
  options.engine.slots = 100;
  options.engine.queue = 10000;
  dns::Service service(options);
  std::vector<std::unique_ptr<dns::Lookups>> tarpits;
  for (int m = 0; m < 40; ++m) {
    auto& lookups = *tarpits.emplace_back(std::make_unique<dns::Lookups>(service.resolver(), dns::Budget{}));
    lookups.setNow(now());
    for (int q = 0; q < 32; ++q)
      lookups.find(txt("q" + std::to_string(q) + ".m" + std::to_string(m) + ".tarpit.com"));
  }
  EXPECT_EQ(ask(service.resolver(), txt("good.com"))->status, Status::Ok);
  EXPECT_LE(service.counters().engine.inFlight, 10U);  // ten percent of the slots
  for (auto& lookups : tarpits) {
    while (lookups->missing() > 0) ASSERT_TRUE(lookups->wait(now() + 20s));
  }
  const auto counters = service.counters();
  EXPECT_EQ(counters.engine.timeouts, 10U);
  EXPECT_EQ(counters.engine.overload, 40U * 32U - 10U);  // never sent
  EXPECT_EQ(counters.engine.waiting, 0U);
  EXPECT_EQ(counters.table.entries, 11U);  // overload is not remembered
}

TEST(Engine, AFullEngineRefusesAtOnce) {
  FaultDnsServer server;
  server.hold();
  dns::Options options = optionsFor({&server}, 5000ms);
  options.engine.slots = 4;
  options.engine.queue = 4;
  options.engine.parentPercent = 100;
  dns::Service service(options);
  dns::Lookups lookups(service.resolver(), {});
  lookups.setNow(now());
  const auto question = [](int i) { return txt("q.d" + std::to_string(i) + ".example"); };
  lookups.ask(question(100));
  EXPECT_EQ(lookups.asked(), 1U);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(lookups.find(question(i)), nullptr) << i;
  lookups.ask(question(101));
  EXPECT_EQ(lookups.asked(), 8U);  // refused, costs nothing
  const dns::Answer* refused = lookups.find(question(8));
  ASSERT_NE(refused, nullptr);
  EXPECT_TRUE(refused->overload);
  server.unhold();
  while (lookups.missing() > 0) ASSERT_TRUE(lookups.wait(now() + 20s));
  for (int i = 0; i < 7; ++i) EXPECT_EQ(lookups.find(question(i))->status, Status::NoSuchName) << i;
}

TEST(Engine, StopAnswersEveryoneWhoWaits) {
  FaultDnsServer server;
  server.behaveByDefault({.drop = true});
  auto service = std::make_unique<dns::Service>(optionsFor({&server}, 60000ms));
  dns::Lookups lookups(service->resolver(), {});
  lookups.setNow(now());
  for (int i = 0; i < 20; ++i) lookups.find(txt("q" + std::to_string(i) + ".example"));
  lookups.find(txt("o+d.example"));
  server.waitForQuestions(1);
  std::thread stopper([&] { service.reset(); });
  while (lookups.missing() > 0) ASSERT_TRUE(lookups.wait(now() + 20s));
  stopper.join();
  EXPECT_EQ(lookups.find(txt("q0.example"))->status, Status::Timeout);
  // The resolver outlives the service for whoever still holds it.
  EXPECT_TRUE(lookups.find(txt("new.example"))->overload);
}

TEST(Engine, FiveThousandQuestionsAtOnceLoseNoAnswer) {
  FaultDnsServer server;
  server.setLatency(50ms);
  dns::Options options = optionsFor({&server}, 20000ms);
  options.engine.retryAfter = 20000ms;  // whatever is lost would end as a timeout
  dns::Service service(options);
  std::vector<dns::Question> questions;
  for (int i = 0; i < 5000; ++i) questions.push_back(txt("q.d" + std::to_string(i) + ".example"));
  std::size_t answered = 0;
  for (const auto& answer : askAll(service.resolver(), questions))
    answered += answer->status == Status::NoSuchName ? 1U : 0U;
  EXPECT_EQ(answered, questions.size());
  EXPECT_EQ(service.counters().engine.packets, questions.size());
}

}  // namespace
}  // namespace alignd::test
