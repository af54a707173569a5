// Where a DNS server is, as settings and command lines write it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "dns/data/address.h"

namespace alignd::dns {

struct ServerAddress {
  IpAddress address;
  std::uint16_t port = 53;

  /// `192.0.2.1:53` or `[2001:db8::1]:53`.
  std::string text() const;

  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
  friend auto operator<=>(const ServerAddress&, const ServerAddress&) = default;
};

/// Reads `address`, `address:port` or `[address]:port`; IPv6 with a port needs the brackets. Port 53 when
/// none is given. On error the text says what is wrong with it, ready to be put behind file:line.
std::variant<ServerAddress, std::string> parseServerAddress(std::string_view text);

}  // namespace alignd::dns
