#include "verifier/policy/rules.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::policy {

namespace {

bool anyMatches(const std::vector<std::string>& patterns, std::string_view domain) {
  return !domain.empty() && std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return matchesDomain(pattern, domain);
  });
}

bool clientMatches(const Rule& rule, const Client& client) {
  return client.address &&
         std::any_of(rule.clientNetworks.begin(), rule.clientNetworks.end(),
                     [&](const Network& network) { return network.contains(*client.address); });
}

bool signatureMatches(const Rule& rule, const dkim::Result& dkim) {
  return std::any_of(dkim.signatures.begin(), dkim.signatures.end(),
                     [&](const dkim::SignatureResult& signature) {
                       return signature.passes() && anyMatches(rule.signingDomains, signature.domainAscii);
                     });
}

bool spfMatches(const Rule& rule, const std::optional<spf::Result>& spf) {
  return spf && spf->status == spf::Status::Pass && anyMatches(rule.spfDomains, spf->domain);
}

// Only of a chain that holds and whose newest sealers are listed: whoever is older may be made up (decision
// 10).
bool sealerMatches(const Rule& rule, const arc::Result& arc) {
  if (arc.status != arc::Status::Pass || arc.trustedInstance == 0) return false;
  return std::any_of(arc.sets.begin(), arc.sets.end(), [&](const arc::Set& set) {
    return set.instance >= arc.trustedInstance && anyMatches(rule.sealers, set.sealDomain);
  });
}

bool recipientMatches(const Rule& rule, std::string_view recipient) {
  return std::any_of(rule.recipients.begin(), rule.recipients.end(),
                     [&](const std::string& pattern) { return matchesRecipient(pattern, recipient); });
}

bool resultMatches(const Rule& rule, dmarc::Status status) {
  return std::find(rule.results.begin(), rule.results.end(), dmarc::statusWord(status)) != rule.results.end();
}

bool matches(const Rule& rule, const Verdict& verdict, std::string_view recipient) {
  return (rule.clientNetworks.empty() || clientMatches(rule, verdict.client)) &&
         (rule.signingDomains.empty() || signatureMatches(rule, verdict.dkim)) &&
         (rule.spfDomains.empty() || spfMatches(rule, verdict.spf)) &&
         (rule.sealers.empty() || sealerMatches(rule, verdict.arc)) &&
         (rule.authorDomains.empty() || anyMatches(rule.authorDomains, verdict.author.domain)) &&
         (rule.listIds.empty() || anyMatches(rule.listIds, verdict.listId)) &&
         (rule.recipients.empty() || recipientMatches(rule, recipient)) &&
         (rule.results.empty() || resultMatches(rule, verdict.dmarc.status));
}

}  // namespace

bool matchesDomain(std::string_view pattern, std::string_view domain) {
  if (!pattern.starts_with("*.")) return ascii::equalIgnoreCase(pattern, domain);
  const auto suffix = pattern.substr(1);  // ".example.org"
  return domain.size() > suffix.size() &&
         ascii::equalIgnoreCase(domain.substr(domain.size() - suffix.size()), suffix);
}

bool matchesRecipient(std::string_view pattern, std::string_view recipient) {
  if (!pattern.starts_with('@')) return ascii::equalIgnoreCase(pattern, recipient);
  const auto at = recipient.rfind('@');
  return at != std::string_view::npos && ascii::equalIgnoreCase(pattern, recipient.substr(at));
}

const Rule* findRule(const Options& options, const Verdict& verdict, std::string_view recipient) {
  for (const Rule& rule : options.rules) {
    if (matches(rule, verdict, recipient)) return &rule;
  }
  return nullptr;
}

bool namesAuthenticatedFact(const Rule& rule) {
  const bool network = !rule.clientNetworks.empty() &&
                       std::all_of(rule.clientNetworks.begin(), rule.clientNetworks.end(),
                                   [](const Network& candidate) { return candidate.prefix > 0; });
  return network || !rule.signingDomains.empty() || !rule.spfDomains.empty() || !rule.sealers.empty();
}

}  // namespace alignd::policy
