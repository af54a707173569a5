#include "verifier/authres/trace.h"

#include <algorithm>

#include "verifier/authres/received.h"

namespace alignd::authres {

void Trace::begin(const std::vector<Network>& hosts) {
  hosts_ = &hosts;
  state_ = State::Open;
  hops_ = 0;
}

Trace::State Trace::received(std::string_view value) {
  if (state_ != State::Open) return state_;
  const auto client = clientOfReceived(value);
  if (!client) return state_ = State::Lost;
  address_ = client->unmapped();
  const bool ours = address_.isLoopback() ||
                    std::any_of(hosts_->begin(), hosts_->end(),
                                [&](const Network& network) { return network.contains(address_); });
  if (!ours) return state_ = State::Found;
  if (++hops_ == kMaxTraceHops) state_ = State::Lost;
  return state_;
}

}  // namespace alignd::authres
