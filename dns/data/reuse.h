// Buffers that are used again for the next message: what a large one left must not stay with every idle connection.
#pragma once

#include <cstddef>

namespace alignd {

/// Octets of memory that one emptied buffer keeps.
inline constexpr std::size_t kKeptOctets = std::size_t{64} << 10U;

/// Empties a string or vector. Its memory stays for the next use, unless that is more than kKeptOctets.
template <class Container>
void emptyForReuse(Container& buffer) noexcept {
  buffer.clear();
  if (buffer.capacity() * sizeof(typename Container::value_type) > kKeptOctets) Container().swap(buffer);
}

}  // namespace alignd
