#include "conf/bind.h"
#include "conf/nearest.h"
#include "verifier/cause/why.h"

namespace alignd::conf {

namespace {

using policy::Action;

std::optional<Complaint> checkDomainPattern(const std::string& text) {
  const std::string_view domain = std::string_view(text).substr(text.starts_with("*.") ? 2 : 0);
  const auto name = dns::Name::parse(domain);
  if (!name || name->isRoot() || domain.find('*') != std::string_view::npos) {
    return Complaint{"is not a domain: write \"example.org\", or \"*.example.org\" for all below it"};
  }
  return std::nullopt;
}

std::optional<Complaint> checkDmarcResult(const std::string& text) {
  if (text == "pass" || text == "fail" || text == "none" || text == "temperror" || text == "permerror") {
    return std::nullopt;
  }
  return Complaint{R"(must be "pass", "fail", "none", "temperror" or "permerror")"};
}

std::optional<Complaint> checkPublished(const std::string& text) {
  if (text == "none" || text == "quarantine" || text == "reject") return std::nullopt;
  return Complaint{R"(must be "none", "quarantine" or "reject")"};
}

std::optional<Complaint> checkWhy(const std::string& text) {
  if (const auto why = cause::fromWord(text)) {
    if (*why == cause::Why::Exempt) return Complaint{"never meets a rule"};
    return std::nullopt;
  }
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < cause::kWhys; ++i) known.push_back(cause::word(static_cast<cause::Why>(i)));
  const auto meant = nearest(text, known);
  if (meant.empty()) return Complaint{"is no cause of alignd-verdicts(5)"};
  return Complaint{ascii::cat({"is no cause of alignd-verdicts(5); did you mean \"", meant, "\"?"})};
}

void bindPolicy(Section& s, policy::Options& options) {
  s.choice("mode", options.mode, {{"stamp", policy::Mode::Stamp}, {"enforce", policy::Mode::Enforce}});
  for (const auto& [key, action] : {std::pair<std::string_view, Action*>{"quarantine", &options.quarantine},
                                    {"reject", &options.reject},
                                    {"ambiguous_author", &options.author},
                                    {"author_without_domain", &options.authorWithoutDomain}}) {
    s.choice(key, *action,
             {{"accept", Action::Accept},
              {"mark", Action::Mark},
              {"hold", Action::Hold},
              {"reject", Action::Reject}});
  }
  s.choice("temperror", options.temperror, {{"accept", Action::Accept}, {"tempfail", Action::TempFail}});
  s.duration("temperror_patience", options.temperrorPatience, std::chrono::seconds(1),
             std::chrono::hours(120));
  s.text("reject_code", options.rejectCode);
  s.text("reject_text", options.rejectText);
  s.text("temperror_text", options.temperrorText);
  s.text("ambiguous_author_text", options.authorText);
  s.text("rule_text", options.ruleText);
  s.text("help_url", options.helpUrl);
}

void bindRule(Section& s, policy::Rule& rule) {
  s.text("name", rule.name);
  bindNetworks(s, "client_networks", rule.clientNetworks);
  s.strings("signing_domains", rule.signingDomains, checkDomainPattern);
  s.strings("spf_domains", rule.spfDomains, checkDomainPattern);
  s.strings("sealers", rule.sealers, checkDomainPattern);
  s.strings("author_domains", rule.authorDomains, checkDomainPattern);
  s.strings("list_ids", rule.listIds, checkDomainPattern);
  s.strings("recipients", rule.recipients, checkMailbox);
  s.strings("results", rule.results, checkDmarcResult);
  s.strings("published", rule.published, checkPublished);
  s.strings("why", rule.why, checkWhy);
  s.real("share", rule.share, 0, 1);
  using policy::RuleAction;
  s.choice("action", rule.action,
           {{"accept", RuleAction::Accept},
            {"quarantine", RuleAction::Quarantine},
            {"reject", RuleAction::Reject},
            {"tempfail", RuleAction::TempFail},
            {"no_change", RuleAction::NoChange},
            {"policy", RuleAction::Policy}});
  s.choice("policy", rule.policy,
           {{"none", dmarc::Policy::None},
            {"quarantine", dmarc::Policy::Quarantine},
            {"reject", dmarc::Policy::Reject}});
}

}  // namespace

void bindPolicies(Schema& schema, Settings& settings) {
  schema.section("policy", [&](Section& s) { bindPolicy(s, settings.policy); });
  schema.repeated<policy::Rule>("rule", settings.policy.rules, bindRule);
}

}  // namespace alignd::conf
