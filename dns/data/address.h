// IP addresses and networks.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alignd {

/// An IPv4 or IPv6 address. IPv4 uses the first four octets.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(const std::array<std::uint8_t, 4>& octets);
  static IpAddress v6(const std::array<std::uint8_t, 16>& octets);
  /// Presentation form as inet_pton takes it (no zone id, no brackets). Nothing when it is no address.
  static std::optional<IpAddress> parse(std::string_view text);

  bool isV4() const { return v4_; }
  bool isV6() const { return !v4_; }
  int bits() const { return v4_ ? 32 : 128; }
  const std::array<std::uint8_t, 16>& octets() const { return octets_; }
  std::string text() const;

  bool isLoopback() const;
  /// ::ffff:192.0.2.1 becomes 192.0.2.1 (RFC 7208 section 5); every other address stays.
  IpAddress unmapped() const;
  /// True when the first `prefix` bits agree and both are of one family.
  bool matches(const IpAddress& other, int prefix) const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> octets_{};
  bool v4_ = true;
};

/// A CIDR block.
struct Network {
  IpAddress address;  // host bits cleared
  int prefix = 0;
  bool hostBitsSet = false;  // they were set in what was parsed: worth a warning

  /// "192.0.2.0/24", "2001:db8::/32", or a bare address. v4-mapped IPv6 is taken as IPv4. Nothing when malformed.
  static std::optional<Network> parse(std::string_view text);
  /// `client` is unmapped first.
  bool contains(const IpAddress& client) const { return client.unmapped().matches(address, prefix); }
  std::string text() const;
};

}  // namespace alignd
