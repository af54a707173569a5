#include "verifier/message/encoded_word.h"

#include <cstdint>
#include <optional>

#include "dns/ascii.h"

namespace alignd::message {

namespace {

struct EncodedWord {
  std::string_view charset;
  char encoding = 0;  // 'b' or 'q'
  std::string_view text;
  std::size_t end = 0;
};

// encoded-word = "=?" charset "?" encoding "?" encoded-text "?=" (RFC 2047 section 2), without its limit of
// 75: many readers do not know it. A blank ends the attempt, so that the scan stays linear.
std::optional<EncodedWord> wordAt(std::string_view text, std::size_t at) {
  std::size_t marks[3];
  std::size_t found = 0;
  for (std::size_t i = at + 2; i < text.size(); ++i) {
    if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') return std::nullopt;
    if (text[i] != '?') continue;
    if (found < 2) {
      marks[found++] = i;
      continue;
    }
    if (i + 1 >= text.size() || text[i + 1] != '=') return std::nullopt;
    if (marks[0] == at + 2 || marks[1] != marks[0] + 2) return std::nullopt;
    const char encoding = ascii::lower(text[marks[0] + 1]);
    if (encoding != 'b' && encoding != 'q') return std::nullopt;
    return EncodedWord{text.substr(at + 2, marks[0] - at - 2), encoding,
                       text.substr(marks[1] + 1, i - marks[1] - 1), i + 2};
  }
  return std::nullopt;
}

int base64Value(char c) {
  if (ascii::isUpper(c)) return c - 'A';
  if (ascii::isAlpha(c)) return c - 'a' + 26;
  if (ascii::isDigit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

int hexValue(char c) {
  if (ascii::isDigit(c)) return c - '0';
  const char l = ascii::lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// NUL is left out: in UTF-16 it stands beside every octet of ASCII.
void appendOctet(std::uint32_t octet, std::string& out) {
  if (octet != 0) out += static_cast<char>(octet);
}

void decodeB(std::string_view text, std::string& out) {
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64Value(c);
    if (value < 0) continue;  // as lenient as the most lenient reader
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      appendOctet((bits >> count) & 0xff, out);
    }
  }
}

void decodeQ(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      out += ' ';
    } else if (text[i] == '=' && i + 2 < text.size() && hexValue(text[i + 1]) >= 0 &&
               hexValue(text[i + 2]) >= 0) {
      appendOctet(static_cast<std::uint32_t>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2])), out);
      i += 2;
    } else {
      out += text[i];
    }
  }
}

// RFC 2152: behind a "+", up to a "-" or what is no base64, stands UTF-16; "+-" is a plus sign.
std::string decodeUtf7(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '+') {
      out += text[i];
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && base64Value(text[end]) >= 0) ++end;
    const bool dash = end < text.size() && text[end] == '-';
    if (dash && end == i + 1) {
      out += '+';
    } else {
      decodeB(text.substr(i + 1, end - i - 1), out);
    }
    i = dash ? end : end - 1;
  }
  return out;
}

void decodeWord(const EncodedWord& word, std::string& out) {
  std::string octets;
  if (word.encoding == 'b') {
    decodeB(word.text, octets);
  } else {
    decodeQ(word.text, octets);
  }
  constexpr std::string_view kUtf7 = "utf-7";  // unicode-1-1-utf-7, too
  const auto charset = word.charset.substr(0, word.charset.find('*'));
  const bool utf7 = charset.size() >= kUtf7.size() &&
                    ascii::equalIgnoreCase(charset.substr(charset.size() - kUtf7.size()), kUtf7);
  out += utf7 ? decodeUtf7(octets) : octets;
}

}  // namespace

std::string decodeEncodedWords(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  std::size_t keep = std::string::npos;  // end of `out` before blanks that follow an encoded-word
  while (at < text.size()) {
    const char c = text[at];
    if (c == '=' && at + 1 < text.size() && text[at + 1] == '?') {
      if (const auto word = wordAt(text, at)) {
        if (keep != std::string::npos) out.resize(keep);
        decodeWord(*word, out);
        at = word->end;
        keep = out.size();
        continue;
      }
    }
    if (!(ascii::isWsp(c) || c == '\r' || c == '\n')) keep = std::string::npos;
    out += c;
    ++at;
  }
  return out;
}

}  // namespace alignd::message
