#include "verifier/spf/evaluate.h"

#include <algorithm>
#include <utility>

#include "dns/ascii.h"
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

std::string pathText(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& domain : path) {
    if (!out.empty()) out += " -> ";
    out += domain;
  }
  return out;
}

}  // namespace

Evaluation::Evaluation(const Request& request, const Options& options, dns::Lookups& lookups, Trace* trace)
    : request_(request),
      options_(options),
      trace_(trace),
      questions_(lookups, options.askAhead),
      client_(request.client.unmapped()),  // section 5
      sender_(senderOf(request.identity, request.mailFrom, request.helo, request.smtputf8)) {}

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
  if (found.path.size() > 1) result.text += " (" + pathText(found.path) + ")";
  result.path = std::move(found.path);
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
  out.mechanism = mechanism;
  out.path = path_;
  return out;
}

// check_host(): sections 4.3 to 4.5. The sender's domain has been checked by senderOf; the targets of include
// and redirect are checked here, and may hold any octet that a macro brought in (section 4.8).
Evaluation::Finding Evaluation::checkHost(const std::string& domain) {
  path_.push_back(domain);
  if (Trace* t = trace()) t->openRecord(domain);
  Finding out;
  const auto name = dns::Name::parse(domain);
  if (!name || name->labelCount() < 2) {
    out = finding(Status::None, ascii::cat({"\"", domain, "\" is no name of several labels"}));
  } else if (const dns::Answer* answer = find(*name, dns::Type::TXT)) {
    if (answer->failed()) {
      out = finding(Status::TempError, (unanswered(*answer), problem_));
    } else if (answer->empty()) {
      out = finding(Status::None,
                    ascii::cat({domain, answer->status == dns::Status::NoSuchName ? " does not exist"
                                                                                  : " has no TXT record"}));
      if (!answer->chain.empty()) out.text += ": " + dns::chainText(answer->chain);
    } else {
      out = checkRecord(domain, answer->derived<Selection>(selectRecord));
    }
  }
  if (Trace* t = trace()) t->closeRecord(out.status);
  path_.pop_back();
  return out;
}

// Sections 4.5 to 4.7.
Evaluation::Finding Evaluation::checkRecord(const std::string& domain,
                                            const std::shared_ptr<const Selection>& selection) {
  if (Trace* t = trace()) t->recordFound(selection->record.text);
  switch (selection->kind) {
    case Selection::Kind::None: return finding(Status::None, domain + " has no SPF record");
    case Selection::Kind::Several:
      return finding(Status::PermError,
                     ascii::cat({domain, " has ", std::to_string(selection->candidates), " SPF records"}));
    case Selection::Kind::Malformed:
      return finding(
          Status::PermError,
          ascii::cat({selection->error.problem, " in \"", selection->error.term, "\" of ", domain}),
          selection->error.term);
    case Selection::Kind::One: break;
  }
  const Record& record = selection->record;
  for (const Directive& directive : record.directives) {
    if (questions_.exhausted()) return {};
    const std::string_view text = record.textOf(directive);
    inner_.reset();
    if (Trace* t = trace()) t->openTerm(text);
    const Outcome outcome = evaluateTerm(directive, record, domain);
    if (Trace* t = trace()) {
      static constexpr std::string_view kWords[] = {"no match", "match", "temperror", "permerror"};
      t->closeTerm(kWords[static_cast<std::size_t>(outcome)], terms_, voids_);
    }
    if (outcome == Outcome::NoMatch) continue;
    Finding out;
    if (outcome == Outcome::Match) {
      out = matched(directive, domain, record);
    } else if (inner_) {
      out = std::move(*inner_);  // the broken term is further in
      inner_.reset();
    } else {
      const bool temp = outcome == Outcome::TempError;
      out = finding(temp ? Status::TempError : Status::PermError,
                    ascii::cat({problem_, " for \"", text, "\" of ", domain}), text);
    }
    out.record = selection;
    out.domain = domain;
    return out;
  }
  if (record.redirect >= 0 && !record.hasAll) return redirected(domain, record);  // section 6.1
  Finding out = finding(Status::Neutral, ascii::cat({"no term of ", domain, " matches ", client_.text()}));
  return out;
}

Evaluation::Finding Evaluation::matched(const Directive& directive, const std::string& domain,
                                        const Record& record) {
  Finding out;
  if (inner_) {  // include: the term that matched is further in
    out = std::move(*inner_);
    inner_.reset();
    if (directive.qualifier != Qualifier::Pass) {
      out.text += ascii::cat({", so \"", record.textOf(directive), "\" of ", domain, " matches"});
    }
  } else {
    out = finding({}, ascii::cat({client_.text(), " matches \"", record.textOf(directive), "\" of ", domain}),
                  record.textOf(directive));
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
    return finding(Status::PermError, ascii::cat({why, " for \"", term, "\" of ", domain}), term);
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
    out = finding(Status::Neutral, ascii::cat({"no term of ", domain, " matches ", client_.text()}));
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
  const auto name = dns::Name::parse(spec->expandName(with));
  if (!name || name->isRoot()) return {};
  const dns::Answer* answer = find(*name, dns::Type::TXT);
  if (answer == nullptr || answer->status != dns::Status::Ok || answer->records.size() != 1) return {};
  const auto* text = std::get_if<dns::Txt>(&answer->records.front().data);
  std::string ignored;
  const auto parsed =
      text == nullptr ? std::nullopt : MacroString::parse(*text, Grammar::ExplainString, ignored);
  if (!parsed) return {};
  if (parsed->uses('p') && validated.empty()) {
    validated = validatedName(found.domain);
    if (questions_.blocked()) return {};
    with.validated = validated;
  }
  std::string out = parsed->expandText(with, options_.explanationLimit);
  // US-ASCII by the RFC; printable, because it is bound for an SMTP reply.
  const bool printable = std::all_of(out.begin(), out.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return printable ? out : std::string();
}

std::optional<Result> evaluate(const Request& request, const Options& options, dns::Lookups& lookups,
                               Trace* trace) {
  return Evaluation(request, options, lookups, trace).run();
}

bool usableForDmarc(const Result& result, const Options& options) {
  if (result.status != Status::Pass || result.identity != Identity::MailFrom) return false;
  const bool v4 = !result.client || result.client->isV4();
  const int minimum = v4 ? options.minimumPrefix4 : options.minimumPrefix6;
  return result.prefixLength < 0 || result.prefixLength >= minimum;
}

}  // namespace alignd::spf
