// Any octets as a file of the spool: refused, or read; what was read makes a mail of printable ASCII whose lines SMTP takes.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "reporting/failure/arf.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace alignd::reporting;
  using alignd::test::check;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto read = readFailure(file);
  const auto* record = std::get_if<FailureRecord>(&read);
  if (record == nullptr) return 0;
  check(record->feedback.size() + record->header.size() + record->body.size() < size,
        "no more than there was");
  check(record->ruf.size() <= 20 && !record->policyDomain.empty(), "bounded");
  check(similarity(*record).size() == 32, "a digest");
  const std::string mail =
      composeFailure({"a@b.example", "B", "c@d.example", "b.example", "failure-1", 2, 0}, *record);
  check(std::all_of(mail.begin(), mail.end(),
                    [](char c) { return (c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n'; }),
        "US-ASCII");
  return 0;
}
