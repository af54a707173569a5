#include "verifier/message/line_ends.h"

#include "dns/data/ascii.h"

namespace alignd::message {

namespace {

// LF, VT, FF, CR, and the information separators FS, GS, RS.
bool isLineEnd(char c) {
  return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e);
}

}  // namespace

std::size_t findFieldEnd(std::string_view value, std::size_t from) {
  for (std::size_t i = from; i < value.size(); ++i) {
    const bool fold =
        value[i] == '\r' && i + 2 < value.size() && value[i + 1] == '\n' && ascii::isWsp(value[i + 2]);
    if (fold) {
      i += 2;
    } else if (value[i] == 0 || isLineEnd(value[i])) {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace alignd::message
