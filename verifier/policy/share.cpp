#include "verifier/policy/share.h"

#include <algorithm>
#include <array>
#include <string>

#include "dns/data/ascii.h"
#include "dns/data/keyed_hash.h"

namespace alignd::policy {

namespace {

std::string clientText(const std::optional<IpAddress>& client) {
  if (!client) return {};
  const IpAddress address = client->unmapped();
  if (address.isV4()) return address.text();
  auto octets = address.octets();
  std::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
  return IpAddress::v6(octets).text();
}

}  // namespace

double placeOf(std::string_view rule, std::string_view authorDomain, const std::optional<IpAddress>& client) {
  constexpr dns::HashKey kKey{};  // the same on every host
  constexpr std::string_view kNul("\0", 1);
  const std::string text = ascii::cat({rule, kNul, ascii::toLower(authorDomain), kNul, clientText(client)});
  return static_cast<double>(dns::sipHash(kKey, text, 2, 4) >> 11U) * 0x1p-53;
}

}  // namespace alignd::policy
