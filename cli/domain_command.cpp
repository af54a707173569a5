#include "cli/domain_command.h"

#include <string>
#include <utility>

#include "cli/ask.h"
#include "cli/key_checks.h"
#include "cli/policy_checks.h"
#include "cli/spf_checks.h"
#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using ascii::cat;
using report::printable;

// One line a selector; alignd-check key has the rest.
void checkSelector(const std::string& selector, const dns::Name& domain, dns::Lookups& lookups,
                   Checklist& list) {
  const KeyReport report = checkKey(selector, domain.text(), lookups);
  const Standing worst = report.list.worst();
  if (worst == Standing::Pass) {
    const Check* size = report.list.find("size");
    return list.pass("dkim_key", cat({selector, ": usable", size == nullptr ? "" : ", ",
                                      size == nullptr ? "" : size->text}));
  }
  const Check* near = report.list.find("nearby");
  const bool found = worst != Standing::Warn && near != nullptr && near->standing == Standing::Warn;
  for (const Check& check : report.list.checks()) {
    if (check.standing != worst) continue;
    return list.add("dkim_key", worst,
                    cat({selector, ": ", check.text, found ? "; " : "", found ? near->text : std::string()}),
                    check.remedy);
  }
}

void checkMx(const dns::Name& domain, dns::Lookups& lookups, Checklist& list) {
  const dns::Answer& answer = ask(lookups, {domain, dns::Type::MX}, kPatience);
  std::string hosts;
  for (const auto& record : answer.records) {
    if (const auto* mx = std::get_if<dns::Mx>(&record.data)) {
      hosts += cat(
          {hosts.empty() ? "" : ", ", mx->exchange.isRoot() ? std::string_view(".") : mx->exchange.text()});
    }
  }
  if (hosts == ".") return list.note("mx", "takes no mail (null MX, RFC 7505)");
  list.note("mx", hosts.empty() ? cat({"none: ", dns::statusName(answer.status)}) : hosts);
}

void printNext(std::ostream& out, const Checklist& list) {
  const auto remedies = list.remedies();
  if (remedies.empty()) {
    out << "\nNothing to do.\n";
    return;
  }
  out << "\nWhat to do next:\n";
  for (std::size_t i = 0; i < remedies.size(); ++i)
    out << "  " << i + 1 << ". " << printable(remedies[i]) << '\n';
}

void printJson(std::ostream& out, const dns::Name& domain, const SpfSurvey& spf, const Checklist& list) {
  std::string text;
  report::JsonWriter w(text);
  w.beginObject();
  w.text("domain", domain.text());
  w.textIf("spf_record", spf.record);
  w.number("spf_terms", spf.terms);
  w.number("spf_voids", spf.voids);
  w.beginArray("spf_tree");
  for (const auto& line : spf.tree) w.element(line);
  w.endArray();
  list.write(w);
  w.endObject();
  out << text << '\n';
}

}  // namespace

int runDomain(const Arguments& arguments, const VerificationOptions& options,
              std::shared_ptr<dns::Resolver> resolver, std::ostream& out) {
  const auto ascii = dns::toAscii(arguments.operands.front());
  const auto domain = ascii ? dns::Name::parse(*ascii) : std::nullopt;
  if (!domain || domain->isRoot()) {
    out << "no such name can be asked\n";
    return kExitUsage;
  }
  // A survey asks more than one message may.
  dns::Lookups lookups(std::move(resolver), {32, 2000});
  Checklist list;
  const SpfSurvey spf = checkSpf(*domain, options.spf, lookups, list);
  for (const auto& selector : arguments.selectors) checkSelector(selector, *domain, lookups, list);
  if (arguments.selectors.empty()) {
    list.note("dkim_key", "selectors cannot be listed by DNS: name those you sign with by --selector");
  }
  checkPolicy(*domain, options.dmarc, lookups, list);
  checkMx(*domain, lookups, list);
  if (arguments.json) {
    printJson(out, *domain, spf, list);
    return list.exitCode();
  }
  out << "Mail of " << printable(domain->text()) << "\n\n";
  list.print(out, arguments.colours);
  if (spf.tree.size() > 1) out << "\nSPF, what leads to what:\n";
  for (const auto& line : spf.tree) {
    if (spf.tree.size() > 1) out << "  " << printable(line) << '\n';
  }
  printNext(out, list);
  return list.exitCode();
}

}  // namespace alignd::cli
