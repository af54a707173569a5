#include "verifier/spf/macro.h"

#include <algorithm>
#include <utility>

#include "dns/data/ascii.h"
#include "dns/data/name.h"

namespace alignd::spf {

namespace {

constexpr std::string_view kDelimiters = ".-+,/_=";
constexpr std::string_view kTermLetters = "slodipvh";
constexpr std::string_view kExplanationLetters = "crt";  // RFC 7208 section 7.2: only in explanations
constexpr char kHexDigits[] = "0123456789ABCDEF";

bool isLiteral(char c, Grammar grammar) {
  if (c == ' ') return grammar == Grammar::ExplainString;
  return c > 0x20 && c < 0x7f;  // %x21-24 / %x26-7E; the percent sign is taken before
}

std::string unexpected(char c) {
  if (c == '\t') return "a TAB, an octet that is not allowed";
  if (c == '\r' || c == '\n') return "a line end, an octet that is not allowed";
  return ascii::is8Bit(c) ? "an octet outside ASCII that is not allowed" : "an octet that is not allowed";
}

// toplabel of section 7.1: letters, digits and inner hyphens, not digits alone.
bool isTopLabel(std::string_view label) {
  if (label.empty() || label.front() == '-' || label.back() == '-') return false;
  bool numeric = true;
  for (char c : label) {
    if (!ascii::isAlnum(c) && c != '-') return false;
    numeric = numeric && ascii::isDigit(c);
  }
  return !numeric;
}

// Section 7.3: dotted quad; for IPv6 its 32 nibbles with dots between.
std::string dotted(const IpAddress& address) {
  if (address.isV4()) return address.text();
  std::string out;
  out.reserve(63);
  for (std::uint8_t octet : address.octets()) {
    if (!out.empty()) out += '.';
    out += kHexDigits[octet >> 4];
    out += '.';
    out += kHexDigits[octet & 0x0f];
  }
  return out;
}

bool isOneOf(std::uint8_t delimiters, char c) {
  const auto which = kDelimiters.find(c);
  return which != std::string_view::npos && (delimiters >> which & 1) != 0;
}

// The last `keep` parts of `value` with dots between (section 7.3). Empty parts count. Looks at what it keeps and at the
// one delimiter before it, not at the rest.
std::string lastParts(std::string_view value, std::uint8_t delimiters, std::size_t keep) {
  std::size_t start = value.size();
  for (std::size_t parts = 1; start > 0; --start) {
    if (isOneOf(delimiters, value[start - 1]) && parts++ == keep) break;
  }
  std::string out(value.substr(start));
  for (char& c : out) {
    if (isOneOf(delimiters, c)) c = '.';
  }
  return out;
}

// The same of the parts in reverse order, which are the first ones of `value`.
std::string lastPartsReversed(std::string_view value, std::uint8_t delimiters, std::size_t keep) {
  std::size_t end = 0;
  for (std::size_t parts = 1; end < value.size(); ++end) {
    if (isOneOf(delimiters, value[end]) && parts++ == keep) break;
  }
  std::string out;
  out.reserve(end);
  std::size_t stop = end;
  for (std::size_t i = end; i-- > 0;) {
    if (!isOneOf(delimiters, value[i])) continue;
    out += value.substr(i + 1, stop - i - 1);
    out += '.';
    stop = i;
  }
  out += value.substr(0, stop);
  return out;
}

}  // namespace

std::string urlEscape(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3);
  for (char c : text) {
    if (ascii::isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += '%';
      out += kHexDigits[octet >> 4];
      out += kHexDigits[octet & 0x0f];
    }
  }
  return out;
}

std::string reverseName(const IpAddress& address) {
  const std::string forward = dotted(address);
  return lastPartsReversed(forward, 1, std::string::npos) + (address.isV4() ? ".in-addr.arpa" : ".ip6.arpa");
}

std::optional<MacroString> MacroString::parse(std::string_view text, Grammar grammar, std::string& problem) {
  MacroString out;
  out.text_ = text;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '%') {
      if (!out.parseMacro(at, grammar, problem)) return std::nullopt;
    } else if (isLiteral(text[at], grammar)) {
      out.addLiteral(at++);
    } else {
      problem = unexpected(text[at]);
      return std::nullopt;
    }
    // What an unknown modifier says is never expanded.
    if (grammar != Grammar::MacroString && out.pieces_.size() > kMaxPieces) {
      problem = ascii::cat({"more than ", std::to_string(kMaxPieces), " macros and texts between them"});
      return std::nullopt;
    }
  }
  if (grammar == Grammar::DomainSpec && !out.endsInTopLabel(problem)) return std::nullopt;
  return out;
}

void MacroString::addLiteral(std::size_t at) {
  if (pieces_.empty() || pieces_.back().letter != 0) {
    pieces_.emplace_back().offset = static_cast<std::uint32_t>(at);
  }
  ++pieces_.back().length;
}

