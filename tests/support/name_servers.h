// Real name servers for integration tests: nsd with zones, unbound in front of them, on loopback, as any
// user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace alignd::test {

/// Empty when nsd and unbound are installed, otherwise what tests say when they are skipped.
std::string missingNameServers();
/// The same for the tools that sign zones (ldns-keygen and ldns-signzone).
std::string missingZoneSigner();

/// An address and a port on loopback.
struct Endpoint {
  std::string ip;
  std::uint16_t port = 0;
  std::string text() const { return ip + ":" + std::to_string(port); }
};

/// `count` loopback addresses of their own, picked at random from 127.0.0.0/8, with one port that is free on
/// all: 53 when `privileged`, which alone is where a resolver that follows delegations looks. Nothing when
/// that is not allowed.
std::optional<std::vector<Endpoint>> freeEndpoints(std::size_t count, bool privileged);

struct ServedZone {
  std::string name;     // "example", "" for the root
  std::string records;  // master file text, apex NS included; $ORIGIN, $TTL 300 and SOA (MINIMUM 60) are put
                        // before it
  bool isSigned = false;  // ECDSA P-256, NSEC
};

/// nsd with some zones, authoritative for them and nothing else.
class Nsd {
 public:
  /// Returns when all zones are served. Throws std::runtime_error, with nsd's log, when that does not happen.
  Nsd(Endpoint endpoint, const std::vector<ServedZone>& zones);

  const Endpoint& endpoint() const { return endpoint_; }
  /// DNSKEY records of the signed zones, as unbound's trust-anchor-file wants them.
  const std::string& trustAnchors() const { return trustAnchors_; }

 private:
  std::string sign(const ServedZone& zone, const std::string& file);
  Endpoint endpoint_;
  TempFolder folder_;
  std::string trustAnchors_;
  std::optional<ChildProcess> process_;
};

/// What unbound knows beforehand.
struct UnboundSettings {
  struct Stub {
    std::string zone;
    Endpoint server;
  };
  std::optional<Endpoint>
      root;                 // of a root zone of ours, on port 53; everything else is found by its delegations
  std::vector<Stub> stubs;  // zones whose server is told instead
  std::string trustAnchors;  // Nsd::trustAnchors; empty: nothing is validated
};

/// unbound as an iterating, validating resolver.
class Unbound {
 public:
  /// Returns when it answers for `probe`, a name with an SOA record in the zones behind it. Throws like Nsd.
  Unbound(Endpoint endpoint, const UnboundSettings& settings, const std::string& probe);

  const Endpoint& endpoint() const { return endpoint_; }
  std::string log() const { return readWholeFile(folder_ / "log"); }

 private:
  Endpoint endpoint_;
  TempFolder folder_;
  std::optional<ChildProcess> process_;
};

}  // namespace alignd::test
