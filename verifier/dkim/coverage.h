// What a signature that verifies does not cover, and whom it was addressed to (RFC 6376 sections 8.6, 8.15).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "verifier/dkim/header_hash.h"
#include "verifier/message/header_block.h"

namespace alignd::dkim {

/// The names of those fields that a reader believes to stand once (RFC 5322 section 3.6, RFC 2045 section 3)
/// and that stand in the header more often than h= (`names`, lower case) mentions them.
std::vector<std::string> uncoveredFields(const HeaderHasher& header, std::span<const std::string> names);

/// True when one of `recipients` stands, as a whole address and whatever the case, in a To or Cc field that
/// h= covers. Looks at a bounded part of both: a list of thousands says nothing about replay.
bool recipientStandsSigned(const message::HeaderBlock& block, const HeaderHasher& header,
                           std::span<const std::string> names, std::span<const std::string> recipients);

}  // namespace alignd::dkim
