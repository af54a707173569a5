// Any octets as OpenDMARC's history: a message has a time, a queue id's line and an action, or it is none; each gives a
// row or a word that says why not.
#include <cstdint>
#include <string_view>

#include "reporting/aggregate/observe.h"
#include "reporting/log/opendmarc_history.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::reporting;
  using alignd::test::check;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  HistoryReader reader;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (reader.line(rest.substr(0, end))) {
      const LoggedMessage& message = reader.message();
      check(message.timeMs > 0 && !message.action.empty(), "a message has a time and an action");
      check(message.dkim.size() <= 100 && message.dmarc.rua.size() <= 20, "bounded");
      const Observation seen = observe(message, {});
      // Octets that are no UTF-8 are kept as words that say so.
      const std::string kept = encode(seen.row);
      const auto row = decodeRow(kept);
      check(seen.why != Unreported::No || (row && encode(*row) == kept), "a row that is kept can be read");
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return 0;
}
