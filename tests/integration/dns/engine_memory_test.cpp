// No memory on the DNS thread, at every place where it takes some: a question may fail of it, the process goes on, and
// nothing is left behind.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/integration/dns/asking.h"

namespace {

std::atomic<long> failingThread{0};
std::atomic<long> untilFailure{0};  // allocations of that thread that still succeed
std::atomic<long> failures{0};      // and how many fail then

long thisThread() {
  return syscall(SYS_gettid);
}

bool fails() {
  if (failures.load(std::memory_order_relaxed) == 0) return false;
  if (thisThread() != failingThread.load(std::memory_order_relaxed)) return false;
  if (untilFailure.fetch_sub(1) > 0) return false;
  return failures.fetch_sub(1) > 0;
}

}  // namespace

// Not inlined: g++ would see malloc() and delete, or new and free(), and not that they are of one piece.
// NOLINTBEGIN(misc-new-delete-overloads)
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (fails()) throw std::bad_alloc();
  void* out = std::malloc(size == 0 ? 1 : size);
  if (out == nullptr) throw std::bad_alloc();
  return out;
}
[[gnu::noinline]] void operator delete(void* what) noexcept {
  std::free(what);
}
[[gnu::noinline]] void operator delete(void* what, std::size_t) noexcept {
  std::free(what);
}
// NOLINTEND(misc-new-delete-overloads)

namespace alignd::test {
namespace {

using dns::Status;
using dns::Type;

std::set<long> threads() {
  std::set<long> out;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    out.insert(std::stol(task.path().filename().string()));
  }
  return out;
}

// A question that ends in any way; nothing when its message had to give up on it.
dns::AnswerPtr askPatiently(const std::shared_ptr<dns::Resolver>& resolver, const dns::Question& question) {
  dns::Lookups lookups(resolver, {});
  lookups.setNow(now());
  const Time deadline = now() + 3s;
  lookups.find(question);
  while (lookups.missing() > 0 && now() < deadline) lookups.wait(deadline);
  return lookups.used().front().second;
}

class EngineMemory : public testing::TestWithParam<std::string> {};

TEST_P(EngineMemory, AnyAllocationMayFail) {
  FaultDnsServer server;
  const std::string zone = ".a.example";
  server.edit([&](dns::Zone& z) {
    for (int i = 0; i < 600; ++i) {
      const std::string n = std::to_string(i) + zone;
      z.add(name("k" + n), Type::TXT, {300, dns::Txt("x")});
      z.add(name("o+d" + n), Type::TXT, {300, dns::Txt("x")});
      z.add(name("big" + n), Type::TXT, {300, dns::Txt(std::string(3000, 'x'))});
      z.add(name("alias" + n), Type::CNAME, {300, name("k" + n)});
    }
  });
  for (int i = 0; i < 600; ++i)
    server.behave("sick" + std::to_string(i) + zone, std::nullopt, {{.rcode = 2}});
  dns::Options options = optionsFor({&server}, 400ms);
  options.engine.retryAfter = 50ms;
  options.engine.channels = 1;
  const auto before = threads();
  dns::Service service(options);
  for (const long thread : threads()) {
    if (!before.contains(thread)) failingThread = thread;
  }
  ASSERT_NE(failingThread, 0);
  const auto ask = [&](int i) {
    return askPatiently(service.resolver(), txt(GetParam() + std::to_string(i) + zone));
  };
  int round = 0;
  std::size_t unanswered = 0;
  for (bool reached = true; reached && round < 500; ++round) {
    untilFailure = round;
    failures = 1;
    const auto answer = ask(round);
    reached = failures.exchange(0) <= 0;
    if (!answer) {
      ++unanswered;
    } else if (reached) {
      EXPECT_TRUE(answer->status == Status::Ok || answer->temporary()) << dns::statusName(answer->status);
    }
  }
  EXPECT_GT(round, 10) << "it does take memory";
  EXPECT_LT(round, 500);
  EXPECT_LE(unanswered, 2U) << "what cannot even be put into the message's mailbox";
  const auto after = ask(599);
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(dns::statusName(after->status),
            dns::statusName(GetParam() == "sick" ? Status::ServerFailure : Status::Ok))
      << after->detail;
  const auto counters = service.counters();
  EXPECT_EQ(counters.engine.inFlight, 0U);
  EXPECT_EQ(counters.engine.waiting, 0U);
  EXPECT_EQ(counters.engine.udpSockets + counters.engine.tcpSockets, 0U);
  EXPECT_EQ(counters.engine.udpWaiting + counters.engine.tcpWaiting, 0U);
  EXPECT_EQ(counters.table.pending, 0U);
}

INSTANTIATE_TEST_SUITE_P(Of, EngineMemory, testing::Values("k", "o+d", "big", "alias", "sick"),
                         [](const auto& kind) { return kind.param == "o+d" ? "odd" : kind.param; });

// A channel's socket stays open, and its number is beyond what the poller had room for: without memory it hears nothing.
TEST(EngineMemory, ASocketThatCannotBeWatchedIsReplaced) {
  FaultDnsServer server;
  server.edit([](dns::Zone& z) { z.add(name("k.example"), Type::TXT, {300, dns::Txt("x")}); });
  dns::Options options = optionsFor({&server}, 300ms);
  options.engine.retryAfter = 50ms;
  options.engine.channels = 1;
  options.table.bytes = 0;
  for (int round = 0; round < 40; ++round) {
    const auto before = threads();
    dns::Service service(options);
    for (const long thread : threads()) {
      if (!before.contains(thread)) failingThread = thread;
    }
    std::vector<int> open;
    for (int i = 0; i < 200; ++i) open.push_back(dup(STDERR_FILENO));
    untilFailure = round;
    failures = 1;
    (void)askPatiently(service.resolver(), txt("k.example"));
    failures = 0;
    const auto answer = askPatiently(service.resolver(), txt("k.example"));
    for (const int descriptor : open) close(descriptor);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->status, Status::Ok) << "allocation " << round << ": " << answer->detail;
  }
}

// And none at all for a while.
TEST(EngineMemory, NoneForAWhile) {
  FaultDnsServer server;
  server.edit([](dns::Zone& z) { z.add(name("k.example"), Type::TXT, {300, dns::Txt("x")}); });
  dns::Options options = optionsFor({&server}, 300ms);
  const auto before = threads();
  dns::Service service(options);
  for (const long thread : threads()) {
    if (!before.contains(thread)) failingThread = thread;
  }
  untilFailure = 0;
  failures = 1'000'000'000;
  for (int i = 0; i < 3; ++i) {
    dns::Lookups lookups(service.resolver(), {});
    lookups.setNow(now());
    lookups.find(txt("q" + std::to_string(i) + ".example"));
    lookups.wait(now() + 500ms);
  }
  failures = 0;
  EXPECT_GT(service.counters().engine.exceptions, 0U);
  const auto answer = askPatiently(service.resolver(), txt("k.example"));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->status, Status::Ok) << answer->detail;
  for (int i = 0; i < 400 && service.counters().table.pending > 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(service.counters().table.pending, 0U);
  EXPECT_EQ(service.counters().engine.inFlight, 0U);
}

}  // namespace
}  // namespace alignd::test
