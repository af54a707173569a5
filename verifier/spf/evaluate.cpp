#include "verifier/spf/evaluate.h"

#include <algorithm>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/excerpt.h"
#include "verifier/spf/evaluation.h"

namespace alignd::spf {

namespace {

Status statusOf(Qualifier qualifier) {
  switch (qualifier) {
    case Qualifier::Pass: return Status::Pass;
    case Qualifier::Fail: return Status::Fail;
    case Qualifier::SoftFail: return Status::SoftFail;
    case Qualifier::Neutral: return Status::Neutral;
  }
  return Status::Neutral;
}

// Whole when it is short enough to be read, else its ends.
std::string pathText(const std::vector<std::string>& path) {
  constexpr std::size_t kEnds = 2;
  const bool whole = path.size() <= 2 * kEnds + 1;
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!out.empty()) out += " -> ";
    if (!whole && i == kEnds) {
      out += ascii::cat({"(", std::to_string(path.size() - 2 * kEnds), " more) -> "});
      i = path.size() - kEnds;
    }
    out += excerpt(path[i], 80);
  }
  return out;
}

// A name from a record in a sentence.
std::string shown(std::string_view domain) {
  return excerpt(domain, 100);
}

}  // namespace

Evaluation::Evaluation(const Request& request, const Options& options, dns::Lookups& lookups, Trace* trace,
                       Carry* carry)
    : request_(request),
      options_(options),
      trace_(trace),
      questions_(lookups, options.askAhead),
      client_(request.client.unmapped()),  // section 5
      sender_(senderOf(request.identity, request.mailFrom, request.helo, request.smtputf8)),
      carry_(carry == nullptr ? &own_ : carry) {}

std::optional<Result> Evaluation::run() {
  Result result;
  result.identity = request_.identity;
  result.client = client_;
  result.nullPath = request_.identity == Identity::MailFrom && sender_.nullPath;
  const std::string& domain = request_.domain.empty() ? sender_.domain : request_.domain;
  result.domain = ascii::toLower(domain);
  if (domain.empty()) {
    result.text = sender_.problem;  // sections 2.6.1 and 4.3: none
    return result;
  }
  if (trace_ != nullptr) trace_->clear();
  Finding found = checkHost(domain);
  if (questions_.blocked()) return std::nullopt;
  result.terms = terms_;
  result.voids = voids_;
  if (found.status == Status::Fail && found.matched && options_.explanations) {
    result.explanation = explanation(found);
    if (questions_.blocked()) return std::nullopt;
  }
  result.status = found.status;
  result.mechanism = std::move(found.mechanism);
  result.prefixLength = found.prefixLength;
  result.text = std::move(found.text);
  const bool decided =
      found.status == Status::Pass || found.status == Status::TempError || found.status == Status::PermError;
  if (!decided && !carry_->remark_.empty()) result.text += "; " + carry_->remark_;
  if (found.path.size() > 1) result.text += " (" + pathText(found.path) + ")";
  shorten(result.text, kMaxReason);
  result.path = std::move(found.path);
  for (std::string& one : result.path) shorten(one, kMaxDomain);
  return result;
}

const dns::Answer* Evaluation::find(const dns::Name& name, dns::Type type) {
  const dns::Answer* answer = questions_.find(name, type);
  if (answer != nullptr && trace() != nullptr) trace()->lookup(*answer);
  return answer;
}

Evaluation::Finding Evaluation::finding(Status status, std::string text, std::string_view mechanism) const {
  Finding out;
  out.status = status;
  out.text = std::move(text);
  out.mechanism = excerpt(mechanism, kMaxTerm);
  out.path = path_;
  return out;
}

// check_host(): sections 4.3 to 4.5. The sender's domain has been checked by senderOf; the targets of include
// and redirect are checked here, and may hold any octet that a macro brought in (section 4.8).
Evaluation::Finding Evaluation::checkHost(const std::string& domain) {
  const bool circle = isOpen(domain);
  path_.push_back(domain);
  if (Trace* t = trace()) t->openRecord(domain);
  Finding out;
  const auto name = dns::Name::parse(domain);
  if (circle) {
    // What did not match before will not match now: it would go on until the terms are used up (section 4.6.4).
    out = finding(Status::PermError, "the SPF records go in a circle");
  } else if (!name || name->labelCount() < 2) {
    out = finding(Status::None, ascii::cat({"\"", shown(domain), "\" is no name of several labels"}));
  } else if (const dns::Answer* answer = find(*name, dns::Type::TXT)) {
    if (answer->failed()) {
      out = finding(Status::TempError, (unanswered(*answer), problem_));
    } else if (answer->empty()) {
      out = finding(Status::None, ascii::cat({shown(domain), answer->status == dns::Status::NoSuchName
                                                                 ? " does not exist"
                                                                 : " has no TXT record"}));
      if (!answer->chain.empty()) out.text += ": " + excerpt(dns::chainText(answer->chain), 300);
    } else {
      out = checkRecord(domain, answer->derived<Selection>(selectRecord));
    }
  }
  if (Trace* t = trace()) t->closeRecord(out.status);
  path_.pop_back();
  return out;
}

