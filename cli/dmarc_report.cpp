#include "cli/dmarc_report.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/ask.h"
#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "verifier/dmarc/evaluate.h"
#include "verifier/dmarc/public_suffix_list.h"
#include "verifier/dmarc/record.h"
#include "verifier/dmarc/tree_walk.h"
#include "verifier/report/json.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using report::printable;

dmarc::Result evaluateAlone(const dns::Name& domain, const dmarc::Options& options, dns::Lookups& lookups) {
  message::Author author;
  author.problem = message::AuthorProblem::None;
  author.domain = domain.text();
  dmarc::askAhead(author.domain, lookups);
  const Time deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    if (auto result = dmarc::evaluate(author, {}, options, lookups)) return std::move(*result);
    if (std::chrono::steady_clock::now() >= deadline) lookups.close();
    lookups.wait(deadline);
  }
}

Handling handlingBy(const dmarc::Record& record, const std::string& policyDomain, bool exists) {
  Handling out;
  out.decided = record.usable;
  out.policyDomain = policyDomain;
  out.selected = record.policy;
  out.tag = "p";
  // RFC 9989 section 4.7: np, else sp, else p.
  if (!exists && record.nonexistent) {
    out.selected = *record.nonexistent;
    out.tag = "np";
  } else if (record.subdomain) {
    out.selected = *record.subdomain;
    out.tag = "sp";
  }
  out.effective = out.selected;
  if (record.testing) {
    out.effective = out.selected == dmarc::Policy::Reject ? dmarc::Policy::Quarantine : dmarc::Policy::None;
  }
  return out;
}

// A subdomain without a record of its own: its walk begins one name lower and goes on as every walk.
std::pair<Handling, Handling> subdomainHandling(const dns::Name& domain, const dmarc::Options& options,
                                                dns::Lookups& lookups) {
  const auto below = domain.under("x");
  if (!below) return {};
  const bool list = options.organizationalDomain == dmarc::OrganizationalDomain::Psl && options.list;
  const dmarc::WalkPlan plan = list ? dmarc::planList(*below, *options.list) : dmarc::planWalk(*below);
  std::vector<std::optional<dmarc::Record>> records(plan.names.size());
  dmarc::Walk walk;
  for (std::size_t i = 1; i < plan.names.size() && !walk.ended(); ++i) {
    const auto question = dmarc::policyQuestion(plan.names[i]);
    if (!question) continue;
    const dns::Answer& answer = ask(lookups, *question, kPatience);
    if (answer.failed()) {
      Handling unknown;
      unknown.temporary = true;
      return {unknown, unknown};
    }
    records[i] = dmarc::readPolicyAnswer(answer).record;
    const auto psd = records[i] ? records[i]->psd : 0;
    walk.see(plan, i,
             psd == 0     ? dmarc::Sight::Nothing
             : psd == 'n' ? dmarc::Sight::PsdNo
             : psd == 'y' ? dmarc::Sight::PsdYes
                          : dmarc::Sight::Record);
  }
  const auto policy = walk.policyIndex();
  if (!policy) return {};
  const std::string where = plan.names[*policy].text();
  return {handlingBy(*records[*policy], where, true), handlingBy(*records[*policy], where, false)};
}

}  // namespace

DmarcReport surveyDmarc(const dns::Name& domain, const dmarc::Options& options, dns::Lookups& lookups) {
  DmarcReport report;
  report.result = evaluateAlone(domain, options, lookups);
  const auto list = options.list ? options.list : dmarc::builtinPublicSuffixList();
  if (list) report.byList = list->organizationalDomain(domain.text());
  std::tie(report.existing, report.nonexistent) = subdomainHandling(domain, options, lookups);
  return report;
}

