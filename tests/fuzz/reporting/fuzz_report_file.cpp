// Any octets as a file with reports: refused with a reason, or read; what was read and written again reads alike.
#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string_view>

#include "reporting/read/explain.h"
#include "reporting/read/unpack.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::reporting;
  using alignd::test::check;
  const auto found = unpack({reinterpret_cast<const char*>(data), size});
  check(!found.empty(), "there is an answer");
  for (const Unpacked& one : found) {
    check(one.problem.empty() || one.xml.empty(), "a file is refused or read");
    if (!one.problem.empty()) continue;
    const auto parsed = fromXml(one.xml);
    const auto* received = std::get_if<Received>(&parsed);
    if (received == nullptr) continue;
    std::ostringstream out;
    print(out, *received);
    const std::string text = out.str();
    check(std::all_of(text.begin(), text.end(), [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\n'; }),
          "what is printed is fit for a terminal");
    const auto again = fromXml(toXml(received->report));
    const auto* second = std::get_if<Received>(&again);
    check(second != nullptr && second->report.rows.size() == received->report.rows.size(),
          "what was read can be written");
  }
  return 0;
}
