// Waiting for one answer, for commands that have nothing else to do.
#pragma once

#include <chrono>

#include "dns/table/lookups.h"

namespace alignd::cli {

/// The engine's own deadline comes first; this one is for an engine that does not answer at all.
inline constexpr std::chrono::minutes kPatience{10};

// The answer stays with `lookups`: g++ 14 sees a temporary question go, and warns of what nothing hangs on.
#if __has_cpp_attribute(gnu::no_dangling)
#  define ALIGND_NO_DANGLING [[gnu::no_dangling]]
#else
#  define ALIGND_NO_DANGLING
#endif

/// The answer to one question; waits for it. Never null: the resolver has a deadline of its own, and
/// `patience` beyond it ends as a timeout.
ALIGND_NO_DANGLING inline const dns::Answer& ask(dns::Lookups& lookups, const dns::Question& question,
                                                 std::chrono::milliseconds patience) {
  const Time deadline = std::chrono::steady_clock::now() + patience;
  lookups.setNow(std::chrono::steady_clock::now());
  while (true) {
    if (const dns::Answer* answer = lookups.find(question)) return *answer;
    if (std::chrono::steady_clock::now() >= deadline) lookups.close();
    lookups.wait(deadline);
  }
}

}  // namespace alignd::cli
