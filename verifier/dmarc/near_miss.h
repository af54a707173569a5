// TXT records at a `_dmarc` name that are no DMARC records, though somebody meant them to be: what is wrong with them?
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alignd::dmarc {

/// Both are sentence fragments without foreign octets; `problem` has no "=" and ";" either, which Authentication-Results
/// would not keep.
struct NearMiss {
  std::string problem;  // "a blank instead of a semicolon stands behind the version"
  std::string remedy;   // what its owner should publish
};

/// `text` is a TXT record, its character-strings joined, that parseRecord() refuses. Nothing when it has no likeness to a
/// DMARC record. Looks at its first octets only.
std::optional<NearMiss> nearMiss(std::string_view text);

}  // namespace alignd::dmarc
