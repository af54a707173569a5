// One thread that runs what became able to go on: work that depends on DNS answers and that no other thread
// is waiting for. The DNS thread only puts it on this thread's queue (DESIGN.md, threads and ownership).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "dns/time.h"

namespace alignd::dns {

/// Something that can go on. Posted once it runs once; posted while it runs it runs again.
class Runnable {
 public:
  Runnable() = default;
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;
  virtual ~Runnable() = default;
  /// On the progress thread. `now` is the time it was called at. Must not block.
  virtual void progress(Time now) noexcept = 0;
};

/// The queue outlives its thread as long as somebody holds it, so that posting is safe at any time.
class ProgressQueue {
 public:
  /// Any thread, O(1), never blocks for long. After stop() a no-op. Gone runnables are skipped.
  void post(std::weak_ptr<Runnable> runnable) noexcept;

 private:
  friend class ProgressThread;
  bool take(std::weak_ptr<Runnable>& out);
  void stop() noexcept;

  std::mutex mutex_;  // a leaf lock
  std::condition_variable changed_;
  std::deque<std::weak_ptr<Runnable>> waiting_;
  bool stopped_ = false;
};

class ProgressThread {
 public:
  ProgressThread();
  ProgressThread(const ProgressThread&) = delete;
  ProgressThread& operator=(const ProgressThread&) = delete;
  /// stop().
  ~ProgressThread();

  const std::shared_ptr<ProgressQueue>& queue() const { return queue_; }
  /// Ends the thread after what it runs now; the rest of the queue is dropped. Idempotent. Not from the
  /// thread itself.
  void stop() noexcept;

 private:
  void run() noexcept;

  std::shared_ptr<ProgressQueue> queue_;
  std::thread thread_;
};

}  // namespace alignd::dns