// Sections 4.5 and 4.6.
Evaluation::Finding Evaluation::checkRecord(const std::string& domain,
                                            const std::shared_ptr<const Selection>& selection) {
  const bool fits = selection->record.text.size() <= options_.maxRecord;
  if (Trace* t = trace()) t->recordFound(excerpt(selection->record.text, options_.maxRecord));
  if (selection->kind == Selection::Kind::One && fits) return checkTerms(domain, selection);
  Finding out = notEvaluated(domain, *selection);
  if (Trace* t = trace()) t->notEvaluated(out.text);
  return out;
}

Evaluation::Finding Evaluation::notEvaluated(const std::string& domain, const Selection& selection) {
  if (selection.kind == Selection::Kind::None) {
    std::string text = shown(domain) + " has no SPF record";
    if (!selection.nearMiss.empty()) text += ", only what looks like one: " + selection.nearMiss;
    return finding(Status::None, std::move(text));
  }
  if (selection.kind == Selection::Kind::Several) {
    return finding(Status::PermError,
                   ascii::cat({shown(domain), " has ", std::to_string(selection.candidates),
                               " SPF records; their terms belong into one"}));
  }
  if (const std::size_t size = selection.record.text.size(); size > options_.maxRecord) {
    return finding(Status::PermError, ascii::cat({"the SPF record of ", shown(domain), " has ",
                                                  std::to_string(size), " octets; those of more than ",
                                                  std::to_string(options_.maxRecord), " are not evaluated"}));
  }
  return finding(Status::PermError,
                 ascii::cat({selection.error.problem, " in \"", excerpt(selection.error.term, kMaxTerm),
                             "\" of ", shown(domain)}),
                 selection.error.term);
}

// Where the record whose turn it is was left in the run before: behind the terms that did not match.
std::size_t Evaluation::resume(std::size_t visit) {
  if (questions_.blocked() || trace_ != nullptr || visit >= carry_->marks_.size()) return 0;
  const Carry::Mark& mark = carry_->marks_[visit];
  if (mark.directive == 0) return 0;
  terms_ = mark.terms;
  voids_ = mark.voids;
  visits_ = mark.visits;
  return mark.directive;
}

void Evaluation::passed(std::size_t visit, std::size_t directive) {
  if (questions_.blocked()) return;
  if (carry_->marks_.size() <= visit) carry_->marks_.resize(visit + 1);
  carry_->marks_[visit] = {directive + 1, visits_, terms_, voids_};
}

bool Evaluation::step() {
  // Asking ahead is worth this much a run; what stands further back will be asked when it is needed.
  constexpr std::size_t kMaxAhead = 500;
  ++carry_->work_.spfSteps;
  return !questions_.blocked() || (++ahead_ <= kMaxAhead && !questions_.exhausted());
}

Evaluation::Finding Evaluation::checkTerms(const std::string& domain,
                                           const std::shared_ptr<const Selection>& selection) {
  const Record& record = selection->record;
  const std::size_t visit = visits_++;
  for (std::size_t i = resume(visit); i < record.directives.size(); ++i) {
    if (!step()) return {};
    const Directive& directive = record.directives[i];
    const std::string_view text = record.textOf(directive);
    inner_.reset();
    if (Trace* t = trace()) t->openTerm(text);
    const Outcome outcome = evaluateTerm(directive, record, domain);
    if (Trace* t = trace()) {
      static constexpr std::string_view kWords[] = {"no match", "match", "temperror", "permerror"};
      t->closeTerm(kWords[static_cast<std::size_t>(outcome)], terms_, voids_);
    }
    if (outcome == Outcome::NoMatch) {
      passed(visit, i);
      continue;
    }
    Finding out;
    if (outcome == Outcome::Match) {
      out = matched(directive, domain, record);
    } else if (inner_) {
      out = std::move(*inner_);  // the broken term is further in
      inner_.reset();
      if (out.mechanism.empty()) out.mechanism = excerpt(text, kMaxTerm);
    } else {
      const bool temp = outcome == Outcome::TempError;
      out =
          finding(temp ? Status::TempError : Status::PermError,
                  ascii::cat({problem_, " for \"", excerpt(text, kMaxTerm), "\" of ", shown(domain)}), text);
    }
    out.record = selection;
    out.domain = domain;
    return out;
  }
  if (record.redirect >= 0) return redirected(domain, record);  // section 6.1; `all` would have matched
  return finding(Status::Neutral, ascii::cat({"no term of ", shown(domain), " matches ", client_.text()}));
}

