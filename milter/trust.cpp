#include "milter/trust.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::milter {

namespace {

bool within(const std::optional<IpAddress>& address, const std::vector<Network>& networks) {
  return address && std::any_of(networks.begin(), networks.end(),
                                [&](const Network& network) { return network.contains(*address); });
}

bool isOurs(const std::optional<IpAddress>& address, const conf::Trust& trust) {
  return (trust.loopback && address && address->unmapped().isLoopback()) || within(address, trust.networks);
}

// What the Internet does not route: RFC 1918, 6598 (shared), 3927 and 4291 (link-local), 4193, and loopback.
bool isPrivate(const IpAddress& address) {
  static const std::vector<Network> networks = [] {
    std::vector<Network> out;
    for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                             "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"}) {
      out.push_back(*Network::parse(text));
    }
    return out;
  }();
  return within(address, networks);
}

// Local parts compare as they stand (RFC 5321 section 2.4), domains without case.
bool isListed(const std::string& recipient, const std::string& listed) {
  const auto at = recipient.rfind('@');
  const auto listedAt = listed.rfind('@');
  if (at == std::string::npos) return false;
  const std::string_view domain = std::string_view(recipient).substr(at);
  if (!ascii::equalIgnoreCase(domain, std::string_view(listed).substr(listedAt))) return false;
  return listedAt == 0 ||
         std::string_view(recipient).substr(0, at) == std::string_view(listed).substr(0, listedAt);
}

}  // namespace

Exemption exemptionOf(const Client& client, bool local, const conf::Trust& trust) {
  if (trust.authenticated && !client.authenticationType.empty()) return Exemption::Authenticated;
  if (trust.localSubmission && local) return Exemption::LocalSubmission;
  if (isOurs(client.address, trust)) return Exemption::TrustedNetwork;
  if (within(client.address, trust.exemptNetworks)) return Exemption::Network;
  return Exemption::None;
}

bool allRecipientsExempt(const std::vector<std::string>& recipients, const conf::Trust& trust) {
  if (recipients.empty() || trust.exemptRecipients.empty()) return false;
  return std::all_of(recipients.begin(), recipients.end(), [&](const std::string& recipient) {
    return std::any_of(trust.exemptRecipients.begin(), trust.exemptRecipients.end(),
                       [&](const std::string& listed) { return isListed(recipient, listed); });
  });
}

bool isRelay(const Client& client, const conf::Trust& trust) {
  return within(client.address, trust.relays);
}

bool isUpstream(const Client& client, const conf::Trust& trust) {
  return within(client.address, trust.upstreamNetworks);
}

TrustWatch::Warning TrustWatch::look(Exemption exemption, const std::optional<IpAddress>& client,
                                     std::size_t warnAfter) {
  if (exemption == Exemption::None) {
    if (!sawOther_.load(std::memory_order_relaxed)) sawOther_.store(true, std::memory_order_relaxed);
    return client && allFromOne(*client, warnAfter) ? Warning::OnePrivateClient : Warning::None;
  }
  if (exemption != Exemption::TrustedNetwork || sawOther_.load(std::memory_order_relaxed))
    return Warning::None;
  return trusted_.fetch_add(1, std::memory_order_relaxed) + 1 == warnAfter ? Warning::AllTrusted
                                                                           : Warning::None;
}

bool TrustWatch::allFromOne(const IpAddress& client, std::size_t warnAfter) {
  if (sawSecond_.load(std::memory_order_relaxed)) return false;  // nearly always
  const std::lock_guard lock(mutex_);
  if (!first_) first_ = client;
  if (client != *first_ || !isPrivate(client)) {
    sawSecond_.store(true, std::memory_order_relaxed);
    return false;
  }
  return ++fromFirst_ == warnAfter;
}

}  // namespace alignd::milter
