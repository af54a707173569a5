// One packet out, one packet back: what the two ways of sending have in common.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dns/wire/wire.h"

namespace alignd::dns {

/// One packet sent to one server, until its reply, its error, or the end of its life.
using ExchangeId = std::uint64_t;

enum class Outcome : std::uint8_t {
  Reply,        // octets that echo id and question
  Unreachable,  // refused, no route, closed before the reply
  Unreadable,   // something came that is no DNS message
  Silence,      // nothing until the exchange's life ended
};

/// Of Unreachable: how.
enum class Obstacle : std::uint8_t {
  Refused,  // nobody listens there
  Closed,   // a connection that was closed before the reply was whole
  NoRoute,
  NoSocket,  // our own fault
};
/// "refused the connection" ...: what the server did.
std::string_view obstacleText(Obstacle obstacle);
/// By errno.
Obstacle obstacleOf(int error);

struct Completion {
  ExchangeId exchange = 0;
  Outcome outcome = Outcome::Silence;
  std::vector<std::uint8_t> reply;
  Obstacle obstacle = Obstacle::Refused;
};

/// Filled by sockets and callbacks, worked off by the engine when they have returned: so nothing is started,
/// cancelled or destroyed inside a callback.
using Completions = std::vector<Completion>;

}  // namespace alignd::dns
