// libmilter ends connections that have been silent for [milter] idle_time, and reckons by time(): a clock that is set
// forward by more than that would end all of them, in the middle of their conversations. So what it finds in place of the
// C library's goes on evenly from the first call. Whoever wants the date asks std::chrono::system_clock.
#include <ctime>

namespace {

std::time_t secondsOf(clockid_t clock) {
  timespec now{};
  return ::clock_gettime(clock, &now) == 0 ? now.tv_sec : 0;
}

}  // namespace

/// Seconds since 1970 as the clock had it at the first call, and what has passed since.
extern "C" std::time_t time(std::time_t* out) {
  static const std::time_t zero = secondsOf(CLOCK_REALTIME) - secondsOf(CLOCK_MONOTONIC);
  const std::time_t now = zero + secondsOf(CLOCK_MONOTONIC);
  if (out != nullptr) *out = now;
  return now;
}
