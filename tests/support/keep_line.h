// Verdict lines of a test run, kept for the test `lines.schema`, which holds all of them against conf/verdict.schema.json.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace alignd::test {

/// Appends `line` (without its newline) to a file of this process below $ALIGND_LINES; does nothing when that is not set.
inline void keepLine(std::string_view line) {
  static std::ofstream file = [] {
    const char* folder = std::getenv("ALIGND_LINES");
    if (folder == nullptr) return std::ofstream();
    return std::ofstream(std::string(folder) + "/" + program_invocation_short_name + "-" +
                         std::to_string(::getpid()) + ".jsonl");
  }();
  if (file.is_open()) file << line << '\n' << std::flush;
}

}  // namespace alignd::test
