// Down the Received fields that hosts of ours wrote, to the one by which the message came in from outside (RFC
// 5321 section 4.4: every host puts its own on top).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "dns/data/address.h"

namespace alignd::authres {

inline constexpr std::size_t kMaxTraceHops = 10;

/// For a message whose client is one of `hosts`: the topmost Received is that client's word, and as long as it
/// names another of `hosts`, or loopback (a host that hands mail to itself, through a filter perhaps), the next
/// one is too. Fields above the last of them are ours; what stands below it came from outside.
class Trace {
 public:
  enum class State {
    Open,   // whatever came so far was written by `hosts`
    Found,  // address() handed the message to `hosts`
    Lost,   // a field that names nobody, or more than kMaxTraceHops
  };

  /// For the next message. `hosts` must outlive it.
  void begin(const std::vector<Network>& hosts);
  /// The value of the next Received field from the top down. Gives the state; nothing changes once it is not
  /// Open.
  State received(std::string_view value);
  State state() const { return state_; }
  /// When Found. An IPv4-mapped IPv6 address is the IPv4 address.
  const IpAddress& address() const { return address_; }

 private:
  const std::vector<Network>* hosts_ = nullptr;
  State state_ = State::Lost;
  std::size_t hops_ = 0;
  IpAddress address_;
};

}  // namespace alignd::authres
