// Makes the replies of FaultDnsServer: pure functions of question, zone and Behavior.
#pragma once

#include <optional>
#include <random>
#include <string>

#include "dns/zone/zone.h"
#include "tests/support/dns_message.h"
#include "tests/support/fault_dns_server.h"

namespace alignd::test {

/// The reply to `query`, damaged as `behavior` wants it; nothing when the zone says silence. Over UDP it is
/// cut to an empty one with TC when it is larger than the asker takes.
std::optional<std::string> makeReply(const Query& query, const dns::Zone& zone, const Behavior& behavior,
                                     Transport transport, std::mt19937& random);

/// What stays of `behavior` when it makes replies that are only slow: for Behavior::thenRight and for
/// questions that `only` and `onlyWithEdns` leave alone.
Behavior honest(const Behavior& behavior);

/// True when the first reply of this Behavior is not what the asker should accept.
bool isWrong(const Behavior& behavior);

}  // namespace alignd::test
