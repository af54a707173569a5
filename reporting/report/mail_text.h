// What the fields of report mail are written with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace alignd::reporting {

/// "Thu, 26 Nov 2026 11:00:00 +0000"
std::string mailDate(std::int64_t seconds);
/// `text` as it may stand in a field: as it is, or as encoded-words of RFC 2047.
std::string phrase(std::string_view text);
/// A field without its CRLF, in lines of 78 where it has blanks to fold at.
std::string foldedField(std::string_view field);

}  // namespace alignd::reporting
