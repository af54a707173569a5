// What the system says of another process.
#pragma once

#include <string>

#include <sys/types.h>

namespace alignd::test {

/// Its user and system time so far.
double cpuSeconds(pid_t pid);

/// A number of /proc/PID/status, "VmHWM" (KiB), "Threads"; 0 when it is not there.
long statusNumber(pid_t pid, const std::string& name);

}  // namespace alignd::test
