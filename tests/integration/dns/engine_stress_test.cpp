// Many messages on many threads, some of which go away in the middle; for ThreadSanitizer above all.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/integration/dns/asking.h"

namespace alignd::test {
namespace {

using dns::Status;

// A message's owner that is woken instead of waiting.
class CountingWaker final : public dns::Waker {
 public:
  void wake() noexcept override { ++woken; }
  std::atomic<int> woken{0};
};

void oneMessage(const std::shared_ptr<dns::Resolver>& resolver, std::mt19937& random,
                std::atomic<int>& wrong) {
  const auto waker = std::make_shared<CountingWaker>();
  dns::Lookups lookups(resolver, {.inFlight = 8, .total = 30}, waker);
  lookups.setNow(now());
  const int kind = static_cast<int>(random() % 4);
  for (int i = 0; i < 12; ++i) {
    const std::string asked = "q" + std::to_string(random() % 300) + (random() % 8 == 0 ? "+x" : "") + ".d" +
                              std::to_string(random() % 20) + ".example";
    if (random() % 3 == 0) lookups.ask(txt(asked));
    const dns::Answer* answer = lookups.find(txt(asked));
    if (answer != nullptr)
      answer->derived<std::string>([](const dns::Answer& a) { return a.question.name.text(); });
  }
  if (kind == 0) return;  // the connection was lost
  if (kind == 1) lookups.close();
  const Time deadline = now() + std::chrono::seconds(20);
  while (lookups.missing() > 0 && now() < deadline) lookups.wait(deadline);
  if (lookups.missing() > 0) ++wrong;
  for (const auto& [question, answer] : lookups.used()) {
    if (!answer || answer->question != question) ++wrong;
  }
}

TEST(EngineStress, MessagesComeAndGoWhileAnswersFly) {
  FaultDnsServer server;
  server.setLatency(2ms);
  server.behaveBelow("d0.example", {.drop = true});
  server.behaveBelow("d1.example", {.rcode = 2});
  server.behaveBelow("d2.example", {.truncate = true});
  server.behaveBelow("d3.example", {.damage = Damage::CompressionLoop});
  dns::Options options = optionsFor({&server}, 300ms);
  options.engine.slots = 200;
  options.table.bytes = 64U << 10U;  // so that eviction happens all the time
  options.table.failureMemory = 0s;
  auto service = std::make_unique<dns::Service>(options);
  std::atomic<int> wrong{0};
  std::atomic<bool> stopped{false};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 6; ++t) {
    threads.emplace_back([&, t, resolver = service->resolver()] {
      std::mt19937 random(t);
      for (int i = 0; i < 150 && !stopped; ++i) oneMessage(resolver, random, wrong);
      // One that is caught by the stop.
      dns::Lookups last(resolver, {});
      last.setNow(now());
      last.find(txt("last" + std::to_string(t) + ".d0.example"));
      while (last.missing() > 0) last.wait(now() + 20s);
    });
  }
  std::thread reader([&] {
    while (!stopped) {
      const auto counters = service->counters();
      if (counters.table.bytes > (1U << 20U)) ++wrong;
      std::this_thread::sleep_for(5ms);
    }
  });
  std::this_thread::sleep_for(1500ms);
  stopped = true;
  reader.join();
  service->stop();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  const auto counters = service->counters();
  EXPECT_EQ(counters.table.pending, 0U);
  EXPECT_GT(counters.table.coalesced, 0U);
  EXPECT_GT(counters.table.hits, 0U);
}

}  // namespace
}  // namespace alignd::test
