#include "milter/process_figures.h"

#include <fstream>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

#include "conf/folder.h"
#include "milter/exposition.h"

namespace alignd::milter {

namespace {

double secondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessFigures processFigures() {
  ProcessFigures out;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    out.cpuSeconds = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) out.maxFiles = files.rlim_cur;
  std::error_code error;
  out.openFiles = conf::namesIn("/proc/self/fd", error).size();
  if (out.openFiles > 0) --out.openFiles;    // that of the listing itself
  std::ifstream memory("/proc/self/statm");  // pages
  if (memory >> out.virtualBytes >> out.residentBytes) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    out.virtualBytes *= page;
    out.residentBytes *= page;
  }
  return out;
}

void appendProcess(std::string& out, const ProcessFigures& figures,
                   std::chrono::system_clock::time_point started) {
  Family(out, "process_cpu_seconds_total", "counter", "User and system CPU time, in seconds.")
      .value(figures.cpuSeconds);
  gauge(out, "process_open_fds", "Open file descriptors.", figures.openFiles);
  gauge(out, "process_max_fds", "How many may be open.", figures.maxFiles);
  gauge(out, "process_resident_memory_bytes", "Resident memory, in octets.", figures.residentBytes);
  gauge(out, "process_virtual_memory_bytes", "Virtual memory, in octets.", figures.virtualBytes);
  Family(out, "process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.")
      .value(std::chrono::duration<double>(started.time_since_epoch()).count());
}

}  // namespace alignd::milter
