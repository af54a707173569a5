// Whether one of many addresses lies in the client's network.
#pragma once

#include <cstddef>
#include <vector>

#include "dns/data/answer.h"

namespace alignd::spf {

/// The addresses of an answer, sorted. Kept with the answer (dns::Answer::derived): of 4,000 addresses, which one
/// answer can hold, an evaluation that comes back to them ten times looks at a dozen each time.
struct AddressSet {
  std::vector<IpAddress> sorted;

  /// True when the first `prefix` bits of one of them are those of `client`.
  bool matches(const IpAddress& client, int prefix) const;
};

AddressSet sortAddresses(const dns::Answer& answer);

/// For the cache's account.
std::size_t derivedCost(const AddressSet& set);

/// The same for an answer, few or many.
bool holdsAddress(const dns::Answer& answer, const IpAddress& client, int prefix);

}  // namespace alignd::spf
