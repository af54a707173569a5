#include "cli/policy_checks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/ask.h"
#include "dns/data/ascii.h"
#include "verifier/dmarc/organizational_domain.h"
#include "verifier/dmarc/record.h"

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
      list_.add("dmarc_record", Standing::Unknown, result.text,
                "ask again; when it lasts, whoever runs the servers of the zone has to look at them");
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

  // RFC 9990 section 4: a destination of another organization says that it wants the reports.
  void destination(const std::string& uri, const dmarc::Result& result) {
    const auto host = hostOf(uri);
    if (!host)
      return list_.warn("dmarc_destinations", cat({uri, " is no mailto: address"}), "write mailto:ADDRESS");
    const auto own = organizationOf(result.policyDomain);
    const auto theirs = organizationOf(host->text());
    if (own && theirs && *own == *theirs) return;
    const auto name = dns::Name::parse(cat({result.policyDomain, "._report._dmarc.", host->text()}));
    if (!name)
      return list_.fail("dmarc_destinations", cat({uri, ": the name to ask is too long"}),
                        "use another address");
    const dns::Answer& answer = ask(lookups_, {*name, dns::Type::TXT}, kPatience);
    if (answer.failed()) {
      return list_.add(
          "dmarc_destinations", Standing::Unknown, cat({name->text(), ": ", dns::statusName(answer.status)}),
          cat({"ask again; when it lasts, the owner of ", host->text(), " has to look at his servers"}));
    }
    const bool agreed =
        std::any_of(answer.records.begin(), answer.records.end(), [](const dns::Record& record) {
          const auto* text = std::get_if<dns::Txt>(&record.data);
          return text != nullptr && authorises(*text);
        });
    if (agreed) return list_.pass("dmarc_destinations", cat({uri, " takes them: ", name->text()}));
    list_.fail("dmarc_destinations", cat({uri, " has not agreed: no reports are sent there"}),
               cat({"the owner of ", host->text(), ": publish TXT ", name->text(), " \"v=DMARC1\""}));
  }

  // RFC 9990 section 4 step 5: v=DMARC1 alone will do.
  static bool authorises(std::string_view text) {
    constexpr std::string_view kVersion = "v=DMARC1";
    if (!text.starts_with(kVersion)) return false;
    const std::string_view rest = ascii::trimWsp(text.substr(kVersion.size()));
    return rest.empty() || rest.front() == ';';
  }

  static std::optional<dns::Name> hostOf(std::string_view uri) {
    if (!ascii::equalIgnoreCase(uri.substr(0, 7), "mailto:")) return std::nullopt;
    uri = uri.substr(0, uri.find('?'));
    const auto at = uri.rfind('@');
    if (at == std::string_view::npos) return std::nullopt;
    auto host = dns::Name::parse(uri.substr(at + 1));
    return host && !host->isRoot() ? host : std::nullopt;
  }

  std::optional<std::string> organizationOf(const std::string& domain) {
    const Time deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      auto found = dmarc::organizationalDomain(domain, options_, lookups_);
      if (found || lookups_.missing() == 0) return found;
      if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
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
