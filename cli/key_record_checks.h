// What can be said of the TXT records at the name of a key. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/checklist.h"

namespace alignd::cli {

/// Adds the checks record, strings, syntax, revoked, cut, type, size, hash, service and testing. `texts` is not
/// empty; `name` is where they stand.
void checkKeyRecords(const std::vector<std::string>& texts, std::string_view name, Checklist& list);

/// How many octets are missing at the end of a DER key whose own length says more than is there; nothing when it is
/// whole, or no DER. `base64` may be cut anywhere.
std::optional<std::size_t> missingOctets(std::string_view base64);

}  // namespace alignd::cli
