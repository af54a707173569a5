#include "reporting/aggregate/rua.h"

#include <algorithm>
#include <optional>

#include "dns/data/ascii.h"
#include "dns/data/name.h"

namespace alignd::reporting {

namespace {

constexpr std::size_t kMaxUris = 100;

std::string_view takePiece(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return ascii::trimWsp(piece);
}

// obs-dmarc-report-size = "!" 1*DIGIT [ "k" / "m" / "g" / "t" ]; what is larger than any mail is no limit.
std::optional<std::uint64_t> readSize(std::string_view text) {
  unsigned shift = 0;
  if (!text.empty() && ascii::isAlpha(text.back())) {
    const auto unit = std::string_view("kmgt").find(ascii::lower(text.back()));
    if (unit == std::string_view::npos) return std::nullopt;
    shift = static_cast<unsigned>(unit + 1) * 10;
    text.remove_suffix(1);
  }
  if (text.empty() || !std::all_of(text.begin(), text.end(), ascii::isDigit)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : text) {
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    if (value > (std::uint64_t{1} << 40U)) return 0;
  }
  return value > (std::uint64_t{1} << 40U) >> shift ? 0 : value << shift;
}

std::optional<unsigned> hexValue(char c) {
  if (ascii::isDigit(c)) return static_cast<unsigned>(c - '0');
  const char letter = ascii::lower(c);
  if (letter >= 'a' && letter <= 'f') return static_cast<unsigned>(letter - 'a' + 10);
  return std::nullopt;
}

std::optional<std::string> percentDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hexValue(text[i + 1]);
    const auto low = hexValue(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high << 4U | *low);
    i += 2;
  }
  return out;
}

// Dot-atom of RFC 5321 without the characters that some MTA, shell or route reads as more than a name.
bool isPlainLocalPart(std::string_view local) {
  if (local.empty() || local.size() > 64 || local.front() == '.' || local.back() == '.' ||
      local.front() == '-')
    return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(), [](char c) {
    return ascii::isAlnum(c) || std::string_view("!#$&'*+-/=?^_{}~.").find(c) != std::string_view::npos;
  });
}

bool isHostName(std::string_view host) {
  if (host.find('.') == std::string_view::npos || host.starts_with('.') || host.ends_with('.')) return false;
  if (!dns::Name::parse(host)) return false;
  const bool letters = std::all_of(
      host.begin(), host.end(), [](char c) { return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.'; });
  // An address is no domain that could agree to anything.
  const auto last = host.substr(host.rfind('.') + 1);
  return letters && !std::all_of(last.begin(), last.end(), ascii::isDigit);
}

}  // namespace

std::vector<std::string> urisOfRecord(std::string_view record, std::string_view tag) {
  std::vector<std::string> out;
  while (!record.empty()) {
    const auto piece = takePiece(record, ';');
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos) continue;
    if (!ascii::equalIgnoreCase(ascii::trimWsp(piece.substr(0, equals)), tag)) continue;
    std::string_view list = piece.substr(equals + 1);
    while (!list.empty() && out.size() < kMaxUris) {
      const auto uri = takePiece(list, ',');
      if (!uri.empty()) out.emplace_back(uri);
    }
    break;  // of tags that stand twice the first counts
  }
  return out;
}

std::variant<Mailbox, std::string> readRuaUri(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos || !ascii::equalIgnoreCase(uri.substr(0, colon), "mailto")) {
    return std::string("only mailto: is supported");
  }
  std::string_view rest = uri.substr(colon + 1);
  Mailbox out;
  if (const auto mark = rest.rfind('!'); mark != std::string_view::npos) {
    if (const auto size = readSize(rest.substr(mark + 1))) {
      out.limit = *size;
      rest = rest.substr(0, mark);
    }
  }
  rest = rest.substr(0, rest.find('?'));  // hfields of RFC 6068 are not ours to take
  const auto address = percentDecoded(rest);
  const auto at = address ? address->rfind('@') : std::string::npos;
  if (at == std::string::npos) return std::string("no mail address");
  const std::string_view local = std::string_view(*address).substr(0, at);
  out.host = ascii::toLower(std::string_view(*address).substr(at + 1));
  if (!isPlainLocalPart(local)) return std::string("a local part that is not taken");
  if (!isHostName(out.host)) return std::string("no host name");
  out.address = ascii::cat({local, "@", out.host});
  return out;
}

}  // namespace alignd::reporting
