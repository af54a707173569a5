// The rules of verifier/message/from_parser.h once more, written to be read and not to be fast: what the real parser is
// held against.
#pragma once

#include <optional>
#include <string>

namespace alignd::test {

/// The author domain as it is looked up, or nothing when the author is ambiguous or unreadable. Meant for fields of at
/// most 100 "@" and 100 "(".
std::optional<std::string> referenceFrom(const std::string& value);

}  // namespace alignd::test
