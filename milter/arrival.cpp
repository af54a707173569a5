#include "milter/arrival.h"

#include "dns/data/ascii.h"
#include "milter/trust.h"

namespace alignd::milter {

void Arrival::begin(const Client& client, bool local, bool nullPath, const Runtime& runtime) {
  runtime_ = &runtime;
  const conf::Trust& trust = runtime.settings.trust;
  const bool relay = isRelay(client, trust);
  const bool upstream = isUpstream(client, trust);
  client_ = client;
  exemption_ = Exemption::None;
  awaited_ = {};
  nullPath_ = nullPath;
  kept_ = false;
  search_.end();
  if (upstream) {
    search_.begin(runtime.upstream);
    awaited_.methods = whole() ? Methods::all() : runtime.upstreamMethods;
  }
  if (relay) {
    // Name, HELO and authentication are the relay's own.
    client_ = Client();
    client_.relay = client.address;
    awaited_.client = true;
    trace_.begin(trust.relays);
  } else if (upstream && !whole()) {
    // Its messages are other people's: neither its network nor its login makes them ours.
    client_.authenticatedUser.clear();
    client_.authenticationType.clear();
  } else {
    exemption_ = exemptionOf(client, local, trust);
  }
}

Removals::Claim Arrival::field(std::string_view name, std::string_view value, Verification& verification,
                               Time now) {
  if (awaited_.client && ascii::equalIgnoreCase(ascii::trimWsp(name), "Received")) {
    follow(value, verification, now);
  }
  return search_.open() ? search(name, value, verification, now) : Removals::Claim::Forged;
}

Removals::Claim Arrival::search(std::string_view name, std::string_view value, Verification& verification,
                                Time now) {
  const bool found = search_.field(name, value);
  if (search_.open()) return Removals::Claim::Forged;
  if (!found) {
    verification.takeOver({}, now);
    return Removals::Claim::Forged;
  }
  if (whole()) {
    kept_ = true;
    verification.exempt(Exemption::Network);
    return Removals::Claim::Kept;
  }
  verification.takeOver(authres::takeOver(search_.found(), runtime_->upstreamMethods, nullPath_), now);
  return Removals::Claim::Replaced;
}

// The topmost Received is the relay's own: what the receiving MTA itself adds, Postfix and Sendmail do not show to
// milters.
void Arrival::follow(std::string_view received, Verification& verification, Time now) {
  const auto state = trace_.received(received);
  if (state == authres::Trace::State::Open) return;
  awaited_.client = false;
  if (state == authres::Trace::State::Lost) return verification.cameFrom(std::nullopt, now);
  client_.address = trace_.address();
  const Exemption exemption = exemptionOf(client_, false, runtime_->settings.trust);
  if (exemption != Exemption::None) verification.exempt(exemption);
  verification.cameFrom(client_.address, now);
}

}  // namespace alignd::milter
