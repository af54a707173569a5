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

/// Somebody who may want the reports of a domain.
struct Destination {
  std::string domain;  // where the policy record was found, in A-labels
  Mailbox mailbox;
  std::string_view tag = "rua";  // or "ruf" for failure reports (RFC 9991 section 5)
};

struct Agreement {
  Permission permission = Permission::Refused;
  bool external = false;         // outside of the domain's organization: its agreement was asked for
  std::vector<Mailbox> instead;  // what the destination wants instead (step 9); empty: as it is
  std::string text;              // why, as a sentence fragment; foreign octets unescaped
};

/// Nothing while answers are missing (`lookups` knows which).
std::optional<Agreement> verifyDestination(const Destination& destination, const dmarc::Options& options,
                                           dns::Lookups& lookups);

}  // namespace alignd::reporting
