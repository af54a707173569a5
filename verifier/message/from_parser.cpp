#include "verifier/message/from_parser.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "dns/data/name.h"
#include "verifier/message/candidates.h"
#include "verifier/message/encoded_word.h"
#include "verifier/message/from_text.h"
#include "verifier/message/line_ends.h"

namespace alignd::message {

namespace {

FromReading problemAt(AuthorProblem problem, std::size_t offset, std::string_view found = {}) {
  constexpr std::size_t kMaxFound = 64;
  FromReading out;
  out.problem = problem;
  out.offset = offset;
  out.found = found.substr(0, kMaxFound);
  return out;
}

// With the word that the "@" stands in, from what could be its local part on.
FromReading problemAround(AuthorProblem problem, std::string_view text, std::size_t at) {
  constexpr std::size_t kMaxLocalPart = 24;
  constexpr std::string_view kApart = " \t\r\n<>()[],;:";
  std::size_t begin = at;
  while (begin > 0 && at - begin < kMaxLocalPart && kApart.find(text[begin - 1]) == std::string_view::npos)
    --begin;
  const std::size_t end = text.find_first_of(kApart, std::min(at + 2, text.size()));
  return problemAt(problem, begin, text.substr(begin, end - begin));
}

void setProblem(FromReading& reading, const FromReading& problem) {
  reading.problem = problem.problem;
  reading.offset = problem.offset;
  reading.found = problem.found;
}

// One domain that somebody may read.
struct Name {
  std::size_t at;      // the "@" before it
  std::string domain;  // as written; empty for a domain-literal
};

// The names that count, in order.
std::vector<Name> namesIn(const FromText& field, const std::vector<Candidate>& candidates) {
  bool dotted = false;
  bool dottedInAngle = false;
  bool angleNames = false;
  for (const Candidate& one : candidates) {
    const bool inAngle = field.inAngle(one.at);
    dotted = dotted || one.dotted() || one.literal;
    dottedInAngle = dottedInAngle || (inAngle && one.dotted());
    angleNames = angleNames || (inAngle && !one.whole.empty());
  }
  std::vector<Name> out;
  for (const Candidate& one : candidates) {
    const bool inAngle = field.inAngle(one.at);
    if (one.literal) {
      out.push_back({one.at, {}});
    } else if (!one.dotted()) {
      const bool counts = inAngle ? !dottedInAngle : !dotted && !angleNames;
      if (counts && !one.whole.empty()) out.push_back({one.at, one.whole});
    } else {
      if (isDotted(one.domain)) out.push_back({one.at, one.domain});
      if (one.goesOn(one.joined)) out.push_back({one.at, one.joined});
      // In a display name words may follow an address (`a@example.org via List <a@example.org>`); in the address itself
      // nothing may.
      const bool address = inAngle || field.open == std::string_view::npos;
      if (one.whole != one.domain && (address || one.goesOn(one.whole))) out.push_back({one.at, one.whole});
    }
  }
  return out;
}

AuthorProblem severalProblem(std::string_view text, std::size_t first, std::size_t second) {
  const bool list = text.substr(first, second - first).find(',') != std::string_view::npos;
  return list ? AuthorProblem::SeveralDomains : AuthorProblem::HiddenAddress;
}

// Domains as they are written. IDNA is dear, and one field is read up to nine times: each is converted once.
using Spellings = std::set<std::string, std::less<>>;

// What one reading of a field says. `value` is what `field` was read from. When one author is named, all `known` are his.
FromReading authorIn(std::string_view value, const FromText& field, Spellings& known) {
  if (field.tooDeep) return problemAt(AuthorProblem::TooLong, 0);
  const auto candidates = findCandidates(field.text, kMaxCandidates + 1);
  if (candidates.size() > kMaxCandidates) {
    return problemAt(AuthorProblem::TooLong, candidates.back().at);
  }
  const auto names = namesIn(field, candidates);
  if (names.empty()) {
    return candidates.empty() ? problemAt(AuthorProblem::NoAddress, 0)
                              : problemAround(AuthorProblem::NoDomain, value, candidates.front().at);
  }
  FromReading out;
  const auto stop = [&](AuthorProblem problem, const Name& name) {
    if (out.problem == AuthorProblem::None) setProblem(out, problemAround(problem, value, name.at));
  };
  const Name* bad = nullptr;
  for (const Name& name : names) {
    if (!known.insert(name.domain).second) continue;
    std::string host = hostName(name.domain);
    if (host.empty()) {
      if (bad == nullptr) bad = &name;
      continue;
    }
    if (std::find(out.domains.begin(), out.domains.end(), host) != out.domains.end()) continue;
    if (out.domains.empty()) out.asWritten = name.domain;
    if (!out.domains.empty()) stop(severalProblem(field.text, names.front().at, name.at), name);
    out.domains.push_back(std::move(host));
  }
  if (bad != nullptr) {
    const AuthorProblem alone = bad->domain.empty() ? AuthorProblem::NoDomain : AuthorProblem::BadDomain;
    stop(out.domains.empty() ? alone : AuthorProblem::HiddenAddress, *bad);
  }
  return out;
}

// The value without the encoded-words of the final angle-addr's display name: they hide an address as a quoted-string
// does, unless what they stand for would be an angle-addr or a list, or end a quoted-string or comment, to those who decode
// before they parse, or it is doubtful where the name ends.
std::string withoutNameWords(std::string_view value, const FromText& field,
                             const std::vector<EncodedWords>& words, WordRules rules) {
  std::string out(value);
  if (field.open == std::string_view::npos || field.doubtful) return out;
  // A quote that a word stands for pairs with others to those who decode before they parse.
  const bool quotes = value.find_first_of("\"(") != std::string_view::npos;
  const std::string_view marks = quotes ? "<,;\"()\\" : "<,;";
  std::size_t nameEnd = field.open;
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    if (word->end > nameEnd) continue;
    const std::string_view between = std::string_view(field.text).substr(word->end, nameEnd - word->end);
    if (between.find_first_of("<>@,;:[]") != std::string_view::npos) break;
    nameEnd = word->begin;
    const std::string text = decodeEncodedWords(value.substr(word->begin, word->end - word->begin), rules);
    if (field.text[word->begin] != '=' || text.find_first_of(marks) != std::string::npos) continue;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(word->begin),
              out.begin() + static_cast<std::ptrdiff_t>(word->end), ' ');
  }
  return out;
}

