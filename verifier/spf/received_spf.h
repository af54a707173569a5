// The Received-SPF field (RFC 7208 section 9.1, with the grammar of erratum 5436).
#pragma once

#include <string>
#include <string_view>

#include "verifier/spf/evaluate.h"
#include "verifier/spf/result.h"

namespace alignd::spf {

inline constexpr std::string_view kReceivedSpfName = "Received-SPF";

/// The value of the field, to be put above every other Received-SPF field. `fold` begins each further line:
/// CRLF (or LF, as libmilter wants it) and a blank. Lines stay below 998 octets and, where a value is not
/// longer than that itself, below 78 (RFC 5322 section 2.1.1). Only printable US-ASCII: every foreign octet
/// outside it becomes "?", what a comment or a quoted string could end is escaped, and long values are cut.
std::string receivedSpf(const Request& request, const Result& result, std::string_view fold = "\r\n\t");

}  // namespace alignd::spf
