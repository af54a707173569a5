// alignd-check key: one DKIM key, looked up and checked.
#pragma once

#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "dns/table/resolver.h"

namespace alignd::cli {

/// Prints the checklist of the key (cli/key_checks.h) and the record itself. 0: nothing failed; 1: something did;
/// 2: DNS did not answer; usage: the name cannot be asked.
int runKey(const Arguments& arguments, std::shared_ptr<dns::Resolver> resolver, std::ostream& out);

}  // namespace alignd::cli
