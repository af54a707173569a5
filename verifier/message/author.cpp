#include "verifier/message/author.h"

#include <algorithm>

#include "dns/ascii.h"
#include "verifier/message/from_parser.h"

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

void addDomain(Author& author, std::string domain) {
  if (domain.empty() || author.domains.size() >= kMaxAddresses) return;
  if (std::find(author.domains.begin(), author.domains.end(), domain) != author.domains.end()) return;
  author.domains.push_back(std::move(domain));
}

void stop(Author& author, AuthorProblem problem, std::size_t offset) {
  author.problem = problem;
  author.offset = offset;
}

void readFrom(std::string_view value, Author& author) {
  const AddressList list = parseFrom(value);
  author.addresses += list.addresses.size();
  stop(author, list.problem, list.offset);
  for (const Address& address : list.addresses) {
    std::string domain = hostName(address.domain);
    if (domain.empty() && !author.ambiguous()) {
      stop(author, address.domain.empty() ? AuthorProblem::NoDomain : AuthorProblem::BadDomain,
           address.offset);
    }
    if (author.asWritten.empty()) author.asWritten = address.domain;
    addDomain(author, std::move(domain));
    if (author.domains.size() > 1 && !author.ambiguous()) {
      stop(author, AuthorProblem::SeveralDomains, address.offset);
    }
  }
}

}  // namespace

Author findAuthor(const HeaderBlock& header) {
  Author author;
  std::size_t fields = 0;
  bool plainName = true;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const Field field = header[i];
    if (!looksLikeFrom(field.name)) continue;
    ++fields;
    plainName = plainName && field.name.size() == 4;
    // More than a few From fields are no less ambiguous, only more work.
    if (fields <= kMaxAddresses) readFrom(field.value, author);
  }
  if (fields == 0) {
    stop(author, AuthorProblem::NoFrom, 0);
  } else if (fields > 1) {
    stop(author, AuthorProblem::SeveralFrom, 0);
  } else if (!plainName && !author.ambiguous()) {
    stop(author, AuthorProblem::Unparsable, 0);  // some readers see a From field, others none
  }
  if (!author.ambiguous()) author.domain = author.domains.front();
  return author;
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
    case AuthorProblem::Unparsable: return "From cannot be parsed";
    case AuthorProblem::HiddenAddress: return "something else in From could be read as the author";
    case AuthorProblem::TooLong: return "From is over the limits";
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
  }
  return "unknown";
}

}  // namespace alignd::message
