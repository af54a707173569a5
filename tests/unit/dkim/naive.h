// The canonicalizations of RFC 6376 section 3.4 once more, for comparison: whole text in memory, octet by
// octet, every step of the RFC on its own.
#pragma once

#include <string>
#include <string_view>

#include "verifier/dkim/canonicalize.h"

namespace alignd::dkim::naive {

inline bool isWsp(char c) {
  return c == ' ' || c == '\t';
}

// "Reduces all sequences of WSP within a line to a single SP character."
inline std::string reduceBlanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (isWsp(c)) {
      if (!out.empty() && out.back() == ' ') continue;
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

// Section 3.4.4: lines end in CRLF; blanks first, then the empty lines at the end.
inline std::string relaxedBody(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    const std::size_t end = body.find("\r\n");
    std::string line = reduceBlanks(body.substr(0, end));
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\r\n";
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
  }
  while (out.ends_with("\r\n\r\n")) out.resize(out.size() - 2);
  return out == "\r\n" ? "" : out;
}

// Section 3.4.3.
inline std::string simpleBody(std::string_view body) {
  std::string out(body);
  while (out.ends_with("\r\n")) out.resize(out.size() - 2);
  return out + "\r\n";
}

inline std::string body(Canonicalization canonicalization, std::string_view text) {
  return canonicalization == Canonicalization::Simple ? simpleBody(text) : relaxedBody(text);
}

// Sections 3.4.1 and 3.4.2, without the final CRLF.
inline std::string field(Canonicalization canonicalization, std::string_view whole) {
  if (canonicalization == Canonicalization::Simple) return std::string(whole);
  const std::size_t colon = whole.find(':');
  std::string name(whole.substr(0, colon));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  while (!name.empty() && isWsp(name.back())) name.pop_back();
  if (colon == std::string_view::npos) return name + ":";
  std::string value;
  const std::string_view raw = whole.substr(colon + 1);
  for (std::size_t i = 0; i < raw.size(); ++i) {  // unfold
    const bool fold = raw.substr(i, 2) == "\r\n" && i + 2 < raw.size() && isWsp(raw[i + 2]);
    if (fold) {
      ++i;
    } else {
      value += raw[i];
    }
  }
  value = reduceBlanks(value);
  while (!value.empty() && isWsp(value.back())) value.pop_back();
  while (!value.empty() && isWsp(value.front())) value.erase(0, 1);
  return name + ":" + value;
}

}  // namespace alignd::dkim::naive
