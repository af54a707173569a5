// The two clocks. Both are always parameters: nothing in verifier/ reads one.
#pragma once

#include <chrono>

namespace alignd {

/// Deadlines, cache expiry, durations: monotonic.
using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// What signatures carry (t=, x=) and logs print: seconds since 1970.
using UnixTime = std::chrono::sys_seconds;

}  // namespace alignd
