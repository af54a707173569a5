#include "verifier/dmarc/evaluate.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/dmarc/check.h"

namespace alignd::dmarc {

namespace {

using ascii::cat;
using Kind = Ending::Kind;

// t=y: one level below (RFC 9989 section 4.7).
Policy loweredForTest(Policy policy) {
  return policy == Policy::Reject ? Policy::Quarantine : Policy::None;
}

const PublicSuffixList* listFor(const Options& options) {
  return options.organizationalDomain == OrganizationalDomain::Psl ? options.list.get() : nullptr;
}

// Whether the policy of a record above the author domain hangs on the existence of that domain: np differs
// from what applies otherwise (section 4.10.1).
bool existenceMatters(const Record& record, std::size_t policy) {
  return policy > 0 && record.nonexistent && *record.nonexistent != record.subdomain.value_or(record.policy);
}

// RFC 9989 section 3.2.13: a domain does not exist when its name is NXDOMAIN, for whatever type.
dns::Question existenceQuestion(const dns::Name& author) {
  return {author, dns::Type::A};
}

void describePolicy(const Record& record, std::size_t index, const dns::Name& author, dns::Lookups& lookups,
                    Result& result) {
  result.record = record.text;
  result.published = record.policy;
  result.subdomain = record.subdomain;
  result.nonexistent = record.nonexistent;
  result.testing = record.testing;
  result.adkim = record.adkim;
  result.aspf = record.aspf;
  result.fo = record.fo;
  result.rua = record.rua;
  result.ruf = record.ruf;
  result.psd = record.psd;
  result.selected = record.policy;
  result.selectedTag = "p";
  if (index > 0 && record.subdomain) {
    result.selected = *record.subdomain;
    result.selectedTag = "sp";
  }
  if (existenceMatters(record, index)) {
    const dns::Answer* answer = lookups.peek(existenceQuestion(author));
    const bool missing = answer != nullptr && answer->status == dns::Status::NoSuchName;
    // Not to be told: of the two the stricter, so that nothing is handled as milder than it may be.
    const bool open = answer != nullptr && answer->temporary() && *record.nonexistent > result.selected;
    if (missing || open) {
      result.selected = *record.nonexistent;
      result.selectedTag = "np";
    }
  }
  result.effective = record.testing ? loweredForTest(result.selected) : result.selected;
}

void describeWalk(const SeenWalk& walk, Result& result) {
  Walk followed;
  result.walk.reserve(walk.plan.names.size());
  for (std::size_t i = 0; i < walk.plan.names.size(); ++i) {
    WalkStep& step = result.walk.emplace_back();
    step.name = walk.plan.names[i].text();
    const dns::Answer* answer = walk.answers[i];
    step.asked = !followed.ended() && answer != nullptr;
    if (!step.asked) continue;
    step.answer = answer->status;
    if (const auto& policy = walk.policies[i]) {
      step.problem = policy->problem;
      if (policy->record) step.record = policy->record->text;
    } else {
      step.problem = dns::chainText(answer->chain);
      if (!step.problem.empty() && !answer->detail.empty()) step.problem += ": ";
      step.problem += answer->detail;
    }
    followed.see(walk.plan, i, walk.names[i].sight);
  }
}

// The organizational domain at the end of a walk, when everything it rests on is known.
std::string organizationalDomain(const SeenWalk& walk) {
  Walk followed;
  for (std::size_t i = 0; i < walk.plan.names.size() && !followed.ended(); ++i) {
    if (walk.names[i].kind != Knowledge::Kind::Known && !walk.plan.fixedLabels) return {};
    followed.see(walk.plan, i, walk.names[i].sight);
  }
  return walk.plan.domain.suffix(followed.organizationalLabels(walk.plan)).text();
}

std::string_view mechanism(Identifier::Kind kind) {
  return kind == Identifier::Kind::Spf ? "SPF" : "DKIM";
}

std::string notPassedText(const IdentifierInput& input) {
  const bool spf = input.kind == Identifier::Kind::Spf;
  switch (input.state) {
    case IdentifierState::TempError:
      return spf ? "SPF could not be told" : "the signature could not be checked";
    case IdentifierState::PermError: return spf ? "SPF permerror" : "the signature cannot be verified";
    default: return spf ? "SPF did not pass" : "the signature did not pass";
  }
}

Identifier describeIdentifier(const Check::Subject& subject, const Result& result) {
  const IdentifierInput& input = *subject.input;
  Identifier out;
  out.kind = input.kind;
  out.domain = input.domain;
  out.selector = input.selector;
  out.passed = input.state == IdentifierState::Pass;
  out.aligned = out.passed && isCertain(subject.endings, Kind::Pass);
  if (subject.walk) out.organizationalDomain = organizationalDomain(*subject.walk);
  const Alignment mode = input.kind == Identifier::Kind::Dkim ? result.adkim : result.aspf;
  if (!out.passed) {
    out.text = notPassedText(input);
  } else if (out.aligned) {
    out.text = input.domain == result.authorDomain ? "aligned, the author domain itself"
                                                   : "aligned, same organization";
  } else if (result.status == Status::None || result.record.empty()) {
    out.text = "no policy to be aligned under";
  } else if (mode == Alignment::Strict) {
    out.text = cat({"not aligned (strict): ", input.domain, " is not ", result.authorDomain});
  } else if (!out.organizationalDomain.empty()) {
    out.text = cat({"not aligned: organizational domain ", out.organizationalDomain});
  } else {
    out.text = "not aligned: of another organization";
  }
  return out;
}

// "_dmarc.d.example -> x.example: SERVFAIL (what 192.0.2.53 said)"
std::string answerText(const dns::Answer& answer) {
  const std::string_view what =
      answer.overload ? "not asked, too many questions" : dns::statusName(answer.status);
  std::string text = cat({dns::trailText(answer), ": ", what});
  if (!answer.detail.empty()) text += cat({" (", answer.detail, ")"});
  return text;
}

// The first failure among the names of a walk.
std::string failureText(const SeenWalk& walk) {
  for (std::size_t i = 0; i < walk.names.size(); ++i) {
    if (walk.names[i].kind != Knowledge::Kind::Failed) continue;
    return answerText(*walk.answers[i]);
  }
  return {};
}

std::string preventedText(const Check& check, const Result& result) {
  if (result.discoveryFailed) return failureText(check.author());
  for (const Check::Subject& subject : check.subjects()) {
    if (!isCertain(subject.endings, Kind::Prevented)) continue;
    if (subject.input->state == IdentifierState::TempError) {
      return cat({mechanism(subject.input->kind), " of ", subject.input->domain,
                  " could not be checked, it could align"});
    }
    if (subject.walk) {
      if (std::string text = failureText(*subject.walk); !text.empty()) return text;
    }
  }
  return failureText(check.author());
}

std::string alignedText(const Result& result) {
  std::string text;
  for (const Identifier& identifier : result.identifiers) {
    if (!identifier.aligned) continue;
    if (!text.empty()) text += ", ";
    text += cat({mechanism(identifier.kind), " ", identifier.domain});
    if (text.size() > 200) break;  // a reason, not a list
  }
  return "aligned: " + text;
}

// Of the record that applies: one between it and the author domain may be as unusable and decides nothing.
std::string problemOfPolicy(const SeenWalk& walk) {
  Walk followed;
  for (std::size_t i = 0; i < walk.names.size(); ++i) followed.see(walk.plan, i, walk.names[i].sight);
  const std::size_t index = followed.policyIndex().value_or(0);
  const Record* record = walk.record(index);
  if (record == nullptr) return "record without a usable policy";
  return cat({"record of ", walk.plan.names[index].text(), ": ", unusableText(*record)});
}

// Somebody meant a record to be there: what became of it.
std::string noRecordText(const Result& result) {
  const auto near = std::find_if(result.walk.begin(), result.walk.end(),
                                 [](const WalkStep& step) { return step.asked && !step.problem.empty(); });
  if (near == result.walk.end()) return cat({"no DMARC record at ", result.authorDomain, " or above"});
  return cat({"no valid DMARC record, at _dmarc.", near->name, ": ", near->problem});
}

void describeOutcome(const Check& check, Ending ending, Result& result) {
  const std::string& author = result.authorDomain;
  switch (ending.kind) {
    case Kind::NoPolicy:
      result.status = Status::None;
      result.text = noRecordText(result);
      break;
    case Kind::NoUsablePolicy:
      result.status = Status::PermError;
      result.text = problemOfPolicy(check.author());
      break;
    case Kind::Pass:
      result.status = Status::Pass;
      result.text = alignedText(result);
      break;
    case Kind::Fail:
      result.status = Status::Fail;
      result.text = cat({"nothing that passed is aligned with ", author});
      break;
    default: result.status = Status::TempError; result.text = preventedText(check, result);
  }
}

Result describe(const Check& check, Ending ending, dns::Lookups& lookups) {
  const SeenWalk& walk = check.author();
  Result result;
  result.authorDomain = walk.plan.domain.text();
  result.discoveryMethod = walk.plan.fixedLabels ? "psl" : "treewalk";
  describeWalk(walk, result);
  result.organizationalDomain = organizationalDomain(walk);
  if (isCertain(check.withoutIdentifiers(), Kind::Fail)) {
    const std::size_t index = check.withoutIdentifiers().front().policy;
    result.policyDomain = walk.plan.names[index].text();
    result.hasPolicy = true;
    if (const Record* record = walk.record(index)) {
      describePolicy(*record, index, walk.plan.domain, lookups, result);
    }
  }
  result.discoveryFailed =
      ending.kind == Kind::Prevented && !isCertain(check.withoutIdentifiers(), Kind::Fail);
  // The status decides how the identifiers are told, and they how the reason is.
  result.status = ending.kind == Kind::NoPolicy ? Status::None : Status::Fail;
  result.identifiers.reserve(check.subjects().size());
  for (const Check::Subject& subject : check.subjects()) {
    result.identifiers.push_back(describeIdentifier(subject, result));
    const Identifier& identifier = result.identifiers.back();
    if (identifier.aligned) {
      (identifier.kind == Identifier::Kind::Dkim ? result.alignedDkim : result.alignedSpf) = true;
    }
  }
  describeOutcome(check, ending, result);
  return result;
}

// Fail, but under which policy? Turned into Prevented where existence cannot be told; nothing while it is
// missing.
std::optional<Ending> withExistence(const Check& check, Ending ending, dns::Lookups& lookups) {
  if (ending.kind != Kind::Fail) return ending;
  const Record* record = check.author().record(ending.policy);
  if (record == nullptr || !existenceMatters(*record, ending.policy)) return ending;
  const dns::Answer* answer = lookups.find(existenceQuestion(check.author().plan.domain));
  if (answer == nullptr) return std::nullopt;
  if (answer->temporary())
    return Ending{Kind::Prevented, 0};  // (a name with an alias, however broken, exists)
  return ending;
}

std::optional<Result> evaluateBy(const dns::Name& author, const std::vector<IdentifierInput>& identifiers,
                                 const PublicSuffixList* list, bool strictSyntax, dns::Lookups& lookups) {
  while (true) {
    const Check check(author, identifiers, list, strictSyntax, lookups);
    if (const auto ending = check.combined(); ending && check.canBeTold(*ending)) {
      const auto whole = withExistence(check, *ending, lookups);
      if (!whole) return std::nullopt;
      Result result = describe(check, *whole, lookups);
      if (ending->kind == Kind::Fail && whole->kind == Kind::Prevented) {
        result.text = cat({"whether ", result.authorDomain, " exists could not be told, and np hangs on it"});
      }
      return result;
    }
    if (!check.demand(lookups)) return std::nullopt;
  }
}

// organizational_domain = "compare": the list's view with the answers that are there; it never waits for
// more.
std::string compare(const Result& walk, const dns::Name& author,
                    const std::vector<IdentifierInput>& identifiers, const Options& options,
                    dns::Lookups& lookups) {
  const Check check(author, identifiers, options.list.get(), options.strictSyntax, lookups);
  const auto ending = check.combined();
  if (!ending) return {};
  const Result other = describe(check, *ending, lookups);
  std::string out;
  const auto differ = [&](std::string_view what, std::string_view byWalk, std::string_view byList) {
    if (byWalk == byList) return;
    if (!out.empty()) out += "; ";
    out += cat(
        {what, " ", byWalk.empty() ? "-" : byWalk, " by walk, ", byList.empty() ? "-" : byList, " by list"});
  };
  differ("result", statusWord(walk.status), statusWord(other.status));
  differ("organizational domain", walk.organizationalDomain, other.organizationalDomain);
  differ("policy domain", walk.policyDomain, other.policyDomain);
  differ("policy", policyWord(walk.selected), policyWord(other.selected));
  return out;
}

}  // namespace

void askAhead(const std::string& authorDomain, dns::Lookups& lookups) {
  const auto domain = dns::Name::parse(authorDomain);
  if (!domain || domain->isRoot()) return;
  for (const dns::Name& name : planWalk(*domain).names) {
    if (auto question = policyQuestion(name)) lookups.ask(*std::move(question));
  }
}

std::optional<Result> evaluate(const message::Author& author, const std::vector<IdentifierInput>& identifiers,
                               const Options& options, dns::Lookups& lookups) {
  const auto domain = author.ambiguous() ? std::nullopt : dns::Name::parse(author.domain);
  if (!domain || domain->isRoot()) {
    Result result;
    result.status = Status::PermError;
    result.text = message::problemReason(author);
    return result;
  }
  auto result = evaluateBy(*domain, identifiers, listFor(options), options.strictSyntax, lookups);
  if (result && options.organizationalDomain == OrganizationalDomain::Compare && options.list) {
    result->comparison = compare(*result, *domain, identifiers, options, lookups);
  }
  return result;
}

bool prepared(const message::Author& author, const std::vector<IdentifierInput>& identifiers,
              const Options& options, dns::Lookups& lookups) {
  const auto domain = author.ambiguous() ? std::nullopt : dns::Name::parse(author.domain);
  if (!domain || domain->isRoot()) return true;
  while (true) {
    const Check check(*domain, identifiers, listFor(options), options.strictSyntax, lookups);
    if (check.decidedEitherWay()) {
      // Certain to pass, or every way to fail has its policy.
      const bool passes =
          std::any_of(check.subjects().begin(), check.subjects().end(), [](const auto& subject) {
            return subject.input->state == IdentifierState::Pass && isCertain(subject.endings, Kind::Pass);
          });
      if (passes) return true;
      const Ending failed = check.withoutIdentifiers().front();
      if (check.canBeTold(failed)) return withExistence(check, failed, lookups).has_value();
    }
    if (!check.demand(lookups)) return false;
  }
}

}  // namespace alignd::dmarc
