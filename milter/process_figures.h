// What the kernel knows of this process, under the names that Prometheus' own libraries give it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace alignd::milter {

struct ProcessFigures {
  double cpuSeconds = 0;
  std::uint64_t openFiles = 0;
  std::uint64_t maxFiles = 0;
  std::uint64_t residentBytes = 0;
  std::uint64_t virtualBytes = 0;
};

/// Of now. What cannot be read is 0.
ProcessFigures processFigures();

/// `process_cpu_seconds_total` and the others. `started`: when the process was.
void appendProcess(std::string& out, const ProcessFigures& figures,
                   std::chrono::system_clock::time_point started);

}  // namespace alignd::milter