// Another than `author`, whom all of `known` are.
bool namesAnother(const std::string& decoded, const std::vector<std::string>& author, Spellings& known) {
  const FromText field = readFromText(decoded);
  const auto candidates = findCandidates(field.text, kMaxCandidates + 1);
  if (field.tooDeep || candidates.size() > kMaxCandidates) return true;
  const auto names = namesIn(field, candidates);
  return std::any_of(names.begin(), names.end(), [&](const Name& name) {
    if (author.empty()) return !name.domain.empty();
    return known.insert(name.domain).second && hostName(name.domain) != author.front();
  });
}

// Where the first encoded-word stands when such words name somebody else than `author`, whatever a reader takes for one and
// whether he decodes before he looks at quotes and comments or after.
std::optional<std::size_t> wordsNameAnother(std::string_view value, const FromText& field,
                                            const std::vector<std::string>& author, Spellings& known) {
  constexpr std::string_view kSyntax = "\"()\\";
  std::vector<std::string> seen;
  for (const WordRules rules : rulesFor(value)) {
    const auto words = findEncodedWords(value, rules);
    if (words.empty()) continue;
    const std::string shown = withoutNameWords(value, field, words, rules);
    for (const std::string_view left : {std::string_view(), kSyntax}) {
      std::string decoded = decodeEncodedWords(shown, rules, left);
      if (std::find(seen.begin(), seen.end(), decoded) != seen.end()) continue;
      if (namesAnother(decoded, author, known)) return words.front().begin;
      seen.push_back(std::move(decoded));
    }
  }
  return std::nullopt;
}

}  // namespace

std::string hostName(std::string_view domain) {
  if (domain.size() > 4 * dns::kMaxNameText) return {};  // no U-label is so much longer than its A-label
  const auto ascii = dns::toAscii(domain);
  if (!ascii || ascii->ends_with('.')) return {};
  const bool octets = std::all_of(ascii->begin(), ascii->end(), [](char c) {
    return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.';
  });
  const std::string_view last = std::string_view(*ascii).substr(ascii->rfind('.') + 1);
  if (!octets || std::all_of(last.begin(), last.end(), ascii::isDigit)) return {};
  return *ascii;
}

FromReading parseFrom(std::string_view value) {
  if (value.size() > kMaxFromBytes) return problemAt(AuthorProblem::TooLong, kMaxFromBytes);
  if (const std::size_t end = findFieldEnd(value); end != std::string_view::npos) {
    return problemAt(AuthorProblem::HiddenAddress, end, value.substr(end));
  }
  const FromText field = readFromText(value);
  Spellings known;
  FromReading out = authorIn(value, field, known);
  out.converted = known.size();
  const bool readable = out.problem == AuthorProblem::None || out.problem == AuthorProblem::NoAddress ||
                        out.problem == AuthorProblem::NoDomain;
  if (!readable || value.find("=?") == std::string_view::npos) return out;
  const auto word = wordsNameAnother(value, field, out.domains, known);
  out.converted = known.size();
  if (word) setProblem(out, problemAt(AuthorProblem::HiddenAddress, *word, value.substr(*word)));
  return out;
}

}  // namespace alignd::message
