// Cold evaluations through the real engine, against a server that answers every question after 20 ms: with
// names asked together, and one after the other, in the same run. "rounds" is how many round trips followed
// one another.
#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <variant>

#include <benchmark/benchmark.h>

#include "dns/engine/service.h"
#include "tests/support/fault_dns_server.h"
#include "verifier/spf/run.h"

namespace {

using namespace alignd;
using std::chrono::steady_clock;

dns::Name nameOf(const std::string& text) {
  return dns::Name::parse(text).value();
}

void addTxt(dns::Zone& zone, const std::string& name, const std::string& text) {
  zone.add(nameOf(name), dns::Type::TXT, {300, text});
}

// Ten includes side by side: two deep, eleven long.
void wide(dns::Zone& zone) {
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    const std::string name = "spf" + std::to_string(i) + ".example.net";
    record += " include:" + name;
    addTxt(zone, name, "v=spf1 ip4:198.51.100." + std::to_string(i) + " ip4:203.0.113.0/28 ~all");
  }
  addTxt(zone, "example.com", record + " ip4:192.0.2.1 -all");
}

// As large senders publish it: includes of includes, mx and a beside them. Four deep, fifteen long.
void deep(dns::Zone& zone) {
  addTxt(zone, "example.com",
         "v=spf1 include:a.example.net mx include:b.example.net a:c.example.net ip4:192.0.2.1 -all");
  addTxt(zone, "a.example.net", "v=spf1 include:a1.example.net include:a2.example.net ~all");
  addTxt(zone, "a1.example.net", "v=spf1 a:h1.example.net ~all");
  addTxt(zone, "a2.example.net", "v=spf1 ip4:198.51.100.0/24 a:h2.example.net ~all");
  addTxt(zone, "b.example.net", "v=spf1 include:b1.example.net ~all");
  addTxt(zone, "b1.example.net", "v=spf1 ip4:203.0.113.0/24 ~all");
  for (const char* host : {"mx1.example.com", "mx2.example.com", "mx3.example.com", "mx4.example.com"}) {
    zone.add(nameOf("example.com"), dns::Type::MX, {300, dns::Mx{10, nameOf(host)}});
    zone.add(nameOf(host), dns::Type::A, {300, IpAddress::v4({203, 0, 113, 99})});
  }
  for (const char* host : {"c.example.net", "h1.example.net", "h2.example.net"}) {
    zone.add(nameOf(host), dns::Type::A, {300, IpAddress::v4({203, 0, 113, 98})});
  }
}

// Rounds of the first time each question was sent.
std::size_t roundsOf(const test::FaultDnsServer& server) {
  std::map<std::pair<std::string, std::uint16_t>, std::size_t> first;
  for (const auto& seen : server.questions()) first.emplace(std::pair(seen.name, seen.type), seen.round);
  std::size_t out = 0;
  for (const auto& [question, round] : first) out = std::max(out, round);
  return out;
}

void cold(benchmark::State& state, void (*fill)(dns::Zone&), std::size_t askAhead) {
  test::FaultDnsServer server;
  server.edit(fill);
  server.setLatency(std::chrono::milliseconds(20));
  dns::Options options;
  options.engine.servers = {std::get<dns::ServerAddress>(dns::parseServerAddress(server.address()))};
  options.table.bytes = 0;  // nothing is kept: every run is cold
  dns::Service service(options);
  dns::ProgressThreads progress;
  spf::Request request;
  request.client = IpAddress::v4({192, 0, 2, 1});
  request.mailFrom = "user@example.com";
  request.helo = "mail.example.com";
  std::size_t asked = 0;
  std::size_t rounds = 0;
  for (auto _ : state) {
    const auto message = std::make_shared<dns::Mailbox>();
    const Time now = steady_clock::now();
    const auto run = spf::Run::start(request, {.askAhead = askAhead, .helo = spf::HeloCheck::Off},
                                     service.resolver(), {}, Time::max(), progress, message, now);
    while (!run->tryFinish(steady_clock::now())) message->wait(now + std::chrono::seconds(10));
    if (run->mailFrom().status != spf::Status::Pass) state.SkipWithError("not a pass");
    asked = run->asked();
    if (rounds == 0) rounds = roundsOf(server);  // of the first evaluation; the others repeat it
  }
  state.counters["rounds"] = static_cast<double>(rounds);
  state.counters["questions"] = static_cast<double>(asked);
}

BENCHMARK_CAPTURE(cold, ten_includes_together, wide, spf::Options().askAhead)
    ->Iterations(10)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cold, ten_includes_one_by_one, wide, 0)
    ->Iterations(10)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cold, nested_together, deep, spf::Options().askAhead)
    ->Iterations(10)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cold, nested_one_by_one, deep, 0)
    ->Iterations(10)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
