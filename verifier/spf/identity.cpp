#include "verifier/spf/identity.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "dns/data/name.h"
#include "verifier/excerpt.h"

namespace alignd::spf {

namespace {

// RFC 5321 section 4.5.3.1 allows 64 + 1 + 255; what is far beyond is not looked at.
constexpr std::size_t kMaxPath = 1024;

// Letters, digits, hyphen and underscore: a domain of the envelope never holds anything else (2.6.1 (a)).
bool isDomainOctet(char c) {
  return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.';
}

// RFC 6531 section 3.4, RFC 8616 section 4.
constexpr std::string_view kUnannounced =
    "is an internationalised name, which only MAIL FROM may have, and only with SMTPUTF8; "
    "elsewhere it is written in A-labels (xn--...)";

// Section 4.3: sets sender.domain, or sender.problem.
void setDomain(Sender& sender, std::string_view domain, bool uLabels) {
  const auto bad = [&](std::string_view why) {
    sender.problem = ascii::cat({"\"", excerpt(domain, kMaxTerm), "\" ", why});
  };
  if (domain.empty()) {
    sender.problem = "there is no domain";
    return;
  }
  if (domain.front() == '[') return bad("is an address literal");
  if (IpAddress::parse(domain)) return bad("is an address");
  std::string ascii(domain);
  if (std::any_of(domain.begin(), domain.end(), ascii::is8Bit)) {
    if (!uLabels) return bad(kUnannounced);
    auto converted = dns::toAscii(domain);
    if (!converted) return bad("is no valid internationalised domain name");
    ascii = std::move(*converted);
  }
  if (ascii.ends_with('.')) ascii.pop_back();
  const auto name = dns::Name::parse(ascii);
  if (!name || !std::all_of(ascii.begin(), ascii.end(), isDomainOctet))
    return bad("is no well-formed domain name");
  if (name->labelCount() < 2) return bad("is not a name of several labels");
  sender.domain = std::move(ascii);
}

// Where the quoted string that starts at text[0] ends (after its closing quote); nothing when it does not.
std::optional<std::size_t> quotedEnd(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::nullopt;
}

// Splits local-part "@" domain. A local part that is not quoted must not hold what would let two readers see
// two different domains (comments, a second "@", quotes, brackets); blanks and other harmless junk are
// tolerated.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view path) {
  std::size_t at = 0;
  if (path.starts_with('"')) {
    const auto end = quotedEnd(path);
    if (!end || *end >= path.size() || path[*end] != '@') return std::nullopt;
    at = *end;
  } else {
    at = path.find('@');
    if (at == std::string_view::npos) return std::nullopt;
    if (path.substr(0, at).find_first_of("()<>[]:;,\\\"") != std::string_view::npos) return std::nullopt;
  }
  return std::pair(path.substr(0, at), path.substr(at + 1));
}

// RFC 5321 appendix C: "@a,@b:user@domain" is user@domain.
std::string_view withoutRoute(std::string_view path) {
  if (!path.starts_with('@')) return path;
  const auto colon = path.find(':');
  return colon == std::string_view::npos ? path : path.substr(colon + 1);
}

}  // namespace

Sender senderOf(Identity identity, std::string_view mailFrom, std::string_view helo, bool smtputf8) {
  Sender sender;
  sender.localPart = "postmaster";
  if (mailFrom.size() >= 2 && mailFrom.front() == '<' && mailFrom.back() == '>') {
    mailFrom = mailFrom.substr(1, mailFrom.size() - 2);
  }
  sender.nullPath = mailFrom.empty();
  if (identity == Identity::Helo || sender.nullPath) {
    setDomain(sender, helo.substr(0, kMaxPath), false);
    return sender;
  }
  if (mailFrom.size() > kMaxPath) {
    sender.problem = "the reverse-path is too long";
    return sender;
  }
  const auto parts = split(withoutRoute(mailFrom));
  if (!parts) {
    sender.problem = ascii::cat({"the reverse-path \"", excerpt(mailFrom, kMaxTerm), "\" is no mailbox"});
    return sender;
  }
  if (!parts->first.empty()) sender.localPart = parts->first;
  sender.asciiLocal = std::none_of(sender.localPart.begin(), sender.localPart.end(), ascii::is8Bit);
  setDomain(sender, parts->second, smtputf8);
  return sender;
}

}  // namespace alignd::spf
