// What counting one message costs: with our counters, and with those of prometheus-cpp (DESIGN.md, "Tried and given up").
// As many counters as a signed message moves, and one histogram.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "milter/metrics.h"

namespace alignd {
namespace {

constexpr std::size_t kCounters = 14;
constexpr std::chrono::milliseconds kWaited{20};

struct Ours {
  std::vector<milter::Counter> counters{kCounters};
  milter::Histogram waits;
};

struct Theirs {
  prometheus::Registry registry;
  std::vector<prometheus::Counter*> counters;
  prometheus::Histogram* waits = nullptr;

  Theirs() {
    auto& family = prometheus::BuildCounter().Name("counters").Help("").Register(registry);
    for (std::size_t i = 0; i < kCounters; ++i) counters.push_back(&family.Add({{"n", std::to_string(i)}}));
    const auto& bounds = milter::Histogram::kBounds;
    waits = &prometheus::BuildHistogram().Name("waits").Help("").Register(registry).Add(
        {}, prometheus::Histogram::BucketBoundaries(bounds.begin(), bounds.end()));
  }
};

void BM_CountAMessage(benchmark::State& state) {
  static Ours ours;
  for (auto _ : state) {
    for (auto& counter : ours.counters) counter.add();
    ours.waits.observe(kWaited);
  }
}
BENCHMARK(BM_CountAMessage)->ThreadRange(1, 2);

void BM_CountAMessagePrometheusCpp(benchmark::State& state) {
  static Theirs theirs;
  for (auto _ : state) {
    for (auto* counter : theirs.counters) counter->Increment();
    theirs.waits->Observe(std::chrono::duration<double>(kWaited).count());
  }
}
BENCHMARK(BM_CountAMessagePrometheusCpp)->ThreadRange(1, 2);

}  // namespace
}  // namespace alignd
