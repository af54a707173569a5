// The rules of verifier/message/from_parser.h once more, written to be read and not to be fast: what the real parser is
// held against.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace alignd::test {

/// The domains of the addresses, as written without CFWS ("" for a domain-literal), or nothing when the author is
/// ambiguous or unreadable. Meant for fields of at most 100 "@" and 100 "(".
std::optional<std::vector<std::string>> referenceFrom(const std::string& value);

}  // namespace alignd::test
