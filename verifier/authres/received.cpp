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
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool beginsWith(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && ascii::equalIgnoreCase(text.substr(0, word.size()), word);
}

// `[192.0.2.1]` and what follows it: RFC 5321 section 4.1.3, IPv4 bare, IPv6 behind its tag. Some write IPv6 without it.
std::optional<IpAddress> literal(std::string_view text) {
  constexpr std::string_view kTag = "IPv6:";
  const std::size_t close = text.find(']');
  if (!text.starts_with('[') || close == std::string_view::npos) return std::nullopt;
  std::string_view inside = text.substr(1, close - 1);
  if (beginsWith(inside, kTag)) inside.remove_prefix(kTag.size());
  return IpAddress::parse(inside);
}

// `by` as a word of a comment: the relay's own, when HELO opened a comment that something else of the client's closes, an
// address in `for` perhaps.
bool holdsBy(std::string_view comment) {
  const auto letter = [&](std::size_t i) { return i < comment.size() && ascii::isAlnum(comment[i]); };
  for (std::size_t i = 0; i + 1 < comment.size(); ++i) {
    if (beginsWith(comment.substr(i), "by") && !letter(i + 2) && (i == 0 || !letter(i - 1))) return true;
  }
  return false;
}

// What a comment between `from` and `by` says.
struct Comment {
  std::optional<IpAddress> address;
  bool helo = false;  // it repeats the HELO name: then the from-domain is not that, but the client (Exim)
};

// `name [192.0.2.1] ...` (RFC 5321 section 4.4: TCP-info), `[192.0.2.1] ...`, `192.0.2.1`, `ident@192.0.2.1`. Of what
// follows the address nothing is read: HELO may stand there.
Comment readComment(std::string_view text) {
  Comment out;
  text = trim(text);
  const auto wordEnd = std::find_if(text.begin(), text.end(), isBlank);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(wordEnd - text.begin()));
  out.helo = word == "HELO" || word == "EHLO" || beginsWith(text, "helo=") || beginsWith(text, "port=") ||
             beginsWith(text, "ident=");
  if (out.helo) return out;
  if (text.starts_with('[')) {
    out.address = literal(text);
  } else if (word.size() == text.size()) {
    const std::size_t at = word.rfind('@');
    out.address = IpAddress::parse(at == std::string_view::npos ? word : word.substr(at + 1));
  } else if (word.find('[') == std::string_view::npos) {
    out.address = literal(trim(text.substr(word.size())));
  }
  return out;
}

// All that stands from `from` to `by`.
class Clause {
 public:
  void word(std::string_view word) {
    if (words_++ == 0) fromLiteral_ = literal(word);
  }
  void comment(std::string_view text) {
    const Comment read = readComment(text);
    helo_ = helo_ || read.helo;
    if (read.address) note(*read.address);
  }
  std::optional<IpAddress> client() {
    if (helo_ && fromLiteral_) note(*fromLiteral_);
    return words_ == 1 && !several_ ? found_ : std::nullopt;
  }

 private:
  void note(const IpAddress& address) {
    several_ = several_ || (found_ && *found_ != address);
    found_ = address;
  }

  std::size_t words_ = 0;
  bool helo_ = false;
  bool several_ = false;
  std::optional<IpAddress> fromLiteral_;
  std::optional<IpAddress> found_;
};

}  // namespace

std::optional<IpAddress> clientOfReceived(std::string_view value) {
  Scanner scanner(value);
  scanner.skipCfws();
  if (!ascii::equalIgnoreCase(scanner.run(""), "from")) return std::nullopt;
  Clause clause;
  std::optional<IpAddress> client;
  for (bool ended = false; !scanner.atEnd();) {
    const char c = scanner.peek();
    if (c == '(') {
      const std::string_view comment = scanner.comment();
      if (holdsBy(comment)) return std::nullopt;
      if (!ended) clause.comment(comment);
      continue;
    }
    const std::string_view word = scanner.run("");
    if (word.empty()) {
      // A parenthesis that closes nothing may be the end of a comment that HELO opened before `from` was looked at.
      if (c == ')') return std::nullopt;
      scanner.advance();
      continue;
    }
    if (ascii::equalIgnoreCase(word, "by")) {
      // A second one: the first, or what stands between them, is HELO.
      if (ended) return std::nullopt;
      ended = true;
      client = clause.client();
    } else if (!ended) {
      clause.word(word);
    }
  }
  return scanner.unterminated() ? std::nullopt : client;
}

}  // namespace alignd::authres
