// alignd-check domain: all that a domain publishes for its mail, and what its owner should do next.
#pragma once

#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "dns/table/resolver.h"
#include "verifier/options.h"

namespace alignd::cli {

/// SPF, DMARC, the keys of --selector, and MX for context. 0: nothing failed; 1: something did; 2: DNS did not answer.
int runDomain(const Arguments& arguments, const VerificationOptions& options,
              std::shared_ptr<dns::Resolver> resolver, std::ostream& out);

}  // namespace alignd::cli
