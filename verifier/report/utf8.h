// UTF-8 decoding for those who print what came from outside.
#pragma once

#include <cstddef>
#include <string_view>

namespace alignd::report {

struct Utf8Char {
  char32_t code = 0;
  std::size_t length = 0;  // octets; 0: what stands there is no UTF-8
};

/// The character at the start of `text`. Overlong forms, surrogates and codes over U+10FFFF are no UTF-8
/// (RFC 3629 section 3).
Utf8Char decodeUtf8(std::string_view text);

}  // namespace alignd::report
