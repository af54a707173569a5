// Any octets as a field value from an MTA: the bytes that were signed, and back, beside a twin that goes octet by octet.
#include <cstdint>
#include <string>
#include <string_view>

#include "milter/field_bytes.h"
#include "tests/fuzz/check.h"

namespace {

using namespace alignd::milter;
using alignd::test::check;

std::string rebuilt(std::string_view value, bool leadingSpace) {
  std::string out = "left over";
  rebuildValue(value, leadingSpace, out);
  return out;
}

// A CR goes before every LF that a blank follows and no CR precedes.
std::string naive(const std::string& value, bool leadingSpace) {
  std::string out = leadingSpace ? "" : " ";
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char before = i == 0 ? '\0' : value[i - 1];
    const char after = i + 1 == value.size() ? '\0' : value[i + 1];
    if (value[i] == '\n' && before != '\r' && (after == ' ' || after == '\t')) out += '\r';
    out += value[i];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  for (const bool leadingSpace : {true, false}) {
    const std::string exact = rebuilt(value, leadingSpace);
    check(exact == naive(value, leadingSpace), "as the twin has it");
    check(rebuilt(exact, true) == exact, "rebuilt bytes stay");
    check(forMta(exact, false) == forMta(leadingSpace ? value : " " + value, false),
          "the MTA gets its own back");
    check(forMta(value, true) == " " + forMta(value, false), "with the blank that it asks for");
  }
  return 0;
}
