// Where a field may end for some reader before it ends for RFC 5322.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace alignd::message {

/// The first octet that ends a field body for some readers: NUL for those written in C, a bare CR or LF, VT, FF or one
/// of the separators of Python's splitlines() for those that take it as a line end (the next line may then be another
/// field). RFC 5322 section 2.2.3 knows CRLF + WSP alone as a fold. npos: there is none.
std::size_t findFieldEnd(std::string_view value, std::size_t from = 0);

/// Calls `found(name, value)` for every line behind such an end that begins like a field, name and colon, until it says
/// true; then the result is true. To a reader who ends lines there it is one.
template <class Found>
bool anyHiddenField(std::string_view value, Found&& found) {
  for (std::size_t end = findFieldEnd(value); end != std::string_view::npos;) {
    const std::size_t begin = end + 1;
    end = findFieldEnd(value, begin);
    const std::string_view line = value.substr(begin, std::min(end, value.size()) - begin);
    const std::size_t colon = line.find(':');
    if (colon != 0 && colon != std::string_view::npos && line.front() != ' ' && line.front() != '\t' &&
        found(line.substr(0, colon), line.substr(colon + 1))) {
      return true;
    }
  }
  return false;
}

}  // namespace alignd::message
