// Who is not evaluated, and why (DESIGN.md decision 12).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "conf/settings.h"
#include "verifier/verdict.h"

namespace alignd::milter {

/// Of a session at MAIL FROM. `local`: the MTA says that nobody connected, the message was submitted on the
/// machine.
Exemption exemptionOf(const Client& client, bool local, const conf::Trust& trust);

/// True when there are recipients and each is listed.
bool allRecipientsExempt(const std::vector<std::string>& recipients, const conf::Trust& trust);

/// True when the client hands on the mail of others to us.
bool isRelay(const Client& client, const conf::Trust& trust);

/// True when the client is one of our own border hosts.
bool isUpstream(const Client& client, const conf::Trust& trust);

/// Notices when all mail comes from trusted networks: then a proxy or NAT hides the clients, and nothing is
/// evaluated.
class TrustWatch {
 public:
  /// Any thread. True once: when the first `warnAfter` messages were all trusted by network.
  bool allTrusted(Exemption exemption, std::size_t warnAfter);

 private:
  std::atomic<bool> sawOther_{false};
  std::atomic<std::uint64_t> trusted_{0};
};

}  // namespace alignd::milter
