#include "verifier/dkim/base64.h"

#include <array>
#include <cstdint>

namespace alignd::dkim {

namespace {

constexpr std::uint8_t kLastDigit = 63;
constexpr std::uint8_t kNoDigit = 0xff;  // all bits: no digit changes it

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::uint8_t, 256> digitTable() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNoDigit);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    table[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr auto kDigit = digitTable();

std::uint32_t digitOf(char c) {
  return kDigit.data()[static_cast<unsigned char>(c)];
}

}  // namespace

std::optional<std::string> decodeBase64(std::string_view text) {
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1) return std::nullopt;
  if (padding != 0 && (text.size() + padding) % 4 != 0) return std::nullopt;

  std::string out(text.size() * 3 / 4, '\0');
  char* to = out.data();
  // Four digits are three octets; the digits of what follows the last four are looked at one by one.
  const std::size_t whole = text.size() / 4 * 4;
  std::uint32_t seen = 0;
  for (const char *from = text.data(), *const end = from + whole; from != end; from += 4, to += 3) {
    const std::uint32_t a = digitOf(from[0]);
    const std::uint32_t b = digitOf(from[1]);
    const std::uint32_t c = digitOf(from[2]);
    const std::uint32_t d = digitOf(from[3]);
    seen |= a | b | c | d;
    const std::uint32_t three = a << 18 | b << 12 | c << 6 | d;
    to[0] = static_cast<char>(three >> 16 & 0xff);
    to[1] = static_cast<char>(three >> 8 & 0xff);
    to[2] = static_cast<char>(three & 0xff);
  }
  if (seen > kLastDigit) return std::nullopt;
  text.remove_prefix(whole);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::uint32_t digit = digitOf(c);
    if (digit == kNoDigit) return std::nullopt;
    bits = (bits << 6) | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      *to++ = static_cast<char>((bits >> held) & 0xff);
    }
  }
  return out;
}

std::string encodeBase64(std::string_view octets) {
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (i + j < octets.size() ? static_cast<unsigned char>(octets[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > octets.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63U];
    }
  }
  return out;
}

}  // namespace alignd::dkim
