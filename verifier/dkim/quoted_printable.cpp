#include "verifier/dkim/quoted_printable.h"

#include "dns/data/ascii.h"
#include "verifier/dkim/tag_list.h"

namespace alignd::dkim {

namespace {

// RFC 6376 section 2.11: lower case is not in the grammar.
int hexDigit(char c) {
  if (ascii::isDigit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> decodeQuotedPrintable(std::string_view text) {
  const std::string packed = removeFws(text);
  std::string out;
  out.reserve(packed.size());
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const char c = packed[i];
    if (ascii::isControl(c) || c == ';') return std::nullopt;
    if (c != '=') {
      out += c;
      continue;
    }
    if (packed.size() - i < 3) return std::nullopt;
    const int high = hexDigit(packed[i + 1]);
    const int low = hexDigit(packed[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace alignd::dkim
