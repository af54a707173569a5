#include "reporting/report/mail_text.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "dns/data/ascii.h"
#include "verifier/dkim/base64.h"
#include "verifier/report/utf8.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using dkim::encodeBase64;

}  // namespace

// One line of a field may have 998 octets (RFC 5322 section 2.1.1); names of domains can bring it near.
std::string foldedField(std::string_view field) {
  std::string out;
  std::size_t line = 0;
  while (!field.empty()) {
    const auto blank = field.find(' ', 1);
    const auto word = field.substr(0, blank);
    if (line > 0 && line + word.size() > 78) {
      out += "\r\n";
      line = 0;
    }
    out += word;
    line += word.size();
    field.remove_prefix(word.size());
  }
  return out;
}

std::string mailDate(std::int64_t seconds) {
  const std::time_t clock = seconds;
  std::tm parts{};
  gmtime_r(&clock, &parts);
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y %H:%M:%S +0000", &parts);
  return cat({kDays[static_cast<std::size_t>(parts.tm_wday)],
              ", ",
              std::to_string(parts.tm_mday),
              " ",
              kMonths[static_cast<std::size_t>(parts.tm_mon)],
              " ",
              {text.data(), length}});
}

std::string phrase(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::isAlnum(c) || std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(text);
  std::string out;
  std::string chunk;
  const auto flush = [&] {
    if (chunk.empty()) return;
    out += cat({out.empty() ? "" : " ", "=?utf-8?B?", encodeBase64(chunk), "?="});
    chunk.clear();
  };
  // No encoded-word is longer than 75, and none ends within a character (RFC 2047 sections 2 and 5).
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(report::decodeUtf8(text).length, 1);
    if (chunk.size() + length > 45) flush();
    chunk += text.substr(0, length);
    text.remove_prefix(length);
  }
  flush();
  return out;
}

}  // namespace alignd::reporting
