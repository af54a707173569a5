// Aggregate reports of others: RFC 9990, RFC 7489 appendix C, and what is sent in their name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reporting/report/report.h"

namespace alignd::reporting {

inline constexpr std::size_t kMaxXml = std::size_t{32} << 20U;

struct Received {
  Report report;                     // texts as they came, whatever octets they hold
  std::vector<std::string> remarks;  // where it departs from the schema, as far as that matters to a reader
};

/// Hostile input: no document type (and so no entity of its own), bounded in octets, elements and depth; nothing is
/// fetched. Namespaces are passed over, unknown elements too. Otherwise why it is refused.
std::variant<Received, std::string> fromXml(std::string_view text);

}  // namespace alignd::reporting
