// How what is foreign is quoted in reasons.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace alignd {

/// `text`, or its first octets and a mark when it has more than `limit`: what records and messages hold is quoted no
/// longer than that, so that none of them fills the log.
inline std::string excerpt(std::string_view text, std::size_t limit) {
  constexpr std::string_view kMark = "...";
  if (text.size() <= limit) return std::string(text);
  const std::string_view mark = kMark.substr(0, limit);
  std::string out(text.substr(0, limit - mark.size()));
  out += mark;
  return out;
}

/// The same of a text that is kept in its place.
inline void shorten(std::string& text, std::size_t limit) {
  if (text.size() > limit) text = excerpt(text, limit);
}

}  // namespace alignd
