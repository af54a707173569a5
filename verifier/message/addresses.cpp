#include "verifier/message/addresses.h"

#include "dns/ascii.h"
#include "verifier/message/address_tokens.h"
#include "verifier/message/encoded_word.h"

namespace alignd::message {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view value) : value_(value), lexed_(tokenizeAddresses(value)) {}

  AddressList list();
  AddressList single();

 private:
  const AddressToken& token() const { return lexed_.tokens[at_]; }
  bool fail(AuthorProblem problem, std::size_t offset);
  bool fail(AuthorProblem problem) { return fail(problem, token().begin); }
  bool lexicalFault();

  bool element();
  bool angle();
  bool route(std::vector<Address>& domains);
  bool addrSpec(std::size_t firstWord);
  bool localPart(std::size_t first, std::size_t last);
  bool domain(Address& out);
  bool separated();
  std::size_t words();

  std::string_view value_;
  AddressTokens lexed_;
  std::size_t at_ = 0;
  bool inGroup_ = false;
  AddressList out_;
};

bool Parser::fail(AuthorProblem problem, std::size_t offset) {
  out_.problem = problem;
  out_.offset = offset;
  return false;
}

bool Parser::lexicalFault() {
  if (lexed_.fault == AddressTokens::Fault::None) return false;
  fail(lexed_.fault == AddressTokens::Fault::Depth ? AuthorProblem::TooLong : AuthorProblem::Unparsable,
       lexed_.offset);
  return true;
}

// address-list = (address *("," address)) / obs-addr-list: elements may be empty.
AddressList Parser::list() {
  if (lexicalFault()) return std::move(out_);
  while (true) {
    while (token().is(',')) ++at_;
    if (token().kind == AddressToken::Kind::End) break;
    if (inGroup_ && token().is(';')) {
      ++at_;
      inGroup_ = false;
    } else if (!element()) {
      return std::move(out_);
    } else if (inGroup_ && token().is(';')) {
      continue;
    }
    if (!separated()) return std::move(out_);
  }
  if (inGroup_) {
    fail(AuthorProblem::Unparsable);
  } else if (out_.addresses.empty()) {
    fail(AuthorProblem::NoAddress, 0);
  }
  return std::move(out_);
}

// After an element: a comma or the end; after a group's name: its first member.
bool Parser::separated() {
  if (token().is(',') || token().kind == AddressToken::Kind::End) return true;
  if (at_ > 0 && lexed_.tokens[at_ - 1].is(':')) return true;
  return fail(AuthorProblem::Unparsable);
}

std::size_t Parser::words() {
  const std::size_t first = at_;
  while (token().isWord() || token().is('.')) ++at_;
  return first;
}

// mailbox, or the name of a group with its colon (obs-phrase: dots may stand among its words).
bool Parser::element() {
  const std::size_t first = words();
  const bool phrase = at_ > first;
  if (phrase && token().is('@')) return addrSpec(first);
  if (token().is('<')) return angle();
  if (phrase && token().is(':') && !inGroup_) {
    inGroup_ = true;
    ++at_;
    return true;
  }
  const bool ended = token().is(',') || token().is(';') || token().kind == AddressToken::Kind::End;
  return fail(phrase && ended ? AuthorProblem::NoDomain : AuthorProblem::Unparsable);
}

bool Parser::angle() {
  ++at_;
  if (token().is('>')) return fail(AuthorProblem::NoAddress);
  std::vector<Address> passed;
  if ((token().is('@') || token().is(',')) && !route(passed)) return false;
  const std::size_t first = words();
  if (at_ > first && token().is('>')) return fail(AuthorProblem::NoDomain);
  if (at_ == first || !token().is('@')) return fail(AuthorProblem::Unparsable);
  if (!addrSpec(first)) return false;
  if (!token().is('>')) return fail(AuthorProblem::Unparsable);
  ++at_;
  for (const Address& hop : passed) {
    if (!ascii::equalIgnoreCase(hop.domain, out_.addresses.back().domain)) {
      return fail(AuthorProblem::HiddenAddress, hop.offset);
    }
  }
  return true;
}

