// What is counted, and its Prometheus text.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "dns/engine/service.h"
#include "milter/process_figures.h"
#include "verifier/cause/why.h"
#include "verifier/policy/decision.h"
#include "verifier/policy/options.h"
#include "verifier/verdict.h"

namespace alignd::milter {

/// One number that only grows. Any thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Times, sorted into buckets. Any thread.
class Histogram {
 public:
  /// Seconds. No bound is a timeout or a budget of [dns] ("5s", "20s"): what runs into one stands in a bucket of its own,
  /// whichever side of it the clock falls.
  static constexpr std::array<double, 14> kBounds{0.001, 0.0025, 0.006, 0.015, 0.04, 0.1, 0.25,
                                                  0.6,   1.6,    4,     7,     12,   18,  24};
  void observe(Duration time);
  void append(std::string& out, std::string_view name, std::string_view help) const;

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter microseconds_;
};

/// What is not counted, but so at the moment.
struct Standing {
  std::size_t connections = 0;
  std::size_t inFlight = 0;
  std::string_view version{};
  policy::Mode mode = policy::Mode::Stamp;
  ProcessFigures process{};
  std::chrono::system_clock::time_point started{};
};

/// Any thread.
class Metrics {
 public:
  /// The rules in force: each is counted by its name from now on, those of settings before stay. At the start and
  /// after a reload.
  void know(const std::vector<policy::Rule>& rules);
  void count(const Verdict& verdict, const policy::Decision& decision, std::size_t removedFields,
             Duration waited);

  /// Settings are in force from now on: those of the start, or of a reload.
  void settingsTaken(std::chrono::system_clock::time_point now, bool reload);
  /// A reload has failed.
  void settingsRefused();

  /// The text exposition format, version 0.0.4.
  std::string text(const dns::Counters& dns, const Standing& now) const;

  Counter stampFailures;     // the MTA would not take our fields
  Counter aborted;           // messages that ended before their end
  Counter exceptions;        // caught at the libmilter boundary
  Counter verdictLogErrors;  // lines that could not be written
  Counter allTrusted;        // warnings of TrustWatch
  Counter onePrivateClient;  // likewise
  /// Messages that a failure report was to be written about, by what became of it.
  enum : std::size_t { kFailureWritten, kFailureLimited, kFailureNoRoom, kFailureSpoolFull, kFailureError };
  std::array<Counter, 5> failureReports;

 private:
  static constexpr std::size_t kPolicies = 3;  // of dmarc::Policy
  void countPolicy(const dmarc::Result& dmarc);
  void appendRules(std::string& out) const;
  void appendMessages(std::string& out) const;
  void appendPolicies(std::string& out) const;
  void appendSettings(std::string& out, policy::Mode mode) const;

  std::array<Counter, 6> exempt_;                    // by Exemption
  std::array<Counter, cause::kWhys> why_;            // by cause::Why
  std::array<Counter, 7> spf_;                       // by spf::Status
  std::array<Counter, 6> dkim_;                      // by dkim::Status
  std::array<Counter, dkim::kReasons> dkimReasons_;  // by dkim::Reason
  std::array<Counter, 3> arc_;                       // by arc::Status
  std::array<Counter, 5> dmarc_;                     // by dmarc::Status
  std::array<Counter, 5> taken_;                     // by policy::Action
  std::array<Counter, 5> wouldBe_;                   // by policy::Action
  std::array<std::array<Counter, kPolicies>, kPolicies + 1>
      policies_;  // by published (last: none), by disposition
  Counter unsigned_;
  Counter ambiguousAuthors_;
  std::array<Counter, 5> takenOver_;  // by method: iprev, spf, dkim, arc, dmarc
  Counter removedFields_;
  Counter deadlinesMissed_;
  Counter workRefused_;
  Counter headersTruncated_;
  Counter signaturesNotEvaluated_;
  Counter staleKeys_;
  Histogram waits_;
  Counter reloads_;
  Counter failedReloads_;
  std::atomic<bool> refused_{false};
  std::atomic<std::int64_t> takenAt_{0};

  mutable std::mutex rulesMutex_;
  std::map<std::string, std::uint64_t> rules_;  // messages each has decided; only names of the settings
};

}  // namespace alignd::milter
