#include "dns/table/progress.h"

#include <atomic>
#include <future>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

namespace alignd::dns {
namespace {

class Counting final : public Runnable {
 public:
  void progress(Time) noexcept override {
    if (++runs == 2) twice.set_value();
  }
  std::atomic<int> runs{0};
  std::promise<void> twice;
};

TEST(ProgressThreads, RunWhatIsPostedAndSkipWhatIsGone) {
  ProgressThreads threads;
  auto counting = std::make_shared<Counting>();
  threads.queue()->post(std::make_shared<Counting>());  // gone before it can run
  threads.queue()->post(counting);
  threads.queue()->post(counting);
  counting->twice.get_future().wait();
  threads.stop();
  threads.queue()->post(counting);
  EXPECT_EQ(counting->runs, 2);
}

// Writes its letter when it runs, and rings for itself while it has turns left.
class Ringing final : public Runnable, public std::enable_shared_from_this<Ringing> {
 public:
  Ringing(char letter, int turns, std::string& log, std::shared_ptr<ProgressQueue> queue)
      : letter_(letter), turns_(turns), log_(log), queue_(std::move(queue)) {}
  void start() {
    bell_ = std::make_unique<Bell>(weak_from_this(), queue_);
    bell_->wake();
  }
  void progress(Time) noexcept override {
    bell_->heard();
    log_ += letter_;
    if (--turns_ > 0) {
      for (int i = 0; i < 5; ++i) bell_->wake();  // five rings are one turn
    } else {
      done_.set_value();
    }
    bell_->ran();
  }
  void wait() { done_.get_future().wait(); }

 private:
  char letter_;
  int turns_;
  std::string& log_;
  std::shared_ptr<ProgressQueue> queue_;
  std::unique_ptr<Bell> bell_;
  std::promise<void> done_;
};

// Holds the one thread until it is let go.
class Gate final : public Runnable {
 public:
  void progress(Time) noexcept override {
    entered.set_value();
    open.get_future().wait();
  }
  std::promise<void> entered;
  std::promise<void> open;
};

// One that always has more to do delays another by one turn, not by all of its own (issue 12, 6).
TEST(ProgressThreads, TakeTurns) {
  ProgressThreads one(1);
  std::string log;
  auto gate = std::make_shared<Gate>();
  one.queue()->post(gate);
  gate->entered.get_future().wait();
  auto greedy = std::make_shared<Ringing>('G', 5, log, one.queue());
  auto second = std::make_shared<Ringing>('g', 5, log, one.queue());
  auto modest = std::make_shared<Ringing>('m', 1, log, one.queue());
  greedy->start();
  second->start();
  modest->start();
  gate->open.set_value();
  greedy->wait();
  second->wait();
  modest->wait();
  one.stop();
  EXPECT_EQ(log, "GgmGgGgGgGg");
}

// Rung while it runs: it runs again, on the same thread or another, but never on two, so that it holds no second one up.
class Alone final : public Runnable {
 public:
  void progress(Time) noexcept override {
    bell->heard();
    if (inside.fetch_add(1) != 0) ++together;
    bell->wake();
    std::this_thread::yield();
    const int now = ++runs;
    inside.fetch_sub(1);
    if (now == kRuns) {
      done.set_value();
    } else if (now < kRuns) {
      bell->ran();
    }
  }
  static constexpr int kRuns = 2000;
  std::unique_ptr<Bell> bell;
  std::atomic<int> inside{0};
  std::atomic<int> together{0};
  std::atomic<int> runs{0};
  std::promise<void> done;
};

TEST(ProgressThreads, OneRunnableIsOnOneThread) {
  ProgressThreads threads(4);
  auto alone = std::make_shared<Alone>();
  alone->bell = std::make_unique<Bell>(alone, threads.queue());
  auto done = alone->done.get_future();
  alone->bell->wake();
  for (int i = 0; i < 2000; ++i) alone->bell->wake();
  done.wait();
  threads.stop();
  EXPECT_EQ(alone->together, 0);
  EXPECT_EQ(alone->runs, Alone::kRuns);
}

// The others stay free: a runnable that takes long does not stop them.
TEST(ProgressThreads, AreAtLeastTwo) {
  ProgressThreads threads;
  auto gate = std::make_shared<Gate>();
  threads.queue()->post(gate);
  gate->entered.get_future().wait();
  auto counting = std::make_shared<Counting>();
  threads.queue()->post(counting);
  threads.queue()->post(counting);
  counting->twice.get_future().wait();
  gate->open.set_value();
}

}  // namespace
}  // namespace alignd::dns