// obs-route = obs-domain-list ":"; obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
bool Parser::route(std::vector<Address>& domains) {
  while (token().is(',')) ++at_;
  while (token().is('@')) {
    ++at_;
    if (domains.size() >= kMaxAddresses) return fail(AuthorProblem::TooLong);
    if (!domain(domains.emplace_back())) return false;
    if (!token().is(',') && !token().is(':')) return fail(AuthorProblem::Unparsable);
    while (token().is(',')) ++at_;
  }
  if (domains.empty() || !token().is(':')) return fail(AuthorProblem::Unparsable);
  ++at_;
  return true;
}

// addr-spec, standing on its "@".
bool Parser::addrSpec(std::size_t firstWord) {
  if (!localPart(firstWord, at_)) return false;
  ++at_;
  if (out_.addresses.size() >= kMaxAddresses) return fail(AuthorProblem::TooLong);
  Address address;
  if (!domain(address)) return false;
  out_.addresses.push_back(std::move(address));
  return true;
}

bool Parser::localPart(std::size_t first, std::size_t last) {
  bool word = false;
  bool previousWord = false;
  for (std::size_t i = first; i < last; ++i) {
    const AddressToken& part = lexed_.tokens[i];
    if (part.isWord() && previousWord) return fail(AuthorProblem::Unparsable, part.begin);
    previousWord = part.isWord();
    word = word || part.isWord();
    // RFC 2047 section 5 (3): no encoded-word in an addr-spec. Readers that decode it all the same see an
    // address.
    if (part.kind != AddressToken::Kind::Atom) continue;
    const auto text = value_.substr(part.begin, part.end - part.begin);
    if (text.find("=?") == std::string_view::npos) continue;
    if (decodeEncodedWords(text).find('@') != std::string::npos) {
      return fail(AuthorProblem::HiddenAddress, part.begin);
    }
  }
  return word || fail(AuthorProblem::Unparsable, lexed_.tokens[first].begin);
}

// domain = dot-atom / domain-literal / obs-domain.
bool Parser::domain(Address& out) {
  out.offset = token().begin;
  if (token().kind == AddressToken::Kind::Literal) {
    ++at_;
    return true;
  }
  bool wantAtom = true;
  while (wantAtom ? token().kind == AddressToken::Kind::Atom : token().is('.')) {
    // Whoever does not know obs-domain ends the domain at the blank: no harm while that is no domain of its
    // own.
    if (!out.domain.empty() && token().blankBefore &&
        out.domain.find('.') < out.domain.size() - (wantAtom ? 1 : 0)) {
      return fail(AuthorProblem::HiddenAddress);
    }
    out.domain += value_.substr(token().begin, token().end - token().begin);
    ++at_;
    wantAtom = !wantAtom;
  }
  if (out.domain.empty() &&
      (token().is('>') || token().is(',') || token().is(';') || token().kind == AddressToken::Kind::End)) {
    return fail(AuthorProblem::NoDomain);
  }
  // An empty label: at the beginning, in the middle, or the final dot that RFC 5322 does not know.
  return !wantAtom || fail(AuthorProblem::BadDomain);
}

AddressList Parser::single() {
  if (lexicalFault()) return std::move(out_);
  const std::size_t first = words();
  const bool parsed = at_ > first && token().is('@') && addrSpec(first);
  const bool whole = parsed && token().kind == AddressToken::Kind::End;
  if (!whole && out_.problem == AuthorProblem::None) fail(AuthorProblem::Unparsable);
  return std::move(out_);
}

}  // namespace

AddressList parseAddressList(std::string_view value) {
  return Parser(value).list();
}

AddressList parseAddrSpec(std::string_view value) {
  return Parser(value).single();
}

}  // namespace alignd::message
