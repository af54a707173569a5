// Who is not evaluated, and why (DESIGN.md decision 12).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
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

/// Notices when a proxy or NAT hides the clients: all mail comes from trusted networks, and nothing is evaluated; or from one
/// private address that is not trusted, and SPF fails for all of it.
class TrustWatch {
 public:
  enum class Warning { None, AllTrusted, OnePrivateClient };

  /// Any thread. A warning once each: when the first `warnAfter` messages were all trusted by network, or those that were
  /// evaluated all came from one address of a network that the Internet does not route. 0: never.
  Warning look(Exemption exemption, const std::optional<IpAddress>& client, std::size_t warnAfter);

 private:
  bool allFromOne(const IpAddress& client, std::size_t warnAfter);

  std::atomic<bool> sawOther_{false};
  std::atomic<std::uint64_t> trusted_{0};
  std::atomic<bool> sawSecond_{false};  // or a public address: nothing is left to be found out
  std::mutex mutex_;                    // of what follows
  std::optional<IpAddress> first_;
  std::uint64_t fromFirst_ = 0;
};

}  // namespace alignd::milter
