#include "cli/policy_checks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/ask.h"
#include "dns/data/ascii.h"
#include "verifier/dmarc/record.h"
#include "verifier/dmarc/report_permission.h"

namespace alignd::cli {

namespace {

using ascii::cat;

class PolicyChecks {
 public:
  PolicyChecks(const dns::Name& domain, const dmarc::Options& options, dns::Lookups& lookups, Checklist& list)
      : domain_(domain), options_(options), lookups_(lookups), list_(list) {}

  DmarcReport run() {
    DmarcReport report = surveyDmarc(domain_, options_, lookups_);
    const dmarc::Result& result = report.result;
    if (!record(result)) return report;
    tags(result);
    policy(result);
    subdomains(report);
    testing(result);
    reports(result);
    return report;
  }

 private:
  bool record(const dmarc::Result& result) {
    const std::string own = cat({"_dmarc.", domain_.text()});
    const std::string publish =
        cat({"publish TXT ", own, " \"v=DMARC1; p=none; rua=mailto:dmarc@", domain_.text(), "\""});
    if (result.status == dmarc::Status::TempError) {
      list_.add("dmarc_record", Standing::Unknown, result.text, std::string(kAskAgain));
      return false;
    }
    if (!result.record.empty()) {
      list_.pass("dmarc_record", cat({"_dmarc.", result.policyDomain, ": ", result.record}));
      return true;
    }
    const auto step = std::find_if(result.walk.begin(), result.walk.end(),
                                   [](const auto& one) { return one.asked && !one.problem.empty(); });
    if (step == result.walk.end()) {
      list_.fail("dmarc_record", cat({"no record at ", own, " or above"}), publish);
    } else {
      list_.fail("dmarc_record", cat({"_dmarc.", step->name, ": ", step->problem}),
                 cat({"leave exactly one record at _dmarc.", step->name,
                      " that begins with v=DMARC1 and has p=none, p=quarantine or p=reject"}));
    }
    return false;
  }

  void tags(const dmarc::Result& result) {
    const auto read = dmarc::parseRecord(result.record);
    if (!read || read->problems.empty()) return list_.pass("dmarc_tags", "every tag is understood");
    for (const auto& problem : read->problems) {
      list_.warn("dmarc_tags", problem,
                 cat({"correct or remove it in the record of _dmarc.", result.policyDomain}));
    }
  }

  void policy(const dmarc::Result& result) {
    const std::string text = cat({result.selectedTag, "=", dmarc::policyWord(result.selected)});
    if (result.selected == dmarc::Policy::None) {
      return list_.warn("dmarc_policy", cat({text, ": watched, and nothing is asked for"}),
                        "publish p=quarantine when the reports show that all mail of yours is aligned");
    }
    list_.pass("dmarc_policy", text);
  }

  void subdomains(const DmarcReport& report) {
    const Handling& existing = report.existing;
    const Handling& missing = report.nonexistent;
    if (!existing.decided || !missing.decided) {
      return list_.note("dmarc_subdomains", "what applies to subdomains could not be told");
    }
    const std::string text =
        cat({"that exist: ", dmarc::policyWord(existing.effective), " (", existing.tag,
             "), that do not: ", dmarc::policyWord(missing.effective), " (", missing.tag, ")"});
    const dmarc::Policy least = std::min(existing.selected, missing.selected);
    if (least < report.result.selected) {
      return list_.warn("dmarc_subdomains", cat({text, ": weaker than the domain itself"}),
                        "leave sp= and np= out, or set both to what p= says");
    }
    list_.pass("dmarc_subdomains", text);
  }

  void testing(const dmarc::Result& result) {
    if (!result.testing) return list_.pass("dmarc_testing", "no test mode");
    list_.warn("dmarc_testing", "t=y: receivers apply one policy less",
               "drop t=y when the reports are clean");
  }

  void reports(const dmarc::Result& result) {
    if (result.rua.empty()) {
      return list_.warn("dmarc_reports", "no rua=: nobody tells you who sends as you",
                        cat({"add rua=mailto:ADDRESS to the record of _dmarc.", result.policyDomain}));
    }
    std::string text;
    for (const auto& uri : result.rua) text += cat({text.empty() ? "" : ", ", uri});
    list_.pass("dmarc_reports", text);
    for (const auto& uri : result.rua) destination(uri, result);
    for (const auto& uri : result.ruf) destination(uri, result);
    if (list_.find("dmarc_destinations") == nullptr) {
      list_.pass("dmarc_destinations", "reports stay within the organization");
    }
  }

  void destination(const std::string& uri, const dmarc::Result& result) {
    constexpr std::string_view kCheck = "dmarc_destinations";
    const auto host = hostOf(uri);
    if (!host) return list_.warn(kCheck, cat({uri, " is no mailto: address"}), "write mailto:ADDRESS");
    using Outcome = dmarc::ReportPermission::Outcome;
    const auto found = permission(result.policyDomain, host->text());
    switch (found.outcome) {
      case Outcome::Within: return;
      case Outcome::Agreed: return list_.pass(kCheck, cat({uri, " takes them: ", found.name}));
      case Outcome::NotAgreed:
        return list_.fail(
            kCheck, cat({uri, " has not agreed: no reports are sent there"}),
            cat({"the owner of ", host->text(), ": publish TXT ", found.name, " \"v=DMARC1\""}));
      case Outcome::Unknown:
        return list_.add(
            kCheck, Standing::Unknown, found.text,
            cat({"ask again; when it lasts, the owner of ", host->text(), " has to look at his servers"}));
      default:
        return list_.fail(kCheck, cat({uri, ": ", found.text, ", no reports are sent there"}),
                          "use another address");
    }
  }

  static std::optional<dns::Name> hostOf(std::string_view uri) {
    if (!ascii::equalIgnoreCase(uri.substr(0, 7), "mailto:")) return std::nullopt;
    uri = uri.substr(0, uri.find('?'));
    const auto at = uri.rfind('@');
    if (at == std::string_view::npos) return std::nullopt;
    auto host = dns::Name::parse(uri.substr(at + 1));
    return host && !host->isRoot() ? host : std::nullopt;
  }

  dmarc::ReportPermission permission(const std::string& domain, const std::string& host) {
    const Time deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      if (auto found = dmarc::reportPermission(domain, host, options_, lookups_)) return *std::move(found);
      if (std::chrono::steady_clock::now() >= deadline) lookups_.close();
      lookups_.wait(deadline);
    }
  }

  const dns::Name& domain_;
  const dmarc::Options& options_;
  dns::Lookups& lookups_;
  Checklist& list_;
};

}  // namespace

DmarcReport checkPolicy(const dns::Name& domain, const dmarc::Options& options, dns::Lookups& lookups,
                        Checklist& list) {
  return PolicyChecks(domain, options, lookups, list).run();
}

}  // namespace alignd::cli
