// The organizational domain of one name, for those who compare identifiers outside of the DMARC check (ARC).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dns/table/lookups.h"
#include "verifier/dmarc/options.h"

namespace alignd::dmarc {

/// `domain` in A-labels. By the tree walk (RFC 9989 section 4.10.2) or the list, as `options` have it.
/// Nothing while an answer is missing (`lookups` knows which), and when one failed so that it cannot be told.
std::optional<std::string> organizationalDomain(std::string_view domain, const Options& options,
                                                dns::Lookups& lookups);

}  // namespace alignd::dmarc
