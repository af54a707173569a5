// What can be set about the answer table. The conf room maps it to `[dns]` in alignd.toml.
#pragma once

#include <chrono>
#include <cstddef>

namespace alignd::dns {

struct TableOptions {
  /// Octets of answers and of what is derived from them. 0: nothing is kept, not even failures.
  std::size_t bytes = 64U << 20U;
  /// No answer is kept longer than this, whatever its TTL.
  std::chrono::seconds ttlCeiling{86400};
  /// RFC 2308 section 5 asks for a limit on negative answers and suggests one to three hours.
  std::chrono::seconds negativeCeiling{10800};
  /// Timeouts, server failures, refusals, unreadable answers: so that a dead server is not hammered (RFC
  /// 9520).
  std::chrono::seconds failureMemory{5};
  /// RFC 8767: a failure carries the records of before (Answer::lastGood), for keys to be read from.
  bool serveStale = false;
  /// How long after its expiry an answer may still be used (RFC 8767 section 5: one to three days).
  std::chrono::seconds staleLimit{86400};
};

}  // namespace alignd::dns
