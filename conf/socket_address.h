// Where a socket of ours is, as settings write it: libmilter's notation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "dns/data/address.h"

namespace alignd::conf {

struct UnixSocket {
  std::string path;
};
struct InetSocket {
  IpAddress address;
  std::uint16_t port = 0;
};
using SocketAddress = std::variant<UnixSocket, InetSocket>;

/// Reads "unix:/path" (also "local:/path"), "inet:port@address" or "inet6:port@address"; the address is
/// numeric, and "localhost" is taken as 127.0.0.1 or ::1. Without "@address" all addresses are meant. On
/// error the text says what is wrong, ready to be put behind the value.
std::variant<SocketAddress, std::string> parseSocketAddress(std::string_view text);

}  // namespace alignd::conf
