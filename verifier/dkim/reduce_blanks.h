// The part of relaxed body canonicalization (RFC 6376 section 3.4.4) that meets every octet: which blanks go, and where
// nothing changes. It looks at blocks of 64 octets as bits of a word, so that what a line costs does not grow with the
// number of its blanks.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace alignd::dkim {

/// Octets that are looked at together.
inline constexpr std::size_t kReduceBlock = 64;
/// A block is looked at together with the one behind it: this much at the end of a text is left to the caller.
inline constexpr std::size_t kReduceTail = 2 * kReduceBlock;

/// How far a call came.
struct Reduced {
  std::size_t read = 0;     // octets of the text
  std::size_t written = 0;  // octets of the output
};

/// One way to do it: what the processor can.
struct Reducer {
  std::string_view name;
  bool (*available)();
  /// Copies whole blocks of `text` to `out`. Of each run of SP and HTAB one SP remains, none where CRLF follows;
  /// everything else stays. Ends where fewer than kReduceTail octets of the text are left, where `room` octets of `out`
  /// could be too few, and behind eight blocks in a row that lost nothing. May write more than it says, within `room`.
  Reduced (*reduce)(std::string_view text, char* out, std::size_t room);
  /// How many octets of `text`, in whole blocks, would stay as they are.
  std::size_t (*countUnchanged)(std::string_view text);
};

/// All that were compiled in; the first works everywhere.
std::span<const Reducer> reducers();
/// The fastest that this processor can.
const Reducer& bestReducer();

}  // namespace alignd::dkim
