// A few threads that run what became able to go on: work that depends on DNS answers and that no other thread
// is waiting for. The DNS thread only puts it on their queue (DESIGN.md, threads and ownership).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dns/data/time.h"
#include "dns/table/mailbox.h"

namespace alignd::dns {

/// Something that can go on. Posted once it runs once.
class Runnable {
 public:
  Runnable() = default;
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;
  virtual ~Runnable() = default;
  /// On a progress thread. `now` is the time it was called at. Must not block, and must end soon: others wait.
  virtual void progress(Time now) noexcept = 0;
};

/// The queue outlives its thread as long as somebody holds it, so that posting is safe at any time.
class ProgressQueue {
 public:
  /// Any thread, O(1), never blocks for long. After stop() a no-op. Gone runnables are skipped.
  void post(std::weak_ptr<Runnable> runnable) noexcept;

 private:
  friend class ProgressThreads;
  bool take(std::weak_ptr<Runnable>& out);
  void stop() noexcept;

  std::mutex mutex_;  // a leaf lock
  std::condition_variable changed_;
  std::deque<std::weak_ptr<Runnable>> waiting_;
  bool stopped_ = false;
};

/// What DNS rings for a runnable. However often it rings, the runnable waits in one place or runs on one thread, never
/// both: one that rings all the time takes its turn behind all others that wait, and a second thread stays free for them.
class Bell final : public Waker {
 public:
  Bell(std::weak_ptr<Runnable> runnable, std::shared_ptr<ProgressQueue> queue);
  void wake() noexcept override;

  /// The runnable, in progress(): before it looks for what has come, so that what comes from then on rings again.
  void heard() noexcept { state_.store(State::Running); }
  /// And when it has run: back to the queue when it has rung meanwhile.
  void ran() noexcept;

 private:
  enum class State : std::uint8_t { Idle, Waiting, Running, Again };
  std::atomic<State> state_{State::Idle};
  std::weak_ptr<Runnable> runnable_;
  std::shared_ptr<ProgressQueue> queue_;
};

/// The threads. First come, first served, whoever it is for.
class ProgressThreads {
 public:
  /// 0: as many as the machine has use for, at least 2, so that nothing waits for one runnable alone.
  explicit ProgressThreads(std::size_t count = 0);
  ProgressThreads(const ProgressThreads&) = delete;
  ProgressThreads& operator=(const ProgressThreads&) = delete;
  /// stop().
  ~ProgressThreads();

  const std::shared_ptr<ProgressQueue>& queue() const { return queue_; }
  /// Ends the threads after what they run now; the rest of the queue is dropped. Idempotent. Not from one of the
  /// threads.
  void stop() noexcept;

 private:
  void run() noexcept;

  std::shared_ptr<ProgressQueue> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace alignd::dns
