// Where a field may end for some reader before it ends for RFC 5322.
#pragma once

#include <cstddef>
#include <string_view>

namespace alignd::message {

/// The first octet that ends a field body for some readers: NUL for those written in C, a bare CR or LF, VT, FF or one
/// of the separators of Python's splitlines() for those that take it as a line end (the next line may then be another
/// field). RFC 5322 section 2.2.3 knows CRLF + WSP alone as a fold. npos: there is none.
std::size_t findFieldEnd(std::string_view value, std::size_t from = 0);

}  // namespace alignd::message
