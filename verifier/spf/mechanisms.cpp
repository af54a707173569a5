// The mechanisms of RFC 7208 section 5.
#include <algorithm>
#include <utility>
#include <variant>

#include "dns/data/ascii.h"
#include "verifier/excerpt.h"
#include "verifier/spf/address_set.h"
#include "verifier/spf/evaluation.h"

namespace alignd::spf {

using dns::Answer;
using dns::Name;

Evaluation::Outcome Evaluation::problem(Outcome outcome, std::string text) {
  problem_ = std::move(text);
  return outcome;
}

// Section 5: an error answer or none makes the whole check a temperror. An alias chain in circles is one too:
// resolvers answer it with SERVFAIL.
Evaluation::Outcome Evaluation::unanswered(const Answer& answer) {
  std::string text = ascii::cat({dns::statusName(answer.status), ": ", dns::typeName(answer.question.type),
                                 " ", excerpt(dns::trailText(answer), 250)});
  if (!answer.detail.empty()) text += ": " + excerpt(answer.detail, 150);
  return problem(Outcome::TempError, std::move(text));
}

Evaluation::Outcome Evaluation::countTerm() {
  if (terms_ >= kMaxTerms) return problem(Outcome::PermError, "more than 10 terms that need DNS");
  ++terms_;
  return Outcome::Match;
}

// Section 4.6.4 limits the number of *terms* whose queries are void, so a term counts at most once.
Evaluation::Outcome Evaluation::countVoid() {
  if (voids_ >= options_.maxVoids) {
    return problem(Outcome::PermError,
                   ascii::cat({"more than ", std::to_string(options_.maxVoids), " void lookups"}));
  }
  ++voids_;
  return Outcome::NoMatch;
}

MacroValues Evaluation::values(const std::string& domain) const {
  MacroValues out;
  out.localPart = sender_.localPart;
  out.senderDomain = sender_.domain;
  out.domain = domain;
  out.helo = request_.helo;
  out.receiver = request_.receiver;
  out.client = client_;
  out.now = request_.now;
  return out;
}

// The <target-name> (section 4.8). NoMatch: there is none (RFC 8616 section 4), or blocked on %{p}.
Evaluation::Target Evaluation::target(const MacroString* spec, const std::string& domain) {
  if (spec == nullptr) return {Outcome::Match, domain};
  if (!sender_.asciiLocal && (spec->uses('s') || spec->uses('l'))) return {Outcome::NoMatch, {}};
  MacroValues with = values(domain);
  std::string validated;
  if (spec->uses('p')) {
    if (countTerm() == Outcome::PermError)
      return {Outcome::PermError, {}};  // section 4.6.4: %{p} counts as ptr does
    validated = validatedName(domain);
    if (questions_.blocked()) return {Outcome::NoMatch, {}};
    with.validated = validated;
  }
  return {Outcome::Match, expanded(*spec, with)};
}

// Made once, not in each run.
std::string Evaluation::expanded(const MacroString& spec, const MacroValues& values) {
  auto& kept = carry_->expansions_;
  const auto found = std::find_if(kept.begin(), kept.end(), [&](const Carry::Expansion& one) {
    return one.spec == &spec && one.domain == values.domain;
  });
  if (found != kept.end()) return found->name;
  std::string name = spec.expandName(values, &carry_->work_);
  if (kept.size() < Carry::kMaxExpansions) kept.push_back({&spec, std::string(values.domain), name});
  return name;
}

// Never exists, nor what holds the local part: such queries would tell the sender's domain about mail that
// its record may not even be used for, and are often metered. Never ptr nor %{p}: the client's zone pays for
// those.
bool Evaluation::mayBeAskedAhead(const Directive& directive, const MacroString* spec) const {
  if (directive.mechanism == Mechanism::Exists || directive.mechanism == Mechanism::Ptr) return false;
  return spec == nullptr || !(spec->uses('s') || spec->uses('l') || spec->uses('p'));
}

int Evaluation::prefixOf(const Directive& directive) const {
  switch (directive.mechanism) {
    case Mechanism::All: return 0;
    case Mechanism::A:
    case Mechanism::Mx:
    case Mechanism::Ip4:
    case Mechanism::Ip6: return client_.isV4() ? directive.prefix4 : directive.prefix6;
    default: return -1;
  }
}

Evaluation::Outcome Evaluation::evaluateTerm(const Directive& directive, const Record& record,
                                             const std::string& domain) {
  switch (directive.mechanism) {
    case Mechanism::All: return Outcome::Match;  // section 5.1
    case Mechanism::Ip4:
    case Mechanism::Ip6:  // section 5.6
      return client_.matches(directive.network, prefixOf(directive)) ? Outcome::Match : Outcome::NoMatch;
    default: break;
  }
  if (countTerm() == Outcome::PermError) return Outcome::PermError;
  const MacroString* spec = record.spec(directive.target);
  if (questions_.blocked() && !mayBeAskedAhead(directive, spec)) return Outcome::NoMatch;
  const std::string_view term = record.textOf(directive);
  const Target to = target(spec, domain);
  if (to.outcome == Outcome::NoMatch) return passOver(term, domain, kForeignLocalPart);
  if (to.outcome != Outcome::Match) return to.outcome;
  if (Trace* t = trace()) t->target(to.text);
  if (directive.mechanism == Mechanism::Include) return include(to.text);
  // A target that is no name, or that cannot be asked, matches nothing (section 4.8).
  const auto name = Name::parse(to.text);
  if (!name || name->isRoot()) return passOver(term, domain, noName(term, to.text));
  switch (directive.mechanism) {
    case Mechanism::A: return addresses(directive, *name);
    case Mechanism::Mx: return mailExchanges(directive, *name);
    case Mechanism::Ptr: return reverseNames(*name);
    default: return exists(*name);
  }
}

// No match, and nothing else in the result would tell why.
Evaluation::Outcome Evaluation::passOver(std::string_view term, const std::string& domain,
                                         std::string_view why) {
  if (!questions_.blocked() && carry_->remark_.empty()) {
    carry_->remark_ = ascii::cat(
        {"\"", excerpt(term, kMaxTerm), "\" of ", excerpt(domain, 100), " was passed over: ", why});
  }
  return Outcome::NoMatch;
}

std::string Evaluation::noName(std::string_view term, std::string_view target) const {
  if (!target.empty())
    return ascii::cat({"it expands to \"", excerpt(target, kMaxTerm), "\", which is no name"});
  const bool helo = request_.helo.empty() && ascii::toLower(term).find("%{h") != std::string::npos;
  return helo ? "it expands to nothing, as there is no HELO name" : "it expands to nothing";
}

// Whether the record of this domain is being evaluated.
bool Evaluation::isOpen(const std::string& domain) const {
  return std::any_of(path_.begin(), path_.end(),
                     [&](const std::string& one) { return ascii::equalIgnoreCase(one, domain); });
}

// Section 5.2.
Evaluation::Outcome Evaluation::include(const std::string& target) {
  Finding found = checkHost(target);
  switch (found.status) {
    case Status::Pass: inner_ = std::move(found); return Outcome::Match;
    case Status::TempError: inner_ = std::move(found); return Outcome::TempError;
    case Status::PermError: inner_ = std::move(found); return Outcome::PermError;
    case Status::None:
      if (questions_.blocked()) return Outcome::NoMatch;  // not known yet
      return problem(Outcome::PermError, std::move(found.text));
    default: return Outcome::NoMatch;
  }
}

// Section 5.3.
Evaluation::Outcome Evaluation::addresses(const Directive& directive, const Name& target) {
  const Answer* answer = find(target, addressType());
  if (answer == nullptr || answer->status == dns::Status::BadName) return Outcome::NoMatch;
  if (answer->failed()) return unanswered(*answer);
  if (holdsAddress(*answer, client_, prefixOf(directive))) return Outcome::Match;
  return answer->records.empty() ? countVoid() : Outcome::NoMatch;
}

// Section 5.4: no implicit MX.
Evaluation::Outcome Evaluation::mailExchanges(const Directive& directive, const Name& target) {
  const Answer* answer = find(target, dns::Type::MX);
  if (answer == nullptr || answer->status == dns::Status::BadName) return Outcome::NoMatch;
  if (answer->failed()) return unanswered(*answer);
  if (answer->records.size() > kMaxMxNames) {
    return problem(Outcome::PermError,
                   ascii::cat({excerpt(target.text(), 100), " has more than 10 MX records"}));
  }
  // Void is the term of which nothing that was asked had an answer.
  bool isVoid = answer->records.empty();
  bool anyAddress = false;
  for (const dns::Record& record : answer->records) {
    const auto* mx = std::get_if<dns::Mx>(&record.data);
    if (mx == nullptr || mx->exchange.isRoot())
      continue;  // the null MX of RFC 7505: there is no host to ask for
    ++carry_->work_.spfSteps;
    const Answer* host = find(mx->exchange, addressType());
    if (host == nullptr) {
      anyAddress = true;  // perhaps
      continue;
    }
    if (host->failed()) return unanswered(*host);
    if (holdsAddress(*host, client_, prefixOf(directive))) return Outcome::Match;
    (host->records.empty() ? isVoid : anyAddress) = true;
  }
  return isVoid && !anyAddress ? countVoid() : Outcome::NoMatch;
}

// The first 10 names that the client's address maps to (section 5.5); none on any error.
std::vector<Name> Evaluation::reverseLookup(bool& empty) {
  std::vector<Name> out;
  const auto name = Name::parse(reverseName(client_));
  const Answer* answer = name ? find(*name, dns::Type::PTR) : nullptr;
  empty = answer != nullptr && answer->empty();
  if (answer == nullptr) return out;
  for (const dns::Record& record : answer->records) {
    if (out.size() == kMaxPtrNames) break;
    if (const auto* target = std::get_if<Name>(&record.data)) out.push_back(*target);
  }
  return out;
}

// Whether the name maps back to the client. An error skips the name (section 5.5).
bool Evaluation::validates(const Name& name) {
  if (name.isRoot()) return false;
  ++carry_->work_.spfSteps;
  const Answer* answer = find(name, addressType());
  return answer != nullptr && holdsAddress(*answer, client_, client_.bits());
}

// Section 5.5, erratum 4751: a validated name matches that is the target or below it. Names elsewhere cannot
// match and are not looked up.
Evaluation::Outcome Evaluation::reverseNames(const Name& target) {
  bool empty = false;
  const auto names = reverseLookup(empty);
  if (empty) return countVoid();
  const bool match = std::any_of(names.begin(), names.end(), [&](const Name& one) {
    return one.isWithin(target) && validates(one) && !questions_.blocked();
  });
  return match ? Outcome::Match : Outcome::NoMatch;
}

// Section 7.2, "p": the domain itself, else a name below it, else any. "unknown" is the caller's business.
std::string Evaluation::validatedName(const std::string& domain) {
  bool empty = false;
  const auto names = reverseLookup(empty);
  const auto own = Name::parse(domain);
  const auto rank = [&](const Name& name) { return !own || !name.isWithin(*own) ? 2 : name == *own ? 0 : 1; };
  for (int wanted = 0; wanted <= 2; ++wanted) {
    for (const Name& name : names) {
      if (rank(name) == wanted && validates(name) && !questions_.blocked()) return name.text();
    }
  }
  return {};
}

// Section 5.7: always A.
Evaluation::Outcome Evaluation::exists(const Name& target) {
  const Answer* answer = find(target, dns::Type::A);
  if (answer == nullptr || answer->status == dns::Status::BadName) return Outcome::NoMatch;
  if (answer->failed()) return unanswered(*answer);
  return answer->records.empty() ? countVoid() : Outcome::Match;
}

}  // namespace alignd::spf
