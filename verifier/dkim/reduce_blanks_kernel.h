// The loops of reduce_blanks.h, for every set of instructions that they are compiled for. Everything here has internal
// linkage: what is compiled for AVX2 must not be merged with what runs everywhere. For the same reason nothing of the
// standard library is called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "verifier/dkim/reduce_blanks.h"

namespace alignd::dkim {

namespace {

// A block as bits, one an octet, the first octet lowest.
struct Masks {
  std::uint64_t blanks = 0;  // SP, HTAB
  std::uint64_t cr = 0;
  bool tabs = false;  // there are some
};

inline std::size_t lowestSet(std::uint64_t bits) {
  return static_cast<std::size_t>(__builtin_ctzll(bits));
}

// Blanks with another blank or a CR behind them. `next` is the block behind.
inline std::uint64_t blanksToDrop(const Masks& here, const Masks& next) {
  const std::uint64_t wanted = here.blanks | here.cr;
  return here.blanks & (wanted >> 1 | (next.blanks | next.cr) << 63);
}

inline void tabsToSpaces(char* at, const char* end) {
  for (; at < end; ++at) {
    if (*at == '\t') *at = ' ';
  }
}

// Copies the block at `from` without the blanks of `drops`. Each piece is copied as a whole block, of which the next
// piece overwrites what does not belong to it. Returns the end of the output.
inline char* copyBlock(const char* from, std::uint64_t drops, char* to) {
  std::memcpy(to, from, kReduceBlock);
  std::size_t done = 0;
  while (drops != 0) {
    const std::size_t kept = lowestSet(drops);
    to += kept - done;
    const std::uint64_t stay = ~(drops >> kept);
    done = stay == 0 ? kReduceBlock : kept + lowestSet(stay);
    drops = done < kReduceBlock ? drops >> done << done : 0;
    // Only a CRLF takes the blanks before it; a bare CR is an octet like others, and one blank of the run stays.
    if (from[done] == '\r' && from[done + 1] != '\n') *to++ = ' ';
    std::memcpy(to, from + done, kReduceBlock);
  }
  return to + (kReduceBlock - done);
}

template <class Machine>
Reduced reduceBy(std::string_view text, char* out, std::size_t room) {
  constexpr unsigned kCalm = 8;
  if (text.size() < kReduceTail || room < kReduceTail) return {};
  const char* from = text.data();
  const char* const last = from + (text.size() - kReduceTail);
  char* to = out;
  const char* const full = out + (room - kReduceTail);
  unsigned calm = 0;
  Masks here = Machine::look(from);
  while (from <= last && to <= full && calm < kCalm) {
    const Masks next = Machine::look(from + kReduceBlock);
    const std::uint64_t drops = blanksToDrop(here, next);
    calm = drops == 0 ? calm + 1 : 0;
    char* const end = copyBlock(from, drops, to);
    if (here.tabs) [[unlikely]]
      tabsToSpaces(to, end);
    to = end;
    from += kReduceBlock;
    here = next;
  }
  return {static_cast<std::size_t>(from - text.data()), static_cast<std::size_t>(to - out)};
}

template <class Machine>
std::size_t countUnchangedBy(std::string_view text) {
  if (text.size() < kReduceTail) return 0;
  const char* from = text.data();
  const char* const last = from + (text.size() - kReduceTail);
  Masks here = Machine::look(from);
  while (from <= last) {
    const Masks next = Machine::look(from + kReduceBlock);
    if (here.tabs || blanksToDrop(here, next) != 0) break;
    from += kReduceBlock;
    here = next;
  }
  return static_cast<std::size_t>(from - text.data());
}

}  // namespace

}  // namespace alignd::dkim
