// The verdict line: one message, one line, everything that explains the verdict.
//
// The keys are documented in alignd-verdicts(5); a key once published keeps its name and meaning. Members
// that have nothing to say are left out. Octets from outside are escaped: a line is always one line.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/time.h"
#include "verifier/policy/decision.h"
#include "verifier/report/local_parts.h"
#include "verifier/verdict.h"

namespace alignd::report {

/// Of the line's shape, its member `v`: goes up when a member changes its meaning or goes, not when one is added.
inline constexpr int kVersion = 1;

/// What the one who carries out the verdict knows and the verifier does not.
struct Context {
  std::chrono::system_clock::time_point time{};  // of the verdict
  std::string_view host;                         // the machine's name; may be empty
  std::string_view queueId;                      // may be empty
  std::chrono::microseconds dnsTime{0};          // spent waiting for DNS at end of message
  std::chrono::microseconds totalTime{0};        // from MAIL FROM to the verdict
  std::size_t removedFields = 0;                 // Authentication-Results that claimed our authserv-id
  bool persistentFailure = false;                // policy::Facts
  LocalPartFilter localParts{};                  // what is told of persons
  std::string_view note;                         // "milter protocol without leading space" and the like
};

enum class Format { Json, KeyValue };

/// Appends the line without its newline.
void appendLine(std::string& out, Format format, const Verdict& verdict, const policy::Decision& decision,
                const Context& context);

}  // namespace alignd::report
