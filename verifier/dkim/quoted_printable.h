// dkim-quoted-printable: what i= and z= are written in (RFC 6376 section 2.11).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alignd::dkim {

/// The octets that `text` stands for, folding white space left out; nothing when it is not in the grammar
/// (hex digits are upper case there). Octets over 127 are kept: RFC 8616 section 5 has them in i=.
std::optional<std::string> decodeQuotedPrintable(std::string_view text);

}  // namespace alignd::dkim
