// Any octets as a line of the log: it is a message with a time and an action, or nothing of it is used. A line that
// was read once gives the same when its reader has seen others in between.
#include <cstdint>
#include <string>
#include <string_view>

#include "reporting/log/line_reader.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::reporting;
  using alignd::test::check;
  static LineReader reader;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  LoggedMessage first;
  LoggedMessage other;
  LoggedMessage second;
  const LineKind kind = reader.read(line, first);
  reader.read("{\"time\":\"2026-11-22T03:14:15.926Z\",\"action\":\"accept\"}", other);
  check(reader.read(line, second) == kind, "the same line is the same");
  if (kind != LineKind::Message) return 0;
  check(first.timeMs >= 0 && !first.action.empty(), "a message has a time and an action");
  check(first.timeMs == second.timeMs && first.from == second.from &&
            first.dkim.size() == second.dkim.size() && first.dmarc.policyDomain == second.dmarc.policyDomain,
        "and gives the same again");
  return 0;
}
