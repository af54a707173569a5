// All that the DNS side and one message share. A leaf lock: nothing else is locked while it is held.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "dns/data/answer.h"
#include "dns/data/time.h"

namespace alignd::dns {

/// Told, on the DNS thread, that a mailbox has something its owner needs. Must not block and must not run the
/// owner's work: it may only put the owner on a queue of another thread.
class Waker {
 public:
  Waker() = default;
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  virtual ~Waker() = default;
  virtual void wake() noexcept = 0;
};

/// Held strongly by the Lookups that owns it and weakly by the answer table: a message that is gone is a
/// failed lock() there, and nothing more.
class Mailbox {
 public:
  explicit Mailbox(std::weak_ptr<Waker> waker = {}) : waker_(std::move(waker)) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() = default;

  /// DNS thread. Keeps the answer; wakes the owner only if it said that it needs this one, or any. After
  /// close() a no-op.
  void deliver(const AnswerPtr& answer) noexcept;
  /// Any thread: wakes the owner without an answer (an SPF run is done, the process is stopping).
  void poke() noexcept;

  /// Owner: this question's answer is to wake me. Returns false when it has been delivered already.
  bool need(const Question& question);
  /// Owner: from now on every answer is to wake me (a question waits until another one is done), or no
  /// longer.
  void needAny(bool any);
  /// Owner: takes what has arrived since the last call.
  std::vector<AnswerPtr> collect();
  /// Owner: sleeps until a needed answer or a poke has come since the last collect, until `deadline`, or
  /// until close. True when there is something to look at. Without need to sleep no system call is made.
  bool wait(Time deadline);
  /// Any thread: nothing is delivered from now on and waiters return. Idempotent.
  void close() noexcept;
  bool closed() const;

  /// How often wait() really slept: for the counters that assert "a warm message waits for nothing".
  std::size_t sleeps() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<AnswerPtr> arrived_;
  std::unordered_set<Question> needed_;
  std::weak_ptr<Waker> waker_;
  std::size_t sleeps_ = 0;
  bool any_ = false;
  bool ready_ = false;
  bool closed_ = false;
};

}  // namespace alignd::dns