// macro-expand of section 7.1; `at` stands on the percent sign.
bool MacroString::parseMacro(std::size_t& at, Grammar grammar, std::string& problem) {
  const std::string_view rest = std::string_view(text_).substr(at + 1);
  Piece piece;
  if (rest.starts_with('%') || rest.starts_with('_') || rest.starts_with('-')) {
    piece.letter = rest.front();
    pieces_.push_back(piece);
    at += 2;
    return true;
  }
  if (!rest.starts_with('{') || rest.size() < 2) {
    problem = "a % that starts no macro";
    return false;
  }
  piece.letter = ascii::lower(rest[1]);
  piece.urlEscape = ascii::isUpper(rest[1]);
  const bool inTerms = kTermLetters.find(piece.letter) != std::string_view::npos;
  const bool inTexts = kExplanationLetters.find(piece.letter) != std::string_view::npos;
  if (!inTerms && !(inTexts && grammar != Grammar::DomainSpec)) {
    problem = inTexts ? "a macro letter that only explanations may use" : "an unknown macro letter";
    return false;
  }
  std::size_t i = 2;
  bool digits = false;
  constexpr std::uint32_t kMany = 100000;  // more parts than any value has
  for (; i < rest.size() && ascii::isDigit(rest[i]); ++i) {
    digits = true;
    piece.keep = std::min(kMany, piece.keep * 10 + static_cast<std::uint32_t>(rest[i] - '0'));
  }
  if (digits && piece.keep == 0) {
    problem = "a macro that keeps 0 parts";
    return false;
  }
  if (i < rest.size() && ascii::lower(rest[i]) == 'r') {
    piece.reverse = true;
    ++i;
  }
  for (; i < rest.size(); ++i) {
    const auto which = kDelimiters.find(rest[i]);
    if (which == std::string_view::npos) break;
    piece.delimiters = static_cast<std::uint8_t>(piece.delimiters | 1U << which);
  }
  if (i >= rest.size() || rest[i] != '}') {
    problem = "a macro without its closing brace";
    return false;
  }
  piece.split = i > 2;
  if (piece.delimiters == 0) piece.delimiters = 1;  // split at dots by default
  letters_ |= bit(piece.letter);
  pieces_.push_back(piece);
  at += i + 2;
  return true;
}

// domain-end = ( "." toplabel [ "." ] ) / macro-expand
bool MacroString::endsInTopLabel(std::string& problem) const {
  if (!pieces_.empty() && pieces_.back().letter != 0) return true;
  std::string_view tail;
  if (!pieces_.empty()) tail = std::string_view(text_).substr(pieces_.back().offset, pieces_.back().length);
  if (tail.ends_with('.')) tail.remove_suffix(1);
  const auto dot = tail.rfind('.');
  if (dot != std::string_view::npos && isTopLabel(tail.substr(dot + 1))) return true;
  problem = text_.empty() ? "an empty domain" : "a domain that does not end in a top-level label";
  return false;
}

// One expansion. The texts that several macros may want are made once.
class MacroString::Expander {
 public:
  Expander(const MacroString& of, const MacroValues& values, Work* work)
      : text_(of.text_), values_(values), work_(work) {}

  std::string expand(const Piece& piece) {
    std::string out = plain(piece);
    if (piece.urlEscape) out = urlEscape(out);
    if (work_ != nullptr) work_->macroOctets += 1 + out.size();
    return out;
  }

 private:
  std::string plain(const Piece& piece) {
    const std::string_view value = valueOf(piece);
    if (!piece.split) return std::string(value);
    const std::size_t keep = piece.keep == 0 ? std::string::npos : piece.keep;
    return piece.reverse ? lastPartsReversed(value, piece.delimiters, keep)
                         : lastParts(value, piece.delimiters, keep);
  }

  // Section 7.2.
  std::string_view valueOf(const Piece& piece) {
    switch (piece.letter) {
      case 0: return std::string_view(text_).substr(piece.offset, piece.length);
      case '%': return "%";
      case '_': return " ";
      case '-': return "%20";
      case 's':
        return made(sender_, [&] { return ascii::cat({values_.localPart, "@", values_.senderDomain}); });
      case 'l': return values_.localPart;
      case 'o': return values_.senderDomain;
      case 'd': return values_.domain;
      case 'i': return made(dotted_, [&] { return dotted(values_.client); });
      case 'p': return values_.validated.empty() ? "unknown" : values_.validated;
      case 'v': return values_.client.isV4() ? "in-addr" : "ip6";
      case 'h': return values_.helo;
      case 'c': return made(client_, [&] { return values_.client.text(); });
      case 'r': return values_.receiver.empty() ? "unknown" : values_.receiver;
      default:  // 't'
        return made(time_, [&] { return std::to_string(values_.now.time_since_epoch().count()); });
    }
  }

  template <class Make>
  std::string_view made(std::string& slot, Make make) {
    if (slot.empty()) slot = make();
    return slot;
  }

  const std::string& text_;
  const MacroValues& values_;
  Work* work_;
  std::string sender_;
  std::string dotted_;
  std::string client_;
  std::string time_;
};

std::string MacroString::expandName(const MacroValues& values, Work* work) const {
  // From the right: what stands further left than 253 octets is cut off anyway, however long it is.
  Expander expander(*this, values, work);
  std::vector<std::string> parts;
  std::size_t size = 0;
  for (auto piece = pieces_.rbegin(); piece != pieces_.rend() && size <= dns::kMaxNameText + 1; ++piece) {
    parts.push_back(expander.expand(*piece));
    size += parts.back().size();
  }
  std::string out;
  out.reserve(size);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) out += *part;
  if (out.ends_with('.')) out.pop_back();
  while (out.size() > dns::kMaxNameText) {
    const auto dot = out.find('.', out.size() - dns::kMaxNameText - 1);
    if (dot == std::string::npos) break;
    out.erase(0, dot + 1);
  }
  return out;
}

std::string MacroString::expandText(const MacroValues& values, std::size_t limit, Work* work) const {
  Expander expander(*this, values, work);
  std::string out;
  for (const Piece& piece : pieces_) {
    out += expander.expand(piece);
    if (out.size() > limit) {
      out.resize(limit);
      break;
    }
  }
  return out;
}

}  // namespace alignd::spf
