// Holds a Verdict against what a conformance case expects.
#pragma once

#include <string>
#include <vector>

#include "tests/support/cases.h"
#include "verifier/verdict.h"

namespace alignd::test {

/// What disagrees, a line each; empty when everything the case asks for agrees. `which` names the mechanisms
/// to look at: any of "spf", "dkim", "arc", "dmarc".
std::vector<std::string> disagreements(const Case& one, const Verdict& verdict,
                                       const std::vector<std::string>& which);

}  // namespace alignd::test
