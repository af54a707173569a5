// Does a destination want the reports of a domain? RFC 9990 section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/table/lookups.h"
#include "reporting/aggregate/rua.h"
#include "verifier/dmarc/options.h"

namespace alignd::reporting {

enum class Permission {
  Granted,
  Refused,  // never for this record of theirs
  Unknown,  // DNS failed: ask again later
};

struct Agreement {
  Permission permission = Permission::Refused;
  bool external = false;         // outside of the domain's organization: its agreement was asked for
  std::vector<Mailbox> instead;  // what the destination wants instead (step 9); empty: as it is
  std::string text;              // why, as a sentence fragment; foreign octets unescaped
};

/// `domain` is where the policy record was found, in A-labels. Nothing while answers are missing (`lookups` knows which).
/// `tag`: "rua", or "ruf" for failure reports (RFC 9991 section 5).
std::optional<Agreement> verifyDestination(std::string_view domain, const Mailbox& mailbox,
                                           std::string_view tag, const dmarc::Options& options,
                                           dns::Lookups& lookups);

}  // namespace alignd::reporting
