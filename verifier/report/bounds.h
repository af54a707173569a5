// How long a verdict line may become, whatever a sender wrote.
#pragma once

#include <cstddef>

namespace alignd::report {

/// No line is longer, in octets without its newline: what reads logs cuts or drops longer ones.
inline constexpr std::size_t kMaxLine = std::size_t{16} << 10U;

/// Of the line being written.
struct Bounds {
  /// One text, escaped. A longer one is cut, and ends in "[+N]": N octets are missing.
  std::size_t text = 512;
  /// All elements of all lists together. Those that find no room are left out, and counted.
  std::size_t items = 12 << 10U;
  std::size_t leftOut = 0;
};

}  // namespace alignd::report
