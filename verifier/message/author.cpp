#include "verifier/message/author.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/message/from_parser.h"
#include "verifier/message/line_ends.h"

namespace alignd::message {

namespace {

// `From`, `from `, ` From`, `From` NUL, `From` CRLF: what is left when only printable ASCII counts.
bool looksLikeFrom(std::string_view name) {
  constexpr std::string_view kFrom = "from";
  std::size_t matched = 0;
  for (const char c : name) {
    if (c <= 0x20 || c == 0x7f || ascii::is8Bit(c)) continue;
    if (matched == kFrom.size() || ascii::lower(c) != kFrom[matched]) return false;
    ++matched;
  }
  return matched == kFrom.size();
}

void stop(Author& author, AuthorProblem problem, std::size_t offset, std::string_view found = {}) {
  author.problem = problem;
  author.offset = offset;
  author.found = found;
}

void readFrom(std::string_view value, Author& author) {
  FromReading reading = parseFrom(value);
  stop(author, reading.problem, reading.offset, reading.found);
  if (author.asWritten.empty()) author.asWritten = std::move(reading.asWritten);
  for (std::string& domain : reading.domains) {
    if (author.domains.size() >= 2 * kMaxCandidates) break;
    if (std::find(author.domains.begin(), author.domains.end(), domain) != author.domains.end()) continue;
    author.domains.push_back(std::move(domain));
  }
}

// `text` in printable ASCII.
std::string escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c < '\x7f') {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += "\\x";
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

}  // namespace

Author findAuthor(const HeaderBlock& header) {
  constexpr std::size_t kMaxFields = 10;
  Author author;
  std::size_t fields = 0;
  bool plainName = true;
  std::string_view second;
  std::string_view hidden;
  bool hides = false;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const Field field = header[i];
    if (!looksLikeFrom(field.name)) {
      hides = hides || anyHiddenField(field.value, [&](std::string_view name, std::string_view value) {
                hidden = ascii::trimWsp(value).substr(0, 64);
                return looksLikeFrom(name);
              });
      continue;
    }
    ++fields;
    plainName = plainName && field.name.size() == 4;
    // More than a few From fields are no less ambiguous, only more work.
    if (fields <= kMaxFields) readFrom(field.value, author);
    if (fields == 2) second = ascii::trimWsp(field.value).substr(0, 64);
  }
  if (hides) {  // a bare CR, say, ends the Subject for some readers, and a From field follows
    stop(author, AuthorProblem::SeveralFrom, 0, hidden);
  } else if (fields == 0) {
    stop(author, AuthorProblem::NoFrom, 0);
  } else if (fields > 1) {
    stop(author, AuthorProblem::SeveralFrom, 0, second);
  } else if (!plainName && !author.ambiguous()) {
    stop(author, AuthorProblem::Unparsable, 0);  // some readers see a From field, others none
  }
  if (!author.ambiguous()) author.domain = author.domains.front();
  return author;
}

std::string problemReason(const Author& author) {
  std::string out(problemText(author.problem));
  if (author.found.empty()) return out;
  const bool another = author.problem == AuthorProblem::SeveralFrom;
  out += ascii::cat({": '", escaped(author.found), another ? "' in the second" : "' at octet "});
  if (!another) out += std::to_string(author.offset) + " of From";
  return out;
}

std::string_view problemText(AuthorProblem problem) {
  switch (problem) {
    case AuthorProblem::None: return "one author domain";
    case AuthorProblem::NoFrom: return "no From field";
    case AuthorProblem::SeveralFrom: return "several From fields";
    case AuthorProblem::SeveralDomains: return "several author domains";
    case AuthorProblem::NoAddress: return "From without an address";
    case AuthorProblem::NoDomain: return "author address without a domain";
    case AuthorProblem::BadDomain: return "author domain is no host name";
    case AuthorProblem::Unparsable: return "not every reader takes this field for From";
    case AuthorProblem::HiddenAddress: return "something else in From could be read as the author";
    case AuthorProblem::TooLong: return "From is over the limits";
    case AuthorProblem::HeaderTooLong:
      return "the header is over the limits, and another From could stand in what was not kept";
  }
  return "unknown";
}

std::string_view problemWord(AuthorProblem problem) {
  switch (problem) {
    case AuthorProblem::None: return "none";
    case AuthorProblem::NoFrom: return "no_from";
    case AuthorProblem::SeveralFrom: return "several_from";
    case AuthorProblem::SeveralDomains: return "several_domains";
    case AuthorProblem::NoAddress: return "no_address";
    case AuthorProblem::NoDomain: return "no_domain";
    case AuthorProblem::BadDomain: return "bad_domain";
    case AuthorProblem::Unparsable: return "unparsable";
    case AuthorProblem::HiddenAddress: return "hidden_address";
    case AuthorProblem::TooLong: return "too_long";
    case AuthorProblem::HeaderTooLong: return "header_too_long";
  }
  return "unknown";
}

}  // namespace alignd::message
