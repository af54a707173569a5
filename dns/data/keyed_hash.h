// Hashes of what strangers choose: nobody outside can find names that fall into one bucket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace alignd::dns {

using HashKey = std::array<std::uint64_t, 2>;

/// SipHash (Aumasson and Bernstein, 2012): `rounds` for every eight octets, `last` at the end.
std::uint64_t sipHash(const HashKey& key, std::string_view data, unsigned rounds, unsigned last) noexcept;

/// SipHash-1-3 with a key that this process has chosen when it first asked.
std::uint64_t keyedHash(std::string_view data) noexcept;

/// For containers of text from outside.
struct KeyedHash {
  std::size_t operator()(const std::string& text) const noexcept { return keyedHash(text); }
};

}  // namespace alignd::dns
