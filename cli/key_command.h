// alignd-check key: one DKIM key, looked up and checked.
#pragma once

#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "dns/resolver.h"

namespace alignd::cli {

/// Prints where the key was found (every alias hop), each record with its tags, type and size, and what is
/// wrong with it. Pass: at least one usable key; not pass: none; temporary: DNS did not answer.
int runKey(const Arguments& arguments, std::shared_ptr<dns::Resolver> resolver, std::ostream& out);

}  // namespace alignd::cli
