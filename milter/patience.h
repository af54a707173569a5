// How long mail waits for a log whose reader does not read.
#pragma once

#include <atomic>
#include <chrono>

namespace alignd::milter {

/// Once in full, for a reader that is merely busy; then not at all, until something got through. Any thread.
class Patience {
 public:
  static constexpr std::chrono::milliseconds kFull{1000};

  bool lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  std::chrono::milliseconds left() const noexcept { return lost() ? std::chrono::milliseconds(0) : kFull; }
  /// Whether the last attempt got through.
  void learn(bool through) noexcept {
    if (lost() == through) lost_.store(!through, std::memory_order_relaxed);
  }

 private:
  std::atomic<bool> lost_{false};
};

}  // namespace alignd::milter
