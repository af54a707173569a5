// What is counted, and its Prometheus text.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "dns/engine/service.h"
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
  static constexpr std::array<double, 10> kBounds{0.001, 0.005, 0.01, 0.05, 0.1,
                                                  0.25,  0.5,   1,    5,    20};  // seconds
  void observe(Duration time);
  void append(std::string& out, std::string_view name, std::string_view help) const;

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter microseconds_;
};

/// Any thread.
class Metrics {
 public:
  /// The rules in force: each is counted by its name from now on, those of settings before stay. At the start and
  /// after a reload.
  void know(const std::vector<policy::Rule>& rules);
  void count(const Verdict& verdict, const policy::Decision& decision, std::size_t removedFields,
             Duration waited);

  /// The text exposition format, version 0.0.4.
  std::string text(const dns::Counters& dns, std::size_t connections, std::size_t inFlight) const;

  Counter stampFailures;     // the MTA would not take our fields
  Counter aborted;           // messages that ended before their end
  Counter exceptions;        // caught at the libmilter boundary
  Counter verdictLogErrors;  // lines that could not be written
  Counter allTrusted;        // warnings of TrustWatch
  Counter onePrivateClient;  // likewise
  Counter reloads;
  Counter failedReloads;

 private:
  void appendRules(std::string& out) const;

  void appendMessages(std::string& out) const;

  std::array<Counter, 6> exempt_;          // by Exemption
  std::array<Counter, cause::kWhys> why_;  // by cause::Why
  std::array<Counter, 7> spf_;             // by spf::Status
  std::array<Counter, 6> dkim_;            // by dkim::Status
  std::array<Counter, 3> arc_;             // by arc::Status
  std::array<Counter, 5> dmarc_;           // by dmarc::Status
  std::array<Counter, 5> taken_;           // by policy::Action
  std::array<Counter, 5> wouldBe_;         // by policy::Action
  Counter ambiguousAuthors_;
  std::array<Counter, 5> takenOver_;  // by method: iprev, spf, dkim, arc, dmarc
  Counter removedFields_;
  Counter deadlinesMissed_;
  Counter workRefused_;
  Counter headersTruncated_;
  Counter signaturesNotEvaluated_;
  Counter staleKeys_;
  Histogram waits_;

  mutable std::mutex rulesMutex_;
  std::map<std::string, std::uint64_t> rules_;  // messages each has decided; only names of the settings
};

}  // namespace alignd::milter
