#include "verifier/message/from_parser.h"

#include <algorithm>
#include <array>

#include "dns/ascii.h"
#include "dns/idna.h"
#include "dns/name.h"
#include "verifier/message/address_tokens.h"
#include "verifier/message/encoded_word.h"

namespace alignd::message {

namespace {

bool isBlank(char c) {
  return ascii::isWsp(c) || c == '\r' || c == '\n';
}

AddressList problemAt(AuthorProblem problem, std::size_t offset) {
  AddressList out;
  out.problem = problem;
  out.offset = offset;
  return out;
}

// Where some library ends a line: CR and LF, VT and FF, and the separators that Python's splitlines() knows.
bool isLineEnd(char c) {
  return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e);
}

// Octets that end the field for some readers: NUL for those written in C, a bare CR or LF or the like for those that
// take it as a line end (the next line may then be another From). RFC 5322 section 2.2.3 knows CRLF + WSP alone as
// a fold.
std::size_t findFieldEnd(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool fold =
        value[i] == '\r' && i + 2 < value.size() && value[i + 1] == '\n' && ascii::isWsp(value[i + 2]);
    if (fold) {
      i += 2;
    } else if (value[i] == 0 || isLineEnd(value[i])) {
      return i;
    }
  }
  return std::string_view::npos;
}

struct Visible {
  std::string text;       // outside quoted-strings and comments; all of it when that is doubtful
  bool doubtful = false;  // readers may disagree on where quotes and comments are
};

Visible visiblePart(std::string_view value) {
  Visible out;
  out.text.reserve(value.size());
  for (std::size_t i = 0; i < value.size();) {
    const char c = value[i];
    if (c == '"' || c == '(') {
      std::size_t depth = 0;
      const std::size_t end = c == '"' ? quotedEnd(value, i) : commentEnd(value, i, depth);
      if (end == std::string_view::npos || depth > kMaxCommentDepth) {
        out.doubtful = true;
        break;
      }
      out.text += ' ';
      i = end;
    } else if (c == ')' || c == '\\') {
      out.doubtful = true;
      break;
    } else {
      out.text += c;
      ++i;
    }
  }
  if (out.doubtful) out.text = value;
  return out;
}

bool isDomainOctet(char c) {
  return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.' || ascii::is8Bit(c);
}

// What stands as a domain behind the "@" at `at`, blanks around its dots left out (RFC 5322 section 4.4: obs-domain),
// and without final dots. `end` becomes one beyond it.
std::string domainBehind(std::string_view text, std::size_t at, std::size_t& end) {
  std::string out;
  const auto skipBlanks = [&](std::size_t i) {
    while (i < text.size() && isBlank(text[i])) ++i;
    return i;
  };
  end = skipBlanks(at + 1);
  for (std::size_t next = end; next < text.size();) {
    const bool joined = out.empty() || next == end || out.back() == '.' || text[next] == '.';
    if (!joined || !isDomainOctet(text[next]) || out.size() > dns::kMaxNameText) break;
    out += text[next];
    end = next + 1;
    next = skipBlanks(end);
  }
  while (out.ends_with('.')) out.pop_back();
  return out;
}

// True when an "@" in `text` could make an address of another domain than `domain`. A handle is none
// (`@name`, nothing or a blank before it, no dot after it), nor is an "@" without a domain (`me @ work
// <j@x>`, `h@ppy`).
bool holdsForeignAddress(std::string_view text, const std::string& domain) {
  std::size_t looked = 0;
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (++looked > kMaxAddresses) return true;  // nobody's name
    std::size_t end = 0;
    const std::string candidate = domainBehind(text, at, end);
    const bool dotted = candidate.find('.') != std::string::npos;
    const bool apart = at == 0 || isBlank(text[at - 1]) || (at + 1 < text.size() && isBlank(text[at + 1]));
    const bool literal = end < text.size() && text[end] == '[' && candidate.empty();
    if (literal) return true;
    if (candidate.empty() || (!dotted && apart)) continue;
    if (hostName(candidate) != domain) return true;
  }
  return false;
}

