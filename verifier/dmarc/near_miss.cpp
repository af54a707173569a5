#include "verifier/dmarc/near_miss.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"

namespace alignd::dmarc {

namespace {

constexpr std::size_t kLooked = 256;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
constexpr std::string_view kStart = "begin the record with v=DMARC1 and a semicolon";
constexpr std::string_view kSemicolon = "put a semicolon behind v=DMARC1";

constexpr bool isQuote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

// Octets that stand for a quotation mark of some word processor: U+2018 to U+201F.
bool startsWithTypographicQuote(std::string_view text) {
  return text.size() >= 3 && text.starts_with("\xe2\x80") && text[2] >= '\x98' && text[2] <= '\x9f';
}

bool startsWith(std::string_view text, std::string_view wordInLowerCase) {
  return text.size() >= wordInLowerCase.size() &&
         ascii::equalIgnoreCase(text.substr(0, wordInLowerCase.size()), wordInLowerCase);
}

std::string_view skipBlanks(std::string_view text) {
  while (!text.empty() && (ascii::isWsp(text.front()) || text.front() == '\r' || text.front() == '\n')) {
    text.remove_prefix(1);
  }
  return text;
}

NearMiss miss(std::string_view problem, std::string_view remedy) {
  return {std::string(problem), std::string(remedy)};
}

// What stands in front of "v" and does not belong there.
std::optional<NearMiss> beforeVersion(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) {
    return miss("a byte order mark stands in front of the version",
                "type the record anew instead of pasting it");
  }
  if (text.starts_with(kNoBreakSpace)) {
    return miss("a no-break space stands in front of the version",
                "type the record anew instead of pasting it");
  }
  if (isQuote(text.front()) || startsWithTypographicQuote(text)) {
    return miss("a quotation mark stands in front of the version",
                "take the quotation marks out of the record's content");
  }
  if (skipBlanks(text).size() < text.size()) {
    return miss("a blank stands in front of the version", "take the blanks at the start away");
  }
  if (text.front() == ';') return miss("a semicolon stands in front of the version", kStart);
  if (text.front() == '\\') return miss("a backslash stands in front of the version", kStart);
  return std::nullopt;
}

// `rest` follows "DMARC1" in whatever case.
std::optional<NearMiss> behindVersion(std::string_view rest) {
  if (rest.starts_with("\\")) {
    return miss("a backslash stands behind the version: an escape of a zone file was published with it",
                "write the semicolon without a backslash");
  }
  if (rest.empty() || rest.front() == ';') return std::nullopt;
  if (rest.front() == ':')
    return miss("a colon instead of a semicolon stands behind the version", kSemicolon);
  if (rest.front() == ',')
    return miss("a comma instead of a semicolon stands behind the version", kSemicolon);
  if (isQuote(rest.front()) || startsWithTypographicQuote(rest)) {
    return miss("a quotation mark stands behind the version",
                "take the quotation marks out of the record's content");
  }
  if (rest.starts_with(kNoBreakSpace)) {
    return miss("a no-break space stands behind the version", "type the record anew instead of pasting it");
  }
  const std::string_view next = skipBlanks(rest);
  if (next.size() < rest.size()) {
    if (next.empty() || next.front() == ';') return std::nullopt;
    return miss("a blank instead of a semicolon stands behind the version", kSemicolon);
  }
  if (startsWith(rest, "p=") || startsWith(rest, "p ")) {
    return miss("nothing separates the version from the policy", kSemicolon);
  }
  return miss("the version is none that is known, DMARC1 is", kStart);
}

// `value` follows "v=".
std::optional<NearMiss> inVersion(std::string_view value) {
  value = skipBlanks(value);
  if (value.starts_with(kNoBreakSpace)) {
    return miss("a no-break space stands in front of DMARC1", "type the record anew instead of pasting it");
  }
  if (!value.empty() && (isQuote(value.front()) || startsWithTypographicQuote(value))) {
    return miss("quotation marks stand around DMARC1", "write DMARC1 without quotation marks");
  }
  if (startsWith(value, "spf1") || startsWith(value, "spf2.0")) {
    return miss("an SPF record", "publish a DMARC record here, and SPF at the domain itself");
  }
  if (startsWith(value, "dkim1")) {
    return miss("a DKIM key record", "publish a DMARC record here, and the key below _domainkey");
  }
  if (!startsWith(value, "dmarc")) return std::nullopt;
  if (startsWith(value, "dmarc 1")) return miss("a blank stands within DMARC1", kStart);
  if (!startsWith(value, "dmarc1")) {
    return miss("the version is none that is known, DMARC1 is", kStart);
  }
  if (auto found = behindVersion(value.substr(6))) return found;
  if (!value.starts_with("DMARC1")) {
    return miss("the version is not in capitals", "write DMARC1 in capital letters");
  }
  return miss("no semicolon follows the version", kSemicolon);  // but more blanks than are looked at
}

// A list of tags in which the version comes late, or not at all.
std::optional<NearMiss> withoutVersion(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kTags{"p", "sp", "np", "rua", "ruf", "adkim"};
  const std::string_view first = text.substr(0, text.find_first_of("= ;"));
  const bool tag = std::any_of(kTags.begin(), kTags.end(),
                               [&](std::string_view one) { return ascii::equalIgnoreCase(one, first); });
  const bool equals = skipBlanks(text.substr(first.size())).starts_with('=');
  const bool version = ascii::toLower(text).find("dmarc1") != std::string::npos;
  if (version) return miss("the version is not the first tag", kStart);
  if (tag && equals) return miss("the version is missing", kStart);
  return std::nullopt;
}

}  // namespace

std::optional<NearMiss> nearMiss(std::string_view text) {
  text = text.substr(0, kLooked);
  if (text.empty()) return std::nullopt;
  const std::string lower = ascii::toLower(text);
  const bool names = lower.find("dmarc1") != std::string::npos;
  if (names) {
    if (auto found = beforeVersion(text)) return found;
  }
  std::string_view rest = text;
  if (ascii::lower(rest.front()) == 'v') {
    rest = skipBlanks(rest.substr(1));
    if (rest.starts_with('=')) {
      if (auto found = inVersion(rest.substr(1))) return found;
    } else if (names && rest.starts_with(':')) {
      return miss("a colon instead of an equals sign stands behind v", kStart);
    } else if (startsWith(rest, "dmarc")) {
      return miss("no equals sign stands behind v", kStart);
    }
  }
  if (startsWith(text, "dmarc")) return miss("the version lacks its tag name", kStart);
  return withoutVersion(text);
}

}  // namespace alignd::dmarc
