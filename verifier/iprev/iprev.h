// iprev: does the client's reverse name lead back to it (RFC 8601 section 3)?
#pragma once

#include <cstddef>
#include <optional>

#include "dns/data/address.h"
#include "dns/table/lookups.h"
#include "verifier/verdict.h"

namespace alignd::iprev {

/// Names of one PTR answer that are looked up (RFC 8601 section 3: "a reasonable limit").
inline constexpr std::size_t kMaxNames = 10;

/// pass: one of the client's reverse names has the client's address. fail: names, but none leads back.
/// permerror: no name. temperror: DNS trouble, and no name leads back without it. Nothing while it is blocked
/// on an answer; after Lookups::close() there is always a result. An IPv6 address that maps an IPv4 one is
/// taken as that.
std::optional<IprevResult> evaluate(const IpAddress& client, dns::Lookups& lookups);

}  // namespace alignd::iprev
