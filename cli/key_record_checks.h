// What can be said of the TXT records at the name of a key. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/checklist.h"

namespace alignd::cli {

/// Adds the checks record, strings, syntax, revoked, cut, type, size, hash, service and testing. `texts` is not
/// empty; `name` is where they stand.
void checkKeyRecords(const std::vector<std::string>& texts, std::string_view name, Checklist& list);

}  // namespace alignd::cli
