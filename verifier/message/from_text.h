// What of a From field is text, and where its final angle-addr stands: comments hide what is in them, and so does a
// quoted-string that is the display name directly before that angle-addr. No other quoted-string does: in
// `"ceo@bank.example", <x@a.example>` many readers take what is quoted for the first address (DESIGN.md decision 3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace alignd::message {

inline constexpr std::size_t kMaxCommentDepth = 100;

struct FromText {
  std::string text;                            // the field with blanks for what is hidden; offsets stay
  std::size_t open = std::string_view::npos;   // the "<" of the final angle-addr; npos: there is none
  std::size_t close = std::string_view::npos;  // its ">", or where the field ends without one
  bool doubtful = false;                       // what is quoted: nothing is hidden
  bool tooDeep = false;                        // comments nested deeper than kMaxCommentDepth
  bool inAngle(std::size_t at) const { return open != std::string_view::npos && at > open && at < close; }
};

/// Linear, iterative. Where readers may disagree on where quotes and comments are (one without its partner, a backslash
/// outside of them), nothing is hidden.
FromText readFromText(std::string_view value);

/// SP, HTAB, CR, LF.
bool isBlank(char c);

}  // namespace alignd::message
