// One From field: its addresses, or why nobody can say whose they are. The grammar first; then, for what real
// mail does to the grammar, a second look that is sure of the author or finds it ambiguous (DESIGN.md
// decision 3).
#pragma once

#include <string_view>

#include "verifier/message/addresses.h"

namespace alignd::message {

inline constexpr std::size_t kMaxFromBytes = 65536;

/// `value` is the field body; folds are CRLF + WSP. Linear; never throws but for memory.
///
/// What does not parse is tolerated when it ends in exactly one angle-addr and no address of another domain
/// stands before it outside of quoted-strings and comments: `Doe, John <j@x>`, `[JIRA] X <j@x>`, `a@x.com
/// <a@x.com>`. Where quoting itself is doubtful (a quote or parenthesis without its partner, a backslash
/// outside quotes), quotes hide nothing. Encoded-words are looked through, also where they may end a quoted-string.
/// NUL (some readers stop there) and line ends that are no folds (some readers see another field there) are never
/// tolerated.
AddressList parseFrom(std::string_view value);

/// The domain as it is looked up and compared: A-labels, lower case. Empty when it is no host name: RFC 1123
/// section 2.1 letters, digits and hyphens, and underscores, which occur; not an address (a last label of
/// digits only).
std::string hostName(std::string_view domain);

}  // namespace alignd::message
