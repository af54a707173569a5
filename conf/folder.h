// What a folder holds. Not std::filesystem's iterator: where it says what went wrong in an error_code it throws nothing, and
// without memory for the next name it ends the process.
#pragma once

#include <string>
#include <system_error>
#include <vector>

namespace alignd::conf {

/// The names in `folder`, in no order, without "." and "..". When it cannot be read `error` says why, and there are none.
/// Throws std::bad_alloc.
std::vector<std::string> namesIn(const std::string& folder, std::error_code& error);

}  // namespace alignd::conf
