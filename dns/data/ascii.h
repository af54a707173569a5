// ASCII without a locale: what mail and DNS call letters, digits and blanks. All functions are linear and
// allocate only where they return a string.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

namespace alignd::ascii {

constexpr bool isUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool isAlpha(char c) {
  return isUpper(c) || (c >= 'a' && c <= 'z');
}
constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool isAlnum(char c) {
  return isAlpha(c) || isDigit(c);
}
/// SP or HTAB: WSP of RFC 5234 appendix B.1. CR and LF are never blanks here.
constexpr bool isWsp(char c) {
  return c == ' ' || c == '\t';
}
constexpr bool is8Bit(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
/// C0 controls and DEL.
constexpr bool isControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

constexpr char lower(char c) {
  return isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string toLower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

constexpr bool equalIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// `text` without SP and HTAB at either end.
constexpr std::string_view trimWsp(std::string_view text) {
  while (!text.empty() && isWsp(text.front())) text.remove_prefix(1);
  while (!text.empty() && isWsp(text.back())) text.remove_suffix(1);
  return text;
}

/// Joins its arguments with one allocation: for reasons and messages off the hot path.
inline std::string cat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (auto part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (auto part : parts) out += part;
  return out;
}

}  // namespace alignd::ascii
