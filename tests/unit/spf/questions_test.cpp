// How many questions reach a server, counted there, through the engine that the daemon runs.
#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "dns/engine/service.h"
#include "tests/support/fault_dns_server.h"
#include "tests/unit/spf/fixture.h"
#include "verifier/spf/run.h"

namespace alignd::spf {
namespace {

class SpfQuestions : public testing::Test {
 protected:
  Result check(const ZoneBuilder& zone, const Request& request, const Options& options = {}) {
    server_.setZone(zone.zone());
    server_.setLatency(
        std::chrono::milliseconds(20));  // rounds are told apart by the replies that came before
    dns::Options dns;
    dns.engine.servers = {std::get<dns::ServerAddress>(dns::parseServerAddress(server_.address()))};
    dns::Service service(dns);
    dns::ProgressThreads progress;
    const auto message = std::make_shared<dns::Mailbox>();
    const Time now = std::chrono::steady_clock::now();
    const auto run =
        Run::start(request, options, service.resolver(), {}, Time::max(), progress, message, now);
    while (!run->tryFinish(now)) message->wait(now + std::chrono::seconds(30));
    asked_ = run->asked();
    if (options.helo == HeloCheck::Off) {
      EXPECT_EQ(asked_, questions());
    }
    return run->mailFrom();
  }
  // Different ones, and the round trips they took: the engine may send one more than once (retries, TCP after
  // truncation).
  std::size_t questions() const { return firstRounds().size(); }
  std::size_t rounds() const {
    std::size_t out = 0;
    for (const auto& [question, round] : firstRounds()) out = std::max(out, round);
    return out;
  }
  std::map<std::pair<std::string, std::uint16_t>, std::size_t> firstRounds() const {
    std::map<std::pair<std::string, std::uint16_t>, std::size_t> out;
    for (const auto& seen : server_.questions()) out.emplace(std::pair(seen.name, seen.type), seen.round);
    return out;
  }
  test::FaultDnsServer server_;
  std::size_t asked_ = 0;  // by the run; equal questions of its two checks are one to the server
};

const Options kNoHelo{.helo = HeloCheck::Off};

TEST_F(SpfQuestions, TenIncludesInTwoRounds) {
  ZoneBuilder zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    const std::string name = "i" + std::to_string(i) + ".example";
    record += " include:" + name;
    zone.txt(name, "v=spf1 ip4:198.51.100.1 ?all");
  }
  zone.txt("example.com", record + " -all");
  EXPECT_EQ(check(zone, requestFrom("192.0.2.1"), kNoHelo).status, Status::Fail);
  EXPECT_EQ(questions(), 11U);
  EXPECT_EQ(rounds(), 2U);
}

TEST_F(SpfQuestions, HeloAndMailFromShareTheirs) {
  const auto zone = ZoneBuilder().txt("example.com", "v=spf1 a -all").address("example.com", "192.0.2.1");
  EXPECT_EQ(check(zone, requestFrom("192.0.2.1", "u@example.com", "example.com")).status, Status::Pass);
  EXPECT_EQ(questions(), 2U);
  EXPECT_EQ(asked_, 4U);
}

TEST_F(SpfQuestions, NothingForWhatIsNoDomain) {  // section 4.3
  EXPECT_EQ(check({}, requestFrom("192.0.2.1", "u@[192.0.2.1]", "[192.0.2.1]")).status, Status::None);
  EXPECT_EQ(check({}, requestFrom("192.0.2.1", "u@localhost", "localhost")).status, Status::None);
  EXPECT_EQ(questions(), 0U);
}

TEST_F(SpfQuestions, IncludeLoopsAreShort) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 include:b.example")
                        .txt("b.example", "v=spf1 include:example.com");
  const Result result = check(zone, requestFrom("192.0.2.1"), kNoHelo);
  EXPECT_EQ(result.status, Status::PermError);
  EXPECT_EQ(result.text, "the SPF records go in a circle (example.com -> b.example -> example.com)");
  EXPECT_EQ(result.mechanism, "include:example.com");
  EXPECT_EQ(questions(), 2U);
}

TEST_F(SpfQuestions, TenWayFanStopsAtTenTerms) {
  ZoneBuilder zone;  // ten includes in ten records each, 10 levels down: 10^10 if nothing counted
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) record += " include:f" + std::to_string(i) + ".%{d}";
  zone.txt("example.com", record);
  std::string name = "example.com";
  for (int depth = 0; depth < 10; ++depth) {
    for (int i = 0; i < 10; ++i) zone.txt("f" + std::to_string(i) + "." + name, record);
    name = "f0." + name;
  }
  EXPECT_EQ(check(zone, requestFrom("192.0.2.1"), kNoHelo).status, Status::PermError);
  EXPECT_LE(questions(), 11U + Options().askAhead);
}

TEST_F(SpfQuestions, PtrStormIsTenNames) {
  ZoneBuilder zone;
  zone.txt("example.com", "v=spf1 ptr ptr ptr ptr ptr ptr ptr ptr ptr ptr -all");
  for (int i = 0; i < 60; ++i) zone.ptr("1.2.0.192.in-addr.arpa", "h" + std::to_string(i) + ".example.com");
  EXPECT_EQ(check(zone, requestFrom("192.0.2.1"), kNoHelo).status, Status::Fail);
  EXPECT_EQ(questions(), 12U);  // TXT, PTR, and ten names once each
}

TEST_F(SpfQuestions, VoidStormStopsAtThree) {  // section 11.1
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) record += " exists:v" + std::to_string(i) + ".victim.example";
  EXPECT_EQ(
      check(ZoneBuilder().txt("example.com", record + " -all"), requestFrom("192.0.2.1"), kNoHelo).status,
      Status::PermError);
  EXPECT_EQ(questions(), 4U);
}

TEST_F(SpfQuestions, MxFanOfVictimsStopsAtTheLimits) {
  ZoneBuilder zone;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    const std::string name = "m" + std::to_string(i) + ".example";
    record += " mx:" + name;
    for (int k = 0; k < 10; ++k)
      zone.mx(name, "h" + std::to_string(k) + "." + std::to_string(i) + ".victim.example");
  }
  zone.txt("example.com", record + " -all");
  EXPECT_EQ(check(zone, requestFrom("192.0.2.1"), kNoHelo).status, Status::PermError);  // three void terms
  EXPECT_LE(questions(), 1 + 3 * 11 + Options().askAhead);
}

TEST_F(SpfQuestions, MacrosWithBlanksAndPercentReachTheWire) {  // section 4.8: no further escaping
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 a:macro%%percent%_%_space%-url-space.example.com -all")
                        .address("macro%percent  space%20url-space.example.com", "192.0.2.1");
  EXPECT_EQ(check(zone, requestFrom("192.0.2.1"), kNoHelo).status, Status::Pass);
}

}  // namespace
}  // namespace alignd::spf
