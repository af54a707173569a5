// alignd-check spf: one SPF evaluation as a tree a person can follow.
#pragma once

#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "dns/table/resolver.h"
#include "verifier/spf/options.h"

namespace alignd::cli {

/// Evaluates SPF of the domain in operands[0] for --ip, with --mail-from as the sender (postmaster@DOMAIN
/// without it) and --helo (DOMAIN without it), and prints each record, each term, what it resolved to, the
/// counts against the limits, and what decided; with --json the same as one object. Waits at most
/// options.timeLimit. Gives the exit code: pass, not pass, or temporary; usage for a domain that cannot be
/// asked.
int runSpf(const Arguments& arguments, const spf::Options& options, std::shared_ptr<dns::Resolver> resolver,
           std::ostream& out);

}  // namespace alignd::cli
