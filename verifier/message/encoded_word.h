// What readers that decode before they parse see (RFC 2047): needed to find addresses hidden in
// encoded-words.
#pragma once

#include <string>
#include <string_view>

namespace alignd::message {

/// `text` with every encoded-word replaced by the octets it stands for, in its own charset; blanks between
/// two encoded-words vanish (RFC 2047 section 6.2). What is not well-formed stays as it is. Linear; the
/// result is not longer than `text`. For looking at octets of ASCII only: charsets are not converted, but for
/// UTF-16 and UTF-7, whose ASCII is seen (NUL octets are left out).
std::string decodeEncodedWords(std::string_view text);

}  // namespace alignd::message
