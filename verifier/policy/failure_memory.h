// What cannot be asked of DNS for hours: a deferral is a promise that trying again helps, and after some days the sender
// bounces (DESIGN.md decision 2).
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dns/data/answer.h"
#include "dns/data/time.h"
#include "verifier/verdict.h"

namespace alignd::policy {

/// The questions of a message, as its outcome hangs on them.
struct DnsOutcome {
  std::vector<dns::Question> failed;    // and with them the check of the author domain
  std::vector<dns::Question> answered;  // of any kind
};

using Used = std::vector<std::pair<dns::Question, dns::AnswerPtr>>;

/// `used` by everything but SPF, `bySpf` by the check of MAIL FROM. Nothing has failed unless the message is open on
/// account of it; questions that were never sent (overload) say nothing; the names of others that a sender may put into
/// a message, of keys that would not be aligned, say nothing either.
DnsOutcome outcomeOf(const Verdict& verdict, const Used& used, const Used& bySpf);

/// Keyed by the question that failed: a message that fails on another, or on none, is no news of it. Thread safe; one for
/// a process. Bounded, fairly: when it is full, somebody of the parent domain that holds most is forgotten, whose mail is
/// then deferred for another while.
class FailureMemory {
 public:
  explicit FailureMemory(std::size_t maximum = 4096) : maximum_(maximum) {}

  /// Notes what a message met. True when some question that it failed on has been failing for `patience`, without an
  /// answer in between: accept the message as temperror. What nobody asked for as long is forgotten.
  bool persists(const DnsOutcome& outcome, Duration patience, Time now);
  /// Any thread, without a lock: nothing is remembered.
  bool empty() const { return size() == 0; }
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Failing {
    Time since{};
    Time last{};
  };
  using Group = std::unordered_map<dns::Question, Failing>;
  bool note(const dns::Question& question, Duration patience, Time now);
  void forget(const dns::Question& question);
  void expire(Duration patience, Time now);
  void makeRoom();

  const std::size_t maximum_;
  std::mutex mutex_;
  std::unordered_map<std::string, Group> groups_;  // by parent domain
  std::atomic<std::size_t> size_{0};               // of all groups
  Time expired_{};                                 // when that was last looked after
};

}  // namespace alignd::policy
