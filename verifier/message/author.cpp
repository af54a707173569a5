#include "verifier/message/author.h"

namespace alignd::message {

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
