// Who controls a name: the zone it lives in and the name servers of that zone.
#pragma once

#include <string>
#include <vector>

#include "dns/table/lookups.h"

namespace alignd::cli {

struct ZoneCut {
  std::string zone;                  // "bank.example"; empty when it could not be found
  std::vector<std::string> servers;  // its NS records, at most eight
  /// "zone bank.example (ns1.bank.example, ns2.bank.example)"; empty when unknown.
  std::string text() const;
};

/// Asks for NS at `name` and upwards, at most 16 names. Waits.
ZoneCut zoneOf(const dns::Name& name, dns::Lookups& lookups);

}  // namespace alignd::cli
