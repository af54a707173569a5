// Finding the few octets of a text that need a look, eight at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace alignd::octets {

/// Eight octets, in whatever order the machine has them: for questions that do not depend on it.
using Word = std::uint64_t;

inline constexpr Word kOnes = 0x0101010101010101U;
inline constexpr Word kHighBits = kOnes << 7U;

inline Word load(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

/// Not zero when one of the octets is below `limit` (1 to 128).
constexpr Word anyBelow(Word word, unsigned limit) {
  return (word - kOnes * limit) & ~word & kHighBits;
}

/// Not zero when one of the octets is `octet`.
constexpr Word anyEqual(Word word, char octet) {
  return anyBelow(word ^ (kOnes * static_cast<unsigned char>(octet)), 1);
}

/// Not zero when one of the octets is beyond ASCII.
constexpr Word any8Bit(Word word) {
  return word & kHighBits;
}

/// The first position from `from` on whose octet is `special`, or the size. `suspect` says of eight octets whether one of
/// them may be, in vain perhaps, but never overlooks one.
template <class Suspect, class Special>
std::size_t find(std::string_view text, std::size_t from, Suspect&& suspect, Special&& special) {
  std::size_t at = std::min(from, text.size());
  for (;;) {
    while (at + sizeof(Word) <= text.size() && !suspect(load(text.data() + at))) at += sizeof(Word);
    // The last few together with some before them that have been looked at, or need not be.
    if (at + sizeof(Word) > text.size() && text.size() >= sizeof(Word) &&
        !suspect(load(text.data() + text.size() - sizeof(Word)))) {
      return text.size();
    }
    const std::size_t end = text.size() - at > sizeof(Word) ? at + sizeof(Word) : text.size();
    for (; at < end; ++at) {
      if (special(text[at])) return at;
    }
    if (at >= text.size()) return text.size();
  }
}

}  // namespace alignd::octets
