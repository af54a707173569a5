#include "milter/fault_guard.h"

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace alignd::milter {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool kUnderTsan = true;
#else
constexpr bool kUnderTsan = false;
#endif
constexpr const char* kNoJumps = "ThreadSanitizer does not bear a jump out of a signal's handler";

// A page that nobody may read.
class NoPage {
 public:
  NoPage() : page_(::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  NoPage(const NoPage&) = delete;
  NoPage& operator=(const NoPage&) = delete;
  ~NoPage() { ::munmap(page_, 4096); }
  void* get() const { return page_; }

 private:
  void* page_;
};

void touch(void* data) {
  (void)*static_cast<volatile char*>(data);
}

TEST(FaultGuard, EndsAReadAndNothingElse) {
  if (kUnderTsan) GTEST_SKIP() << kNoJumps;
  installFaultGuard();
  const NoPage page;
  char there = 'x';
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(readsSafely(touch, &there));
    EXPECT_FALSE(readsSafely(touch, page.get())) << "again and again: the signal is not left blocked";
  }
}

TEST(FaultGuard, IsEachThreadsOwn) {
  if (kUnderTsan) GTEST_SKIP() << kNoJumps;
  installFaultGuard();
  const NoPage page;
  std::vector<std::thread> threads;
  std::atomic<int> ended{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) ended += readsSafely(touch, page.get()) ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ended, 400);
}

TEST(FaultGuardDeathTest, AnyOtherFaultEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const NoPage page;
  EXPECT_DEATH(
      {
        installFaultGuard();
        (void)readsSafely(touch, page.get());
        touch(page.get());
      },
      "");
  EXPECT_DEATH(
      {
        installFaultGuard();
        (void)std::raise(SIGSEGV);
      },
      "");
}

}  // namespace
}  // namespace alignd::milter
