#include "verifier/policy/rules.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "dns/data/ascii.h"
#include "verifier/dmarc/public_suffix_list.h"
#include "verifier/policy/share.h"

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

bool isAmong(std::string_view word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// As it is published for this domain: before t=y, which alters what is done and not what is asked for.
bool publishedMatches(const Rule& rule, const dmarc::Result& dmarc) {
  return dmarc.hasPolicy && isAmong(dmarc::policyWord(dmarc.selected), rule.published);
}

// For some recipient, or none.
bool matches(const Rule& rule, const Verdict& verdict, cause::Why why) {
  return (rule.clientNetworks.empty() || clientMatches(rule, verdict.client)) &&
         (rule.signingDomains.empty() || signatureMatches(rule, verdict.dkim)) &&
         (rule.spfDomains.empty() || spfMatches(rule, verdict.spf)) &&
         (rule.sealers.empty() || sealerMatches(rule, verdict.arc)) &&
         (rule.authorDomains.empty() || anyMatches(rule.authorDomains, verdict.author.domain)) &&
         (rule.listIds.empty() || anyMatches(rule.listIds, verdict.listId)) &&
         (rule.results.empty() || isAmong(dmarc::statusWord(verdict.dmarc.status), rule.results)) &&
         (rule.published.empty() || publishedMatches(rule, verdict.dmarc)) &&
         (rule.why.empty() || isAmong(cause::word(why), rule.why)) &&
         (rule.share >= 1 || placeOf(rule.name, verdict.author.domain, verdict.client.address) < rule.share);
}

// Together they hold a small part of all addresses.
bool someNetworks(const std::vector<Network>& networks) {
  double v4 = 0;
  double v6 = 0;
  for (const Network& network : networks)
    (network.address.isV4() ? v4 : v6) += std::ldexp(1.0, -network.prefix);
  return !networks.empty() && v4 < 1.0 / 16 && v6 < 1.0 / 4096;
}

// None of them is open to whoever registers a name.
bool someDomains(const std::vector<std::string>& patterns) {
  static const auto list = dmarc::builtinPublicSuffixList();
  const auto open = [](const std::string& pattern) {
    if (!pattern.starts_with("*.")) return false;
    // A name below a public suffix is registered by somebody; below a registered one is its owner's.
    const std::string base = ascii::toLower(std::string_view(pattern).substr(2));
    const std::string below = "x." + base;
    return base.find('.') == std::string::npos || (list && list->organizationalDomain(below) == below);
  };
  return !patterns.empty() && std::none_of(patterns.begin(), patterns.end(), open);
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

RuleFinder::RuleFinder(const Options& options, const Verdict& verdict, cause::Why why) : verdict_(verdict) {
  for (const Rule& rule : options.rules) {
    ++compared_;
    if (!matches(rule, verdict, why)) continue;
    const bool all = rule.recipients.empty();
    byRecipient_ = byRecipient_ || !all;
    met_.push_back({&rule, namesAuthenticatedFact(rule)});
    if (all && met_.back().authenticated) break;
  }
}

MetRules RuleFinder::forRecipient(std::string_view recipient) const {
  MetRules out;
  for (const MetRule& met : met_) {
    if (!met.rule->recipients.empty() && !recipientMatches(*met.rule, recipient)) continue;
    out.push_back(met);
    if (met.authenticated) break;
  }
  return out;
}

std::vector<MetRules> RuleFinder::forAll() const {
  const auto& recipients = verdict_.envelope.recipients;
  if (!byRecipient_ || recipients.empty()) return {forRecipient({})};
  std::vector<MetRules> out;
  std::set<std::string_view> seen;
  for (const std::string& recipient : recipients) {
    if (!seen.insert(recipient).second) continue;
    MetRules met = forRecipient(recipient);
    if (std::find(out.begin(), out.end(), met) == out.end()) out.push_back(std::move(met));
  }
  return out;
}

bool namesAuthenticatedFact(const Rule& rule) {
  return someNetworks(rule.clientNetworks) || someDomains(rule.signingDomains) ||
         someDomains(rule.spfDomains) || !rule.sealers.empty();  // a sealer is trusted by name already
}

}  // namespace alignd::policy
