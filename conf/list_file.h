// A list in a file of its own: networks, domains, recipients.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conf/document.h"

namespace alignd::conf {

inline constexpr std::size_t kMaxListEntries = 50'000;  // of one list; it is looked through from the front

struct ListEntry {
  std::string text;
  Position at;
};

/// One entry a line; `#` at the beginning of a line or behind a blank begins a comment, blank lines count for nothing.
/// Too many entries, one of more than 1,000 octets, and a NUL are errors. `file` is that of the positions.
std::variant<std::vector<ListEntry>, Remark> parseList(std::string_view text, unsigned file);

}  // namespace alignd::conf
