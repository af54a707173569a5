#include "verifier/spf/address_set.h"

#include <algorithm>
#include <variant>

namespace alignd::spf {

namespace {

// The lowest address of the network; of the same family.
IpAddress firstOf(const IpAddress& address, int prefix) {
  auto octets = address.octets();
  for (int i = 0; i < static_cast<int>(octets.size()); ++i) {
    const int bits = std::clamp(prefix - 8 * i, 0, 8);
    octets[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(0xff << (8 - bits));
  }
  return address.isV4() ? IpAddress::v4({octets[0], octets[1], octets[2], octets[3]}) : IpAddress::v6(octets);
}

}  // namespace

bool AddressSet::matches(const IpAddress& client, int prefix) const {
  // Those of one network stand together.
  const auto first = std::lower_bound(sorted.begin(), sorted.end(), firstOf(client, prefix));
  return first != sorted.end() && client.matches(*first, prefix);
}

AddressSet sortAddresses(const dns::Answer& answer) {
  AddressSet out;
  out.sorted.reserve(answer.records.size());
  for (const dns::Record& record : answer.records) {
    if (const auto* address = std::get_if<IpAddress>(&record.data)) out.sorted.push_back(*address);
  }
  std::sort(out.sorted.begin(), out.sorted.end());
  return out;
}

std::size_t derivedCost(const AddressSet& set) {
  return sizeof(AddressSet) + set.sorted.capacity() * sizeof(IpAddress);
}

bool holdsAddress(const dns::Answer& answer, const IpAddress& client, int prefix) {
  constexpr std::size_t kFew = 32;
  if (answer.records.size() > kFew) return answer.derived<AddressSet>(sortAddresses)->matches(client, prefix);
  return std::any_of(answer.records.begin(), answer.records.end(), [&](const dns::Record& record) {
    const auto* address = std::get_if<IpAddress>(&record.data);
    return address != nullptr && client.matches(*address, prefix);
  });
}

}  // namespace alignd::spf
