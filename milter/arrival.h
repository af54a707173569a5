// What the top of the header tells of a message that a host of ours hands on: from whom that host had it, and what
// it found.
#pragma once

#include <string_view>

#include "milter/removals.h"
#include "milter/runtime.h"
#include "verifier/authres/trace.h"
#include "verifier/authres/upstream.h"
#include "verifier/verification.h"

namespace alignd::milter {

/// Relays (`[trust] relays`) and border hosts (`upstream_networks`); a client may be both. Reused from message to
/// message.
class Arrival {
 public:
  /// MAIL FROM by `client` (see exemptionOf() for `local`). `runtime` must outlive the message.
  void begin(const Client& client, bool local, bool nullPath, const Runtime& runtime);

  // What Verification::begin() wants to know.
  /// The client, as far as it is known: a relay is not the one.
  const Client& client() const { return client_; }
  Exemption exemption() const { return exemption_; }
  const Awaited& awaited() const { return awaited_; }

  /// The next field as it came. Tells `verification` what it awaits as soon as it is known. Gives what becomes
  /// of the field if it claims an id of ours.
  Removals::Claim field(std::string_view name, std::string_view value, Verification& verification, Time now);

  /// A border host has stamped this message, and its field stands for ours.
  bool kept() const { return kept_; }

 private:
  bool whole() const { return !runtime_->upstreamMethods.any(); }
  Removals::Claim search(std::string_view name, std::string_view value, Verification& verification, Time now);
  void follow(std::string_view received, Verification& verification, Time now);

  const Runtime* runtime_ = nullptr;
  Client client_;
  Exemption exemption_ = Exemption::None;
  Awaited awaited_;
  bool nullPath_ = false;
  bool kept_ = false;
  authres::Trace trace_;  // while the client is awaited
  authres::UpstreamSearch search_;
};

}  // namespace alignd::milter
