#include "verifier/message/line_ends.h"

#include "dns/data/ascii.h"
#include "dns/data/octets.h"

namespace alignd::message {

namespace {

// NUL, LF, VT, FF, CR, and the information separators FS, GS, RS.
constexpr auto isFieldEnd = [](char c) {
  return c == 0 || (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e);
};

}  // namespace

std::size_t findFieldEnd(std::string_view value, std::size_t from) {
  const auto control = [](octets::Word word) { return octets::anyBelow(word, ' '); };
  for (std::size_t i = from;; i += 3) {
    i = octets::find(value, i, control, isFieldEnd);
    if (i >= value.size()) return std::string_view::npos;
    const bool fold =
        value[i] == '\r' && i + 2 < value.size() && value[i + 1] == '\n' && ascii::isWsp(value[i + 2]);
    if (!fold) return i;
  }
}

}  // namespace alignd::message
