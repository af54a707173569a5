// Base64 as DKIM has it (RFC 6376 section 2.10).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alignd::dkim {

/// The octets, or nothing when `text` is no base64. `text` holds no white space any more (removeFws). Empty
/// gives empty. Padding may be missing, as in the grammar of RFC 6376; where it stands it must complete the
/// last group.
std::optional<std::string> decodeBase64(std::string_view text);

/// With padding, without line ends.
std::string encodeBase64(std::string_view octets);

}  // namespace alignd::dkim
