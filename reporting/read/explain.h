// A report as people read it: who sent what, and why it passed or not.
#pragma once

#include <iosfwd>
#include <string>

#include "reporting/read/from_xml.h"

namespace alignd::reporting {

/// Why the row passed or failed: "DKIM of example.org (s1) passes; SPF passes for other.example, which is not aligned".
std::string explain(const Row& row);

/// A heading and a table by source, most messages first. Fit for a terminal, whatever the report holds.
void print(std::ostream& out, const Received& received);

}  // namespace alignd::reporting
