// Which client a relay in front of us had, from the Received field that it put on top (RFC 5321 section 4.4).
#pragma once

#include <optional>
#include <string_view>

#include "dns/data/address.h"

namespace alignd::authres {

/// The address literal of TCP-info in `value` (what stands after "Received:"): of `from helo (name
/// [192.0.2.1]) by ...` the 192.0.2.1, IPv6 with or without its tag. Only a relay that is listed may be
/// believed so far.
///
/// The literal comes from the comment behind the from-domain, which the relay wrote; the from-domain itself
/// is HELO text and is never read, not even when it is a literal. Nothing when the field has no such comment,
/// or when a second literal between `from` and `by` names another address: then the HELO text may have played
/// a comment. Linear.
std::optional<IpAddress> clientOfReceived(std::string_view value);

}  // namespace alignd::authres
