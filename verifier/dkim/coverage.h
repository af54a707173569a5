// What a signature that verifies does not cover, and whom it was addressed to (RFC 6376 sections 8.6, 8.15).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "verifier/dkim/header_hash.h"
#include "verifier/dkim/result.h"
#include "verifier/message/header_block.h"

namespace alignd::dkim {

/// Those fields that a reader believes to stand once (RFC 5322 section 3.6, RFC 2045 section 3)
/// and that stand in the header more often than h= (`names`, lower case) mentions them.
std::vector<UncoveredField> uncoveredFields(const HeaderHasher& header, std::span<const std::string> names);

/// How many fields h= has to cover, from the bottom up, for an envelope recipient to stand in one of them.
struct RecipientReach {
  std::size_t to = 0;  // 0: no To field names one
  std::size_t cc = 0;
};
/// Looks for `recipients` as whole addresses, whatever the case, in To and Cc: once a message, for all its signatures.
/// Looks at a bounded part of all of it, for a list of thousands says nothing about replay; charges that to `header`.
/// Recipients with a quoted local part are not looked for.
RecipientReach findRecipients(const message::HeaderBlock& block, HeaderHasher& header,
                              std::span<const std::string> recipients);
/// True when h= (`names`) covers one of those fields.
bool recipientStandsSigned(const RecipientReach& reach, std::span<const std::string> names);

}  // namespace alignd::dkim
