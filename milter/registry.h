// All connections of the process, so that a stop can reach those that wait.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <unordered_set>

namespace alignd {
class Verification;
}

namespace alignd::milter {

/// Any thread.
class Registry {
 public:
  void add(Verification& verification);
  void remove(Verification& verification);

  // Messages between MAIL FROM and their end.
  void messageBegins() { inFlight_.fetch_add(1, std::memory_order_acq_rel); }
  void messageEnds() { inFlight_.fetch_sub(1, std::memory_order_acq_rel); }
  std::size_t inFlight() const { return inFlight_.load(std::memory_order_acquire); }
  std::size_t connections() const;

  /// From now on nothing waits: every message ends as at its deadline.
  void stop();
  bool stopping() const { return stopping_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;  // held while interrupting: a Verification is not destroyed meanwhile
  std::unordered_set<Verification*> verifications_;
  std::atomic<std::size_t> inFlight_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace alignd::milter
