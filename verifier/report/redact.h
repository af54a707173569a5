// Header fields as strangers may see them: RFC 6590, RFC 9991 section 7.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/message/header_block.h"

namespace alignd::report {

/// What stands for `text` everywhere where `key` is the same, and tells nobody what it was (RFC 6590 section 3).
std::string pseudonym(std::string_view text, std::string_view key);

/// `text` with a pseudonym for what stands before each `@`, quoted or not. Linear.
std::string withoutLocalParts(std::string_view text, std::string_view key);

struct RedactOptions {
  bool redact = true;               // false: fields as they came
  std::vector<std::string> fields;  // shown as they came all the same
  std::size_t most = 64 << 10U;     // octets in all: fields beyond are left out
};

/// The fields in their order, each ended by CRLF, in printable US-ASCII and lines of at most 998 octets: what is neither
/// stands as "?".
///
/// Redacted, fields of transport and authentication keep all but local parts, the copy of other fields that z= of a
/// signature holds, whom Received names or says has authenticated, and smtp.auth of results; fields with addresses keep
/// the addresses' domains, without names; Content-Type keeps the type; of all others the name alone is told.
std::string shownHeader(const message::HeaderBlock& header, const RedactOptions& options,
                        std::string_view key);

/// Printable US-ASCII, TAB and line ends of CRLF; lines are cut where they are too long.
std::string plainLines(std::string_view text);

}  // namespace alignd::report