// What is seen through encoded-words: once quotes and comments are known, as RFC 2047 section 6.1 has it, and before
// that, when a word may end the very quoted-string or comment that it stands in.
std::array<std::string, 2> seenThrough(std::string_view value) {
  return {decodeEncodedWords(visiblePart(value).text), visiblePart(decodeEncodedWords(value)).text};
}

// Encoded-words of a field that is in order: a decoded address is a display name like a quoted one, but a decoded
// angle-addr, or one more entry of the list, is the author to those who decode before they parse.
bool hidesAuthor(std::string_view value, const std::string& domain) {
  if (value.find("=?") == std::string_view::npos) return false;
  const auto marks = [](std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return c == '<' || c == ',' || c == ';'; });
  };
  const auto plain = marks(visiblePart(value).text);
  const auto seen = seenThrough(value);
  return std::any_of(seen.begin(), seen.end(), [&](const std::string& text) {
    return marks(text) > plain && holdsForeignAddress(text, domain);
  });
}

bool oneDomain(const AddressList& list) {
  return std::all_of(list.addresses.begin(), list.addresses.end(), [&](const Address& address) {
    return ascii::equalIgnoreCase(address.domain, list.addresses.front().domain);
  });
}

// What the grammar found wrong; but of two addresses the point is that readers choose differently.
AddressList refuse(std::string_view value, const AddressList& strict) {
  if (strict.problem == AuthorProblem::Unparsable) {
    const std::string text = decodeEncodedWords(visiblePart(value).text);
    if (std::count(text.begin(), text.end(), '@') > 1) {
      return problemAt(AuthorProblem::HiddenAddress, strict.offset);
    }
  }
  return problemAt(strict.problem, strict.offset);
}

AddressList tolerate(std::string_view value, const AddressList& strict) {
  std::string_view field = value;
  while (!field.empty() && isBlank(field.back())) field.remove_suffix(1);
  const std::size_t open = field.rfind('<');
  if (open == std::string_view::npos || !field.ends_with('>')) return refuse(field, strict);
  AddressList author = parseAddrSpec(field.substr(open + 1, field.size() - open - 2));
  if (author.problem != AuthorProblem::None) return refuse(field, strict);
  author.addresses.front().offset += open + 1;
  const std::string domain = hostName(author.addresses.front().domain);
  for (const std::string& text : seenThrough(field.substr(0, open))) {
    if (text.find('<') != std::string::npos || holdsForeignAddress(text, domain)) {
      return problemAt(AuthorProblem::HiddenAddress, strict.offset);
    }
  }
  return author;
}

}  // namespace

std::string hostName(std::string_view domain) {
  if (domain.size() > 4 * dns::kMaxNameText) return {};  // no U-label is so much longer than its A-label
  const auto ascii = dns::toAscii(domain);
  if (!ascii || ascii->empty()) return {};
  const auto name = dns::Name::parse(*ascii);
  if (!name || name->isRoot() || name->text().size() != ascii->size()) return {};
  const bool octets = std::all_of(ascii->begin(), ascii->end(), [](char c) {
    return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.';
  });
  const std::string last = name->suffix(1).text();
  if (!octets || std::all_of(last.begin(), last.end(), ascii::isDigit)) return {};
  return *ascii;
}

AddressList parseFrom(std::string_view value) {
  if (value.size() > kMaxFromBytes) return problemAt(AuthorProblem::TooLong, kMaxFromBytes);
  if (const std::size_t end = findFieldEnd(value); end != std::string_view::npos) {
    return problemAt(AuthorProblem::HiddenAddress, end);
  }
  AddressList list = parseAddressList(value);
  switch (list.problem) {
    case AuthorProblem::None:
      if (oneDomain(list) && hidesAuthor(value, hostName(list.addresses.front().domain))) {
        return problemAt(AuthorProblem::HiddenAddress, 0);
      }
      return list;
    case AuthorProblem::HiddenAddress:
    case AuthorProblem::TooLong: return list;
    default: return tolerate(value, list);
  }
}

}  // namespace alignd::message
