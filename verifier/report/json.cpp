#include "verifier/report/json.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "dns/data/ascii.h"
#include "dns/data/octets.h"
#include "verifier/report/utf8.h"

namespace alignd::report {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void appendUnit(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 0xf];
}

void appendCodePoint(std::string& out, char32_t code) {
  if (code < 0x10000) return appendUnit(out, code);
  appendUnit(out, 0xd800 + ((code - 0x10000) >> 10));
  appendUnit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

// What stands in a JSON string as it is.
constexpr auto kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const char c = static_cast<char>(i);
    table[i] = !ascii::is8Bit(c) && !ascii::isControl(c) && c != '"' && c != '\\';
  }
  return table;
}();

// No functions: octets::find() would call them for every octet.
constexpr auto notPlain = [](char c) { return !kPlain[static_cast<unsigned char>(c)]; };
constexpr auto perhapsNotPlain = [](octets::Word word) {
  return octets::anyBelow(word, ' ') | octets::any8Bit(word) | octets::anyEqual(word, '"') |
         octets::anyEqual(word, '\\') | octets::anyEqual(word, '\x7f');
};

// The character at the start of `text`, which does not stand for itself; gives its length.
std::size_t appendEscaped(std::string& out, std::string_view text) {
  const char c = text.front();
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return 1;
  }
  const auto octet = static_cast<unsigned char>(c);
  if (ascii::isControl(c)) {
    appendUnit(out, octet);
    return 1;
  }
  if (const Utf8Char decoded = decodeUtf8(text); decoded.length > 0) {
    appendCodePoint(out, decoded.code);
    return decoded.length;
  }
  out += "\\\\x";
  out += kHex[octet >> 4];
  out += kHex[octet & 0xf];
  return 1;
}

}  // namespace

void appendJsonString(std::string& out, std::string_view text, std::size_t most) {
  out += '"';
  const std::size_t begin = out.size();
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t room = most - std::min(most, out.size() - begin);
    const std::size_t run =
        octets::find(text.substr(0, at + std::min(room, text.size() - at)), at, perhapsNotPlain, notPlain);
    out.append(text, at, run - at);
    at = run;
    if (at == text.size() || out.size() - begin >= most) break;
    const std::size_t before = out.size();
    const std::size_t length = appendEscaped(out, text.substr(at));
    if (out.size() - begin > most) {
      out.resize(before);
      break;
    }
    at += length;
  }
  if (at < text.size()) out += ascii::cat({"[+", std::to_string(text.size() - at), "]"});
  out += '"';
}

// A comma where one belongs, the key, and room for a value of `size` octets: gives its place.
char* JsonWriter::lead(std::string_view key, std::size_t size) {
  const std::size_t before = out_.size();
  out_.resize(before + (first_ ? 0 : 1) + (key.empty() ? 0 : key.size() + 3) + size);
  char* to = out_.data() + before;
  if (!first_) *to++ = ',';
  first_ = false;
  if (!key.empty()) {
    *to++ = '"';
    to += key.copy(to, key.size());
    *to++ = '"';
    *to++ = ':';
  }
  return to;
}

void JsonWriter::raw(std::string_view key, std::string_view value) {
  value.copy(lead(key, value.size()), value.size());
}

void JsonWriter::beginObject(std::string_view key) {
  *lead(key, 1) = '{';
  first_ = true;
}

void JsonWriter::endObject() {
  out_ += '}';
  first_ = false;
}

void JsonWriter::beginArray(std::string_view key) {
  *lead(key, 1) = '[';
  first_ = true;
}

void JsonWriter::endArray() {
  out_ += ']';
  first_ = false;
}

void JsonWriter::text(std::string_view key, std::string_view value) {
  if (value.size() > bounds_.text || octets::find(value, 0, perhapsNotPlain, notPlain) < value.size()) {
    lead(key, 0);
    appendJsonString(out_, value, bounds_.text);
    return;
  }
  // Nearly always: it stands for itself, and its length is known.
  char* to = lead(key, value.size() + 2);
  *to++ = '"';
  to += value.copy(to, value.size());
  *to = '"';
}

void JsonWriter::number(std::string_view key, std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  raw(key, {digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void JsonWriter::milliseconds(std::string_view key, std::int64_t microseconds) {
  std::array<char, 28> digits;
  char* to = std::to_chars(digits.data(), digits.data() + digits.size(), microseconds / 1000).ptr;
  const auto rest = static_cast<int>(microseconds % 1000);
  *to++ = '.';
  *to++ = static_cast<char>('0' + rest / 100);
  *to++ = static_cast<char>('0' + rest / 10 % 10);
  *to++ = static_cast<char>('0' + rest % 10);
  raw(key, {digits.data(), static_cast<std::size_t>(to - digits.data())});
}

}  // namespace alignd::report
