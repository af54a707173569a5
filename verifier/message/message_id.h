// Which name a message gives itself.
#pragma once

#include <string>

#include "verifier/message/header_block.h"

namespace alignd::message {

/// RFC 5322 section 3.6.4: what stands between the angle brackets of the first Message-ID field, or, without brackets, its
/// whole value; blanks around it are left out. At most 998 octets (a line of RFC 5322 section 2.1.1), the rest is cut; ""
/// without such a field. Anybody can write it.
std::string messageId(const HeaderBlock& header);

}  // namespace alignd::message
