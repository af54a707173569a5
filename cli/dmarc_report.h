// alignd-check dmarc: which policy applies to mail of a domain, and why.
#pragma once

#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "dns/resolver.h"
#include "verifier/dmarc/options.h"

namespace alignd::cli {

/// Prints the walk name by name with each record as it is understood and what is wrong with it, the organizational
/// domain by walk and by list, and what happens to failing mail of the domain, of a subdomain that exists and of one
/// that does not. `options.list` may be null: then libpsl's own list is compared with. Pass: a usable policy applies;
/// not pass: none does; temporary: DNS did not answer.
int runDmarc(const Arguments& arguments, const dmarc::Options& options,
             std::shared_ptr<dns::Resolver> resolver, std::ostream& out);

}  // namespace alignd::cli
