// What a signature signs of the header, as octets: DKIM-Canonicalized-Header of RFC 6591 section 3.2.4.
#pragma once

#include <cstddef>
#include <string>

#include "verifier/message/header_block.h"

namespace alignd::dkim {

/// The octets that the header digest of the DKIM-Signature in `header[field]` is of (RFC 6376 section 3.7), at most
/// `most` of them. Empty when the field cannot be read, or when there are more: a part of them would help nobody.
std::string canonicalHeader(const message::HeaderBlock& header, std::size_t field, std::size_t most);

}  // namespace alignd::dkim
