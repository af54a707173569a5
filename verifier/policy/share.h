// A share of all messages, chosen so that every host of ours chooses alike.
#pragma once

#include <optional>
#include <string_view>

#include "dns/data/address.h"

namespace alignd::policy {

/// Where a message stands from 0 to (never) 1, for the rule of this name: a rule with share = 0.1 takes those below 0.1,
/// and keeps them when its share grows. It depends on the rule's name, the author domain (without case) and the client's
/// address (of IPv6 the first 64 bits, which are one customer's) and nothing else, so that all MX hosts agree and a message
/// that is tried again meets the same: SipHash-2-4 with a key of zeros over NAME NUL DOMAIN NUL CLIENT, its upper 53 bits.
/// Who knows the name can compute it: it is for trying out, not for keeping anybody off.
double placeOf(std::string_view rule, std::string_view authorDomain, const std::optional<IpAddress>& client);

}  // namespace alignd::policy
