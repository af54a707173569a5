// What DNS costs: a thousand questions at once against one, and an answer that is here already.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>

#include "dns/engine/service.h"
#include "dns/table/lookups.h"
#include "tests/support/fault_dns_server.h"

namespace {

using namespace alignd;
using namespace std::chrono_literals;

dns::Question question(const std::string& text) {
  return {*dns::Name::parse(text), dns::Type::TXT};
}

dns::Options optionsFor(const test::FaultDnsServer& server) {
  dns::Options options;
  options.engine.servers.push_back(std::get<dns::ServerAddress>(dns::parseServerAddress(server.address())));
  return options;
}

// Seconds until `count` different questions, asked at once by one message for all, are answered.
double askAtOnce(dns::Service& service, int count, int& serial, bool& good) {
  dns::Lookups lookups(service.resolver(), {.inFlight = 100000, .total = 100000});
  const auto start = std::chrono::steady_clock::now();
  lookups.setNow(start);
  std::vector<dns::Question> questions;
  for (int i = 0; i < count; ++i)
    questions.push_back(question("q.d" + std::to_string(serial++) + ".example"));
  for (const auto& q : questions) lookups.find(q);
  while (lookups.missing() > 0) lookups.wait(start + 20s);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const auto& [q, answer] : lookups.used()) good = good && answer->status == dns::Status::NoSuchName;
  return seconds;
}

// The same run measures one question and a thousand, so that the ratio says something on any machine.
void BM_ThousandQuestionsAgainstOne(benchmark::State& state) {
  test::FaultDnsServer server;
  server.setLatency(200ms);
  dns::Service service(optionsFor(server));
  int serial = 0;
  bool good = true;
  double one = 0;
  double all = 0;
  for (auto _ : state) {
    one += askAtOnce(service, 1, serial, good);
    const double seconds = askAtOnce(service, static_cast<int>(state.range(0)), serial, good);
    all += seconds;
    state.SetIterationTime(seconds);
  }
  if (!good) state.SkipWithError("an answer was lost");
  state.counters["one_ms"] = 1000 * one / static_cast<double>(state.iterations());
  state.counters["ratio"] = all / one;
  state.counters["packets_per_question"] = static_cast<double>(service.counters().engine.packets) /
                                           static_cast<double>(service.counters().engine.questions);
}
BENCHMARK(BM_ThousandQuestionsAgainstOne)
    ->Arg(1000)
    ->Arg(5000)
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

struct Warm {
  Warm() : service(optionsFor(server)) {
    server.edit([](dns::Zone& zone) {
      for (int i = 0; i < 1000; ++i) {
        zone.add(*dns::Name::parse("s._domainkey.d" + std::to_string(i) + ".example"), dns::Type::TXT,
                 {3600, dns::Txt(std::string(400, 'k'))});
      }
    });
    dns::Lookups lookups(service.resolver(), {.inFlight = 100000, .total = 100000});
    lookups.setNow(std::chrono::steady_clock::now());
    for (int i = 0; i < 1000; ++i)
      questions.push_back(question("s._domainkey.d" + std::to_string(i) + ".example"));
    for (const auto& q : questions) lookups.find(q);
    while (lookups.missing() > 0) lookups.wait(lookups.now() + 20s);
  }
  test::FaultDnsServer server;
  dns::Service service;
  std::vector<dns::Question> questions;
};
Warm& warm() {
  static Warm instance;
  return instance;
}

// An answer in the table, any thread.
void BM_WarmTableHit(benchmark::State& state) {
  Warm& here = warm();
  const auto resolver = here.service.resolver();
  const auto mailbox = std::make_shared<dns::Mailbox>();
  const Time now = std::chrono::steady_clock::now();
  const auto wakeUps = here.service.counters().engine.wakeUps;
  std::size_t i = static_cast<std::size_t>(state.thread_index()) * 37;
  for (auto _ : state) {
    auto answer =
        resolver->findOrAsk(here.questions[i++ % here.questions.size()], mailbox, dns::Need::Needed, now);
    if (!answer) state.SkipWithError("not warm");
    benchmark::DoNotOptimize(answer);
  }
  if (here.service.counters().engine.wakeUps != wakeUps) state.SkipWithError("a hit woke the DNS thread");
}
BENCHMARK(BM_WarmTableHit)->Threads(1)->Threads(2);

// Lookups::find of a message: the first time from the table, the second time pinned.
void BM_WarmFind(benchmark::State& state) {
  Warm& here = warm();
  const auto resolver = here.service.resolver();
  const auto wakeUps = here.service.counters().engine.wakeUps;
  constexpr std::size_t kQuestions = 10;
  std::size_t i = 0;
  std::size_t sleeps = 0;
  for (auto _ : state) {
    dns::Lookups lookups(resolver, {});
    lookups.setNow(std::chrono::steady_clock::now());
    for (std::size_t q = 0; q < kQuestions; ++q) {
      const dns::Answer* answer = lookups.find(here.questions[i++ % here.questions.size()]);
      if (answer == nullptr) state.SkipWithError("not warm");
      benchmark::DoNotOptimize(answer);
    }
    sleeps += lookups.mailbox()->sleeps();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(kQuestions) * state.iterations());
  state.counters["per_find"] =
      benchmark::Counter(static_cast<double>(kQuestions) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  if (sleeps != 0 || here.service.counters().engine.wakeUps != wakeUps)
    state.SkipWithError("a warm message hopped or slept");
}
BENCHMARK(BM_WarmFind);

void BM_PinnedFind(benchmark::State& state) {
  Warm& here = warm();
  dns::Lookups lookups(here.service.resolver(), {});
  lookups.setNow(std::chrono::steady_clock::now());
  for (auto _ : state) benchmark::DoNotOptimize(lookups.find(here.questions[0]));
}
BENCHMARK(BM_PinnedFind);

}  // namespace
