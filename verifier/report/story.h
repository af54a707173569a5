// The verdict as a story for a person: what alignd-check prints.
#pragma once

#include <string>
#include <string_view>

#include "verifier/policy/decision.h"
#include "verifier/verdict.h"

namespace alignd::report {

/// `text` fit for a terminal: controls, DEL and octets that are no UTF-8 are escaped as in the verdict line;
/// letters of other scripts are escaped too, so that nothing can be hidden by direction marks or look-alikes.
std::string printable(std::string_view text);

/// Several lines, each ended by a newline: author, SPF, every signature, ARC, the DMARC walk, alignment, what
/// is done.
void appendStory(std::string& out, const Verdict& verdict, const policy::Decision& decision);

}  // namespace alignd::report
