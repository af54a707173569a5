// Which author domains cannot be checked for hours: a deferral is a promise that trying again helps, and
// after some days the sender bounces (DESIGN.md decision 2).
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "dns/data/time.h"
#include "verifier/verdict.h"

namespace alignd::policy {

/// Thread safe; one for a process. Bounded: beyond `maximum` domains an arbitrary one is forgotten, whose
/// mail is then deferred for another while.
class FailureMemory {
 public:
  explicit FailureMemory(Duration patience = std::chrono::hours(4), std::size_t maximum = 4096)
      : patience_(patience), maximum_(maximum) {}

  /// Notes how the check of this message ended. True when it failed and has been failing for `patience`,
  /// without a success in between: accept it as temperror.
  bool persists(const Verdict& verdict, Time now);
  std::size_t size() const;

 private:
  struct Failing {
    Time since{};
    Time last{};
  };
  const Duration patience_;
  const std::size_t maximum_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Failing> domains_;  // author domains
};

}  // namespace alignd::policy
