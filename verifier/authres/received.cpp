#include "verifier/authres/received.h"

#include <algorithm>
#include <string>

#include "dns/data/ascii.h"
#include "verifier/authres/scanner.h"

namespace alignd::authres {

namespace {

constexpr bool isBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  return text;
}

// RFC 5321 section 4.1.3: IPv4 bare, IPv6 behind its tag. Some write IPv6 without it.
std::optional<IpAddress> literal(std::string_view inside) {
  constexpr std::string_view kTag = "IPv6:";
  if (inside.size() > kTag.size() && ascii::equalIgnoreCase(inside.substr(0, kTag.size()), kTag)) {
    inside.remove_prefix(kTag.size());
  }
  return IpAddress::parse(inside);
}

// TCP-info = address-literal / ( Domain FWS address-literal ); more may follow (`(may be forged)`,
// `helo=...`).
std::optional<IpAddress> tcpInfo(std::string_view comment) {
  comment = trim(comment);
  if (!comment.starts_with('[')) {  // the reverse name, or "unknown"
    const auto end = std::find_if_not(comment.begin(), comment.end(), [](char c) {
      return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.';
    });
    if (end == comment.begin() || end == comment.end() || !isBlank(*end)) return std::nullopt;
    comment = trim(comment.substr(static_cast<std::size_t>(end - comment.begin())));
  }
  const std::size_t close = comment.find(']');
  if (!comment.starts_with('[') || close == std::string_view::npos) return std::nullopt;
  return literal(comment.substr(1, close - 1));
}

bool takeWord(Scanner& scanner, std::string_view word) {
  scanner.skipCfws();
  return ascii::equalIgnoreCase(scanner.run(""), word);
}

}  // namespace

std::optional<IpAddress> clientOfReceived(std::string_view value) {
  Scanner scanner(value);
  if (!takeWord(scanner, "from")) return std::nullopt;
  std::optional<IpAddress> found;
  for (bool first = true;;) {
    while (isBlank(scanner.peek())) scanner.advance();
    if (scanner.peek() == '(') {
      const auto address = tcpInfo(scanner.comment());
      if (address && found && *address != *found) return std::nullopt;
      if (address) found = address;
      continue;
    }
    const std::string_view word = scanner.run("");
    // The from-domain is one word. More words before `by` were written by the client.
    if (!first) return ascii::equalIgnoreCase(word, "by") && !scanner.unterminated() ? found : std::nullopt;
    if (word.empty()) return std::nullopt;
    first = false;
  }
}

}  // namespace alignd::authres