namespace {

std::string_view word(dmarc::Alignment alignment) {
  return alignment == dmarc::Alignment::Strict ? "strict" : "relaxed";
}

std::string tagList(const dmarc::Record& record) {
  std::string out = ascii::cat({"p=", dmarc::policyWord(record.policy)});
  if (record.subdomain) out += ascii::cat({" sp=", dmarc::policyWord(*record.subdomain)});
  if (record.nonexistent) out += ascii::cat({" np=", dmarc::policyWord(*record.nonexistent)});
  out += ascii::cat({" adkim=", word(record.adkim), " aspf=", word(record.aspf), " psd="});
  out += record.psd;
  out += ascii::cat({" t=", record.testing ? "y" : "n", " fo=", record.fo});
  return out;
}

void printRecord(std::ostream& out, const std::string& text) {
  const auto record = dmarc::parseRecord(text);
  if (!record) return;
  out << "    understood: " << (record->usable ? tagList(*record) : "no usable policy") << '\n';
  for (const auto& uri : record->rua) out << "    aggregate reports: " << printable(uri) << '\n';
  for (const auto& uri : record->ruf) out << "    failure reports: " << printable(uri) << '\n';
  for (const auto& problem : record->problems) out << "    problem: " << printable(problem) << '\n';
}

void printWalk(std::ostream& out, const dmarc::Result& result) {
  for (const auto& step : result.walk) {
    out << "  _dmarc." << printable(step.name) << ": ";
    if (!step.asked) {
      out << "not needed\n";
      continue;
    }
    out << (step.record.empty() ? std::string(dns::statusName(step.answer)) : printable(step.record)) << '\n';
    if (!step.problem.empty()) out << "    problem: " << printable(step.problem) << '\n';
    printRecord(out, step.record);
  }
}

void printHandling(std::ostream& out, std::string_view who, const Handling& handling) {
  out << "  " << who << ": ";
  if (handling.temporary) {
    out << "cannot be told, DNS did not answer\n";
  } else if (!handling.decided) {
    out << "no policy\n";
  } else {
    out << dmarc::policyWord(handling.effective) << " (" << handling.tag << " of "
        << printable(handling.policyDomain);
    if (handling.effective != handling.selected) {
      out << " says " << dmarc::policyWord(handling.selected) << ", one less for t=y";
    }
    out << ")\n";
  }
}

// The result of mail that nothing authenticates: fail where a policy applies.
Handling handlingOf(const dmarc::Result& result) {
  Handling out;
  out.decided = result.status == dmarc::Status::Fail;
  out.temporary = result.status == dmarc::Status::TempError;
  out.policyDomain = result.policyDomain;
  out.tag = result.selectedTag;
  out.selected = result.selected;
  out.effective = result.effective;
  return out;
}

void printText(std::ostream& out, const dns::Name& domain, const DmarcReport& report) {
  out << "DMARC of " << printable(domain.text()) << ", asked "
      << (report.result.discoveryMethod == "psl" ? "by public suffix list" : "by tree walk (RFC 9989)")
      << ":\n";
  printWalk(out, report.result);
  const std::string& byWalk = report.result.organizationalDomain;
  out << "organizational domain: " << (byWalk.empty() ? "cannot be told" : printable(byWalk));
  if (!report.byList.empty()) {
    out << (report.byList == byWalk ? ", also by public suffix list"
                                    : "; by public suffix list " + printable(report.byList));
  }
  out << "\nfailing mail of\n";
  printHandling(out, "the domain itself", handlingOf(report.result));
  printHandling(out, "a subdomain that exists", report.existing);
  printHandling(out, "a subdomain that does not exist", report.nonexistent);
  if (report.result.status != dmarc::Status::Fail) out << "why: " << printable(report.result.text) << '\n';
}

void writeHandling(report::JsonWriter& w, std::string_view key, const Handling& handling) {
  w.beginObject(key);
  w.flagIf("temporary", handling.temporary);
  if (handling.decided) {
    w.text("policy_domain", handling.policyDomain);
    w.text("tag", handling.tag);
    w.text("published", dmarc::policyWord(handling.selected));
    w.text("applied", dmarc::policyWord(handling.effective));
  }
  w.endObject();
}

void writeStep(report::JsonWriter& w, const dmarc::WalkStep& step) {
  w.beginObject();
  w.text("name", step.name);
  w.flagIf("asked", step.asked);
  if (step.asked) w.text("answer", dns::statusName(step.answer));
  w.textIf("record", step.record);
  w.textIf("problem", step.problem);
  if (const auto record = step.record.empty() ? std::nullopt : dmarc::parseRecord(step.record)) {
    w.flagIf("usable", record->usable);
    w.text("understood", tagList(*record));
    w.beginArray("rua");
    for (const auto& uri : record->rua) w.element(uri);
    w.endArray();
    w.beginArray("ruf");
    for (const auto& uri : record->ruf) w.element(uri);
    w.endArray();
    w.beginArray("problems");
    for (const auto& problem : record->problems) w.element(problem);
    w.endArray();
  }
  w.endObject();
}

void printJson(std::ostream& out, const dns::Name& domain, const DmarcReport& report) {
  std::string text;
  report::JsonWriter w(text);
  w.beginObject();
  w.text("domain", domain.text());
  w.text("discovery_method", report.result.discoveryMethod);
  w.beginArray("walk");
  for (const auto& step : report.result.walk) writeStep(w, step);
  w.endArray();
  w.textIf("organizational_domain", report.result.organizationalDomain);
  w.textIf("organizational_domain_by_list", report.byList);
  writeHandling(w, "domain_itself", handlingOf(report.result));
  writeHandling(w, "existing_subdomain", report.existing);
  writeHandling(w, "nonexistent_subdomain", report.nonexistent);
  w.text("reason", report.result.text);
  w.endObject();
  out << text << '\n';
}

}  // namespace

int runDmarc(const Arguments& arguments, const dmarc::Options& options,
             std::shared_ptr<dns::Resolver> resolver, std::ostream& out) {
  const auto ascii = dns::toAscii(arguments.operands.front());
  const auto domain = ascii ? dns::Name::parse(*ascii) : std::nullopt;
  if (!domain || domain->isRoot()) {
    out << "no such name can be asked\n";
    return kExitUsage;
  }
  dns::Lookups lookups(std::move(resolver), {});
  lookups.setNow(std::chrono::steady_clock::now());
  const DmarcReport report = surveyDmarc(*domain, options, lookups);
  if (arguments.json) {
    printJson(out, *domain, report);
  } else {
    printText(out, *domain, report);
  }
  if (report.result.status == dmarc::Status::TempError) return kExitTemporary;
  return report.result.status == dmarc::Status::Fail ? kExitPass : kExitNotPass;
}

}  // namespace alignd::cli
