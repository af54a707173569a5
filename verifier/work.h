// What one message made us do. Counted in one place, so that one bound can hold whatever its author wrote.
#pragma once

#include <cstdint>

namespace alignd {

/// Units depend on octets and records alone, never on the machine or its clock: tests and fuzz targets assert bounds on
/// them. Whoever does the work counts it before doing it; each thread counts in a Work of its own, and the results are
/// added up in Verdict::work.
struct Work {
  std::uint64_t canonicalizedOctets = 0;  // of header fields and body, each time they are gone through
  std::uint64_t hashedOctets = 0;         // given to a digest
  std::uint64_t rsaUnits = 0;             // of signature verification, as dkim/crypto.h weighs them
  std::uint64_t macroOctets = 0;          // read and written by the expansion of SPF macros
  std::uint64_t spfSteps = 0;             // SPF terms, addresses and names gone through, in all runs
  std::uint64_t reRuns = 0;               // of an evaluator, because an answer came

  constexpr Work& operator+=(const Work& other) {
    canonicalizedOctets += other.canonicalizedOctets;
    hashedOctets += other.hashedOctets;
    rsaUnits += other.rsaUnits;
    macroOctets += other.macroOctets;
    spfSteps += other.spfSteps;
    reRuns += other.reRuns;
    return *this;
  }
  /// All of it as one number. A unit is about a nanosecond of today's machines: an octet hashed.
  constexpr std::uint64_t units() const {
    constexpr std::uint64_t kStep = 100;
    constexpr std::uint64_t kReRun = 1000;
    return canonicalizedOctets + hashedOctets + rsaUnits + macroOctets + spfSteps * kStep + reRuns * kReRun;
  }
  friend constexpr bool operator==(const Work&, const Work&) = default;
};

/// The bound on what one thread does for one message, shared by all who do it there.
class WorkBudget {
 public:
  explicit WorkBudget(std::uint64_t maximum) : maximum_(maximum) {}

  /// The next message.
  void reset() noexcept {
    spent_ = {};
    refused_ = false;
  }
  /// Counts work that is about to be done. False, and nothing is counted, when it would be too much: then it is left
  /// undone, and the result says so.
  bool spend(const Work& work) {
    if (work.units() > maximum_ - spent_.units()) {
      refused_ = true;
      return false;
    }
    spent_ += work;
    return true;
  }
  const Work& spent() const { return spent_; }
  /// Something was left undone.
  bool refused() const { return refused_; }

 private:
  std::uint64_t maximum_;
  Work spent_;
  bool refused_ = false;
};

}  // namespace alignd
