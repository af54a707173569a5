#include "conf/bind.h"

namespace alignd::conf {

namespace {

// What may stand as an authserv-id without surprising anyone: RFC 8601 section 2.5 wants a domain name.
std::optional<Complaint> checkAuthservId(const std::string& text) {
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (!ascii::isAlnum(c) && !ascii::is8Bit(c) && c != '.' && c != '-' && c != '_') {
      return Complaint{"is not a domain name"};
    }
  }
  if (text.size() > 253) return Complaint{"is longer than a domain name"};
  return std::nullopt;
}

std::optional<Complaint> checkAdditionalId(const std::string& text) {
  if (text.empty()) return Complaint{"is empty"};
  return checkAuthservId(text);
}

// RFC 5322 section 3.6.8: printable US-ASCII without the colon.
std::optional<Complaint> checkFieldName(const std::string& text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == ':') return Complaint{"is not a field name"};
  }
  if (ascii::equalIgnoreCase(text, "Authentication-Results")) {
    return Complaint{"is the very name that was removed"};
  }
  return std::nullopt;
}

std::optional<Complaint> checkMethod(const std::string& text) {
  if (text == "iprev" || text == "spf" || text == "dkim" || text == "arc" || text == "dmarc")
    return std::nullopt;
  return Complaint{R"(must be "iprev", "spf", "dkim", "arc" or "dmarc")"};
}

void bindTrust(Section& s, Trust& trust) {
  s.flag("loopback", trust.loopback);
  bindNetworks(s, "networks", trust.networks);
  s.flag("authenticated", trust.authenticated);
  s.flag("local_submission", trust.localSubmission);
  bindNetworks(s, "exempt_networks", trust.exemptNetworks);
  s.strings("exempt_recipients", trust.exemptRecipients, checkMailbox);
  bindNetworks(s, "relays", trust.relays);
  bindNetworks(s, "upstream_networks", trust.upstreamNetworks);
  s.strings("upstream_ids", trust.upstreamIds, checkAdditionalId);
  s.strings("upstream_methods", trust.upstreamMethods, checkMethod);
  s.count("warn_after", trust.warnAfter, 0, 1'000'000'000);
}

}  // namespace

std::optional<Complaint> checkMailbox(const std::string& text) {
  const auto at = text.find('@');
  if (at == std::string::npos || at + 1 == text.size()) {
    return Complaint{"is neither an address nor a domain: write \"user@example.org\" or \"@example.org\""};
  }
  return std::nullopt;
}

void bindNetworks(Section& s, std::string_view key, std::vector<Network>& networks) {
  s.list<Network>(
      key, networks,
      [](const std::string& text) -> std::variant<Network, std::string> {
        if (const auto network = Network::parse(text)) return *network;
        return std::string("is not a network: write \"192.0.2.0/24\", \"2001:db8::/32\" or an address");
      },
      [](const Network& network) { return network.text(); },
      [](const Network& network) {
        return network.hostBitsSet ? ascii::cat({"has bits set behind the prefix; taken as ", network.text()})
                                   : std::string();
      });
}

void bindHeader(Schema& schema, Settings& settings) {
  schema.section("authentication_results", [&](Section& s) {
    authres::Options& field = settings.authenticationResults.field;
    s.text("authserv_id", field.authservId, checkAuthservId);
    s.strings("additional_ids", field.additionalIds, checkAdditionalId);
    s.flag("remove_all", field.removeAll);
    s.flag("remove_unsupported_versions", field.removeUnsupportedVersions);
    s.text("keep_removed_as", settings.authenticationResults.keepRemovedAs, checkFieldName);
    s.flag("split_methods", field.splitMethods);
  });
  schema.section("trust", [&](Section& s) { bindTrust(s, settings.trust); });
}

}  // namespace alignd::conf
