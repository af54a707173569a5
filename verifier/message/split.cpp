#include "verifier/message/split.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::message {

namespace {

constexpr std::string_view kCrlf = "\r\n";

// Where the field that starts at `at` ends: at the first CRLF that no blank follows.
std::size_t fieldEnd(std::string_view raw, std::size_t at) {
  std::size_t end = raw.find(kCrlf, at);
  while (end != std::string_view::npos && end + 2 < raw.size() && ascii::isWsp(raw[end + 2])) {
    end = raw.find(kCrlf, end + 2);
  }
  return std::min(end, raw.size());
}

// RFC 5322 section 3.6.8: printable octets but the colon; section 4.5.8: blanks may follow. Postfix and Sendmail
// read no other line as a field: not one that starts with a blank, has a blank or an 8-bit octet in its name.
bool isFieldName(std::string_view name) {
  while (!name.empty() && ascii::isWsp(name.back())) name.remove_suffix(1);
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

SplitMessage split(std::string_view raw) {
  SplitMessage out;
  std::size_t at = 0;
  while (at < raw.size()) {
    if (raw.substr(at).starts_with(kCrlf)) {
      out.body = raw.substr(at + 2);
      return out;
    }
    const std::size_t end = fieldEnd(raw, at);
    const std::string_view field = raw.substr(at, end - at);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos || !isFieldName(field.substr(0, colon))) {
      out.body = raw.substr(at);
      return out;
    }
    out.fields.push_back({field.substr(0, colon), field.substr(colon + 1)});
    at = std::min(end + 2, raw.size());
  }
  return out;
}

std::string toCrlf(std::string_view file) {
  if (file.starts_with("From ")) {
    const auto line = file.find('\n');
    file.remove_prefix(line == std::string_view::npos ? file.size() : line + 1);
  }
  if (file.find(kCrlf) != std::string_view::npos) return std::string(file);
  std::string out;
  out.reserve(file.size() + file.size() / 32);
  for (char c : file) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

}  // namespace alignd::message
