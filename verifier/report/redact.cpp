#include "verifier/report/redact.h"

#include <algorithm>
#include <array>

#include "dns/data/ascii.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/crypto.h"
#include "verifier/message/candidates.h"

namespace alignd::report {

namespace {

using ascii::cat;

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::size_t kPseudonym = 12;     // letters
constexpr std::size_t kMaxAddresses = 50;  // of one field
constexpr std::size_t kMaxLine = 990;      // RFC 5322 section 2.1.1 allows 998

enum class Treatment { Transport, Results, Signature, Received, Addresses, Type, AsIs, NameOnly };

struct Known {
  std::string_view name;
  Treatment treatment;
};
// Message-ID is what the owner finds the message in his own logs by.
constexpr Known kKnown[]{
    {"arc-authentication-results", Treatment::Results},
    {"arc-message-signature", Treatment::Signature},
    {"arc-seal", Treatment::Signature},
    {"authentication-results", Treatment::Results},
    {"auto-submitted", Treatment::Transport},
    {"cc", Treatment::Addresses},
    {"content-transfer-encoding", Treatment::Transport},
    {"content-type", Treatment::Type},
    {"date", Treatment::AsIs},
    {"dkim-signature", Treatment::Signature},
    {"from", Treatment::Addresses},
    {"list-id", Treatment::Transport},
    {"message-id", Treatment::AsIs},
    {"mime-version", Treatment::AsIs},
    {"precedence", Treatment::Transport},
    {"received", Treatment::Received},
    {"received-spf", Treatment::Transport},
    {"reply-to", Treatment::Addresses},
    {"resent-from", Treatment::Addresses},
    {"resent-sender", Treatment::Addresses},
    {"resent-to", Treatment::Addresses},
    {"return-path", Treatment::Transport},
    {"sender", Treatment::Addresses},
    {"to", Treatment::Addresses},
};

Treatment treatmentOf(std::string_view name, const RedactOptions& options) {
  const auto same = [&](std::string_view other) { return ascii::equalIgnoreCase(name, other); };
  if (!options.redact || std::any_of(options.fields.begin(), options.fields.end(), same))
    return Treatment::AsIs;
  for (const Known& known : kKnown) {
    if (same(known.name)) return known.treatment;
  }
  return Treatment::NameOnly;
}

// RFC 5322 section 3.2.3 atext and dots, and all beyond ASCII (RFC 6531).
bool isLocal(char c) {
  return ascii::isAlnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

// Of the key in "smtp.mailfrom=joe", "i=joe": what stands in Authentication-Results, Received-SPF and signatures. Any
// other "=" is a part of the address (VERP, SRS).
std::size_t keyLength(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return 0;
  const std::string key = ascii::toLower(text.substr(0, equals));
  const bool known = key.starts_with("smtp.") || key.starts_with("header.") || key.starts_with("policy.") ||
                     key == "envelope-from" || key == "identity" || key == "i";
  return known ? equals + 1 : 0;
}

bool isBlank(char c) {
  return ascii::isWsp(c) || c == '\r' || c == '\n';
}

// Where the quoted string that ends before `end` begins; `from` when nothing opens it: then all of it is hidden.
std::size_t quoteBegin(std::string_view text, std::size_t from, std::size_t end) {
  for (std::size_t i = end - 1; i > from;) {
    if (text[--i] != '"') continue;
    std::size_t slashes = 0;
    while (i - slashes > from && text[i - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return i;
    i -= slashes;
  }
  return from;
}

// Past blanks and comments, backwards from `end`.
std::size_t beforeBlanks(std::string_view text, std::size_t from, std::size_t end) {
  std::size_t depth = 0;
  std::size_t outside = end;  // of what is open still
  while (end > from) {
    const char c = text[end - 1];
    if (c == ')') {
      ++depth;
    } else if (c == '(' && depth > 0) {
      --depth;
    } else if (depth == 0 && !isBlank(c)) {
      return end;
    }
    --end;
    if (depth == 0) outside = end;
  }
  return outside;
}

// Where the local part that ends before `at` begins; not before `from`. Words and quoted strings with dots between, blanks
// and comments before the "@" (RFC 5322 sections 3.4.1 and 4.4).
std::size_t localBegin(std::string_view text, std::size_t from, std::size_t at) {
  std::size_t begin = beforeBlanks(text, from, at);
  while (begin > from && (isLocal(text[begin - 1]) || text[begin - 1] == '"')) {
    begin = text[begin - 1] == '"' ? quoteBegin(text, from, begin) : begin - 1;
  }
  return begin + keyLength(text.substr(begin, at - begin));
}

// RFC 6376 section 3.5: z= holds other fields.
std::string withoutCopies(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const auto end = std::min(value.find(';'), value.size());
    const std::string_view tag = value.substr(0, end);
    const auto begin = tag.find_first_not_of(" \t\r\n");
    const auto equals = tag.find('=');
    const bool copies =
        begin != std::string_view::npos && equals != std::string_view::npos &&
        ascii::lower(tag[begin]) == 'z' &&
        tag.substr(begin + 1, equals - begin - 1).find_first_not_of(" \t\r\n") == std::string_view::npos;
    out += copies ? tag.substr(0, equals + 1) : tag;
    if (copies) out += kRedacted;
    if (end < value.size()) out += ';';
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return out;
}

// "(Authenticated sender: joe)", "(authenticated bits=0)", "(AUTH: CRAM-MD5 joe@x, TLS: ...)".
std::string withoutUsers(std::string_view value) {
  const std::string lower = ascii::toLower(value);
  std::string out;
  std::size_t done = 0;
  // Wherever they stand, in whatever order and however often.
  for (auto at = lower.find("auth"); at != std::string::npos;
       at = lower.find("auth", std::max(at + 1, done))) {
    const std::string_view rest = std::string_view(lower).substr(at);
    std::size_t word = 0;
    for (const std::string_view one : {"authenticated", "auth:", "auth="})
      if (rest.starts_with(one)) word = one.size();
    if (word == 0) continue;
    const auto end = std::min(lower.find_first_of(");", at), lower.size());
    out += value.substr(done, at + word - done);
    out += cat({" ", kRedacted});
    done = end;
  }
  out += value.substr(done);
  return out;
}

// Behind these Received names a user, with or without a domain. With one, withoutLocalParts() sees to it.
constexpr std::string_view kNaming[]{"for", "envelope-from", "envelope-sender"};

// The word of kNaming at the beginning of `lower`; 0 when there is none.
std::size_t namingWord(std::string_view lower) {
  for (const std::string_view word : kNaming) {
    if (!lower.starts_with(word) || lower.size() == word.size()) continue;
    const char next = lower[word.size()];
    if (isBlank(next) || std::string_view("<=:\"").find(next) != std::string_view::npos) return word.size();
  }
  return 0;
}

// "for <joe>", "(envelope-from joe)": local mail.
std::string withoutNames(std::string_view value) {
  const std::string lower = ascii::toLower(value);
  const std::string_view view = lower;
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = 0; at < view.size();) {
    const bool begins = at == 0 || !(ascii::isAlnum(view[at - 1]) || view[at - 1] == '-');
    const std::size_t word = begins ? namingWord(view.substr(at)) : 0;
    if (word == 0) {
      ++at;
      continue;
    }
    at = std::min(view.find_first_not_of(" \t\r\n<=:\"", at + word), view.size());
    const std::size_t end = std::min(view.find_first_of(" \t\r\n<>\";()", at), view.size());
    if (const std::size_t sign = view.substr(at, end - at).rfind('@'); sign != std::string_view::npos) {
      at += sign + 1;  // all before it shares its end
      continue;
    }
    if (at == end || namingWord(view.substr(at)) == end - at) continue;
    out += cat({value.substr(done, at - done), kRedacted});
    done = at = end;
  }
  out += value.substr(done);
  return out;
}

// RFC 8601 section 2.7.4: smtp.auth is who has authenticated.
std::string withoutLogins(std::string_view value, std::string_view key) {
  constexpr std::string_view kLogin = "smtp.auth";
  const std::string lower = ascii::toLower(value);
  const auto pastBlanks = [&](std::size_t at) {
    return std::min(lower.find_first_not_of(" \t\r\n", at), lower.size());
  };
  std::string out;
  std::size_t done = 0;
  for (auto at = lower.find(kLogin); at != std::string::npos; at = lower.find(kLogin, at)) {
    at = pastBlanks(at + kLogin.size());
    if (at == lower.size() || lower[at] != '=') continue;
    at = pastBlanks(at + 1);
    // Quoted strings and what is glued to them.
    std::size_t end = at;
    bool quoted = false;
    for (bool inside = false; end < value.size(); ++end) {
      const char c = value[end];
      if (c == '"') quoted = true, inside = !inside;
      if (inside && c == '\\') ++end;
      if (!inside && (isBlank(c) || c == ';')) break;
    }
    end = std::min(end, value.size());
    // Of an address without quotes withoutLocalParts() leaves the domain. All before the "@" shares its end.
    if (const std::size_t sign = value.substr(at, end - at).rfind('@');
        !quoted && sign != std::string_view::npos) {
      at += sign + 1;
      continue;
    }
    if (at == end) continue;
    out += cat({value.substr(done, at - done), pseudonym(value.substr(at, end - at), key)});
    done = at = end;
  }
  out += value.substr(done);
  return out;
}

std::string addresses(std::string_view value, std::string_view key) {
  std::string out;
  std::size_t from = 0;
  for (const message::Candidate& candidate : message::findCandidates(value, kMaxAddresses)) {
    const std::size_t begin = localBegin(value, from, candidate.at);
    out += cat({out.empty() ? "" : ",\r\n ", pseudonym(value.substr(begin, candidate.at - begin), key), "@",
                candidate.domain});
    from = candidate.at + 1;
  }
  return out.empty() ? std::string(kRedacted) : out;
}

std::string shownValue(Treatment treatment, std::string_view value, std::string_view key) {
  switch (treatment) {
    case Treatment::AsIs: return std::string(value);
    case Treatment::Transport: return withoutLocalParts(value, key);
    case Treatment::Results: return withoutLocalParts(withoutLogins(value, key), key);
    case Treatment::Signature: return withoutLocalParts(withoutCopies(value), key);
    case Treatment::Received: return withoutLocalParts(withoutNames(withoutUsers(value)), key);
    case Treatment::Addresses: return cat({" ", addresses(value, key)});
    case Treatment::Type: return std::string(value.substr(0, value.find(';')));
    case Treatment::NameOnly: return cat({" ", kRedacted});
  }
  return {};
}

}  // namespace

std::string pseudonym(std::string_view text, std::string_view key) {
  dkim::Sha256 digest;
  digest.reset();
  digest.update(key);
  digest.update(text);
  const dkim::Digest hash = digest.finish();
  std::string out = dkim::encodeBase64({reinterpret_cast<const char*>(hash.data()), hash.size()});
  out.resize(kPseudonym);
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::string withoutLocalParts(std::string_view text, std::string_view key) {
  std::string out;
  std::size_t done = 0;
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const std::size_t begin = localBegin(text, done, at);
    out += text.substr(done, begin - done);
    if (begin < at) out += pseudonym(text.substr(begin, at - begin), key);
    out += '@';
    done = at + 1;
  }
  out += text.substr(done);
  return out;
}

std::string plainLines(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\r\n";
      line = 0;
      ++i;
      continue;
    }
    if (line >= kMaxLine) {
      out += "\r\n ";
      line = 1;
    }
    out += c == '\t' || (c >= ' ' && c < 0x7f) ? c : '?';
    ++line;
  }
  return out;
}

std::string shownHeader(const message::HeaderBlock& header, const RedactOptions& options,
                        std::string_view key) {
  std::string out;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const message::Field field = header[i];
    const std::string shown =
        plainLines(cat({field.name.substr(0, kMaxLine), ":",
                        shownValue(treatmentOf(field.name, options), field.value, key)}));
    if (out.size() + shown.size() + 2 > options.most) break;
    out += shown;
    out += "\r\n";
  }
  return out;
}

}  // namespace alignd::report