Evaluation::Finding Evaluation::matched(const Directive& directive, const std::string& domain,
                                        const Record& record) {
  Finding out;
  if (inner_) {  // include: the term that matched is further in
    out = std::move(*inner_);
    inner_.reset();
    if (directive.qualifier != Qualifier::Pass) {
      out.text += ascii::cat(
          {", so \"", excerpt(record.textOf(directive), kMaxTerm), "\" of ", shown(domain), " matches"});
    }
  } else {
    const std::string_view term = record.textOf(directive);
    out = finding(
        {}, ascii::cat({client_.text(), " matches \"", excerpt(term, kMaxTerm), "\" of ", shown(domain)}),
        term);
    out.prefixLength = prefixOf(directive);
  }
  out.status = statusOf(directive.qualifier);
  out.matched = true;
  return out;
}

// Section 6.1.
Evaluation::Finding Evaluation::redirected(const std::string& domain, const Record& record) {
  const MacroString& spec = *record.spec(record.redirect);
  const std::string term = "redirect=" + spec.text();
  const auto broken = [&](std::string_view why) {
    return finding(Status::PermError,
                   ascii::cat({why, " for \"", excerpt(term, kMaxTerm), "\" of ", shown(domain)}), term);
  };
  if (Trace* t = trace()) t->openTerm(term);
  const bool counted = countTerm() != Outcome::PermError;
  if (questions_.blocked() && (spec.uses('s') || spec.uses('l') || spec.uses('p')))
    return {};  // not asked ahead
  const Target to = counted ? target(&spec, domain) : Target{Outcome::PermError, {}};
  Finding out;
  if (to.outcome == Outcome::PermError) {
    out = broken(problem_);
  } else if (to.outcome == Outcome::NoMatch) {
    passOver(term, domain, kForeignLocalPart);
    out = finding(Status::Neutral, ascii::cat({"no term of ", shown(domain), " matches ", client_.text()}));
  } else {
    if (Trace* t = trace()) t->target(to.text);
    out = checkHost(to.text);
    if (out.status == Status::None) out = broken(out.text);
  }
  if (Trace* t = trace()) {
    t->closeTerm(out.status == Status::PermError ? "permerror" : statusWord(out.status), terms_, voids_);
  }
  return out;
}

// Section 6.2. Whatever goes wrong, there is no explanation, and the fail stands.
std::string Evaluation::explanation(const Finding& found) {
  if (!found.record) return {};
  const MacroString* spec = found.record->record.spec(found.record->record.explanation);
  if (spec == nullptr) return {};
  if (!sender_.asciiLocal && (spec->uses('s') || spec->uses('l'))) return {};
  MacroValues with = values(found.domain);
  std::string validated;
  if (spec->uses('p')) {
    validated = validatedName(found.domain);
    if (questions_.blocked()) return {};
    with.validated = validated;
  }
  const auto name = dns::Name::parse(expanded(*spec, with));
  if (!name || name->isRoot()) return {};
  const dns::Answer* answer = find(*name, dns::Type::TXT);
  if (answer == nullptr || answer->status != dns::Status::Ok || answer->records.size() != 1) return {};
  const auto* text = std::get_if<dns::Txt>(&answer->records.front().data);
  std::string ignored;
  if (text == nullptr || text->size() > options_.maxRecord) return {};
  const auto parsed = MacroString::parse(*text, Grammar::ExplainString, ignored);
  if (!parsed) return {};
  if (parsed->uses('p') && validated.empty()) {
    validated = validatedName(found.domain);
    if (questions_.blocked()) return {};
    with.validated = validated;
  }
  std::string out = parsed->expandText(with, options_.explanationLimit, &carry_->work_);
  // US-ASCII by the RFC; printable, because it is bound for an SMTP reply.
  const bool printable = std::all_of(out.begin(), out.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return printable ? out : std::string();
}

std::optional<Result> evaluate(const Request& request, const Options& options, dns::Lookups& lookups,
                               Trace* trace, Carry* carry) {
  return Evaluation(request, options, lookups, trace, carry).run();
}

bool usableForDmarc(const Result& result, const Options& options) {
  if (result.status != Status::Pass || result.identity != Identity::MailFrom) return false;
  const bool v4 = !result.client || result.client->isV4();
  const int minimum = v4 ? options.minimumPrefix4 : options.minimumPrefix6;
  return result.prefixLength < 0 || result.prefixLength >= minimum;
}

}  // namespace alignd::spf
