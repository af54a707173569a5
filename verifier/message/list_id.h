// Which mailing list a message says it is of.
#pragma once

#include <string>

#include "verifier/message/header_block.h"

namespace alignd::message {

/// RFC 2919 section 2: the identifier between angle brackets, in lower case; "" without exactly one List-Id field that
/// has one of at most 255 octets. Anybody can write it.
std::string listId(const HeaderBlock& header);

}  // namespace alignd::message
