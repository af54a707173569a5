#include "verifier/message/word_octets.h"

#include <algorithm>
#include <cstdint>

#include "dns/data/ascii.h"

namespace alignd::message {

namespace {

int hexValue(char c) {
  if (ascii::isDigit(c)) return c - '0';
  const char l = ascii::lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

int base64Value(char c) {
  if (ascii::isUpper(c)) return c - 'A';
  if (ascii::isAlpha(c)) return c - 'a' + 26;
  if (ascii::isDigit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

namespace {

// `padding`: a "=" ends a group, whatever is in it.
void decode(std::string_view text, bool padding, std::string& out) {
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' && padding) count = 0;
    const int value = base64Value(c);
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xff);
    }
  }
}

}  // namespace

void appendB(std::string_view text, std::string& out) {
  decode(text, false, out);
  const std::size_t pad = text.find('=');
  if (pad == std::string_view::npos || std::none_of(text.begin() + static_cast<std::ptrdiff_t>(pad),
                                                    text.end(), [](char c) { return base64Value(c) >= 0; })) {
    return;
  }
  out += ", ";
  decode(text, true, out);
  out += ", ";
  decode(text.substr(0, pad), false, out);
}

void appendQ(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '=' && i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
    const int low = high >= 0 ? hexValue(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '_' ? ' ' : text[i];
    }
  }
}

}  // namespace alignd::message
