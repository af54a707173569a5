#include "milter/kick.h"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

namespace alignd::milter {

namespace {

socklen_t fill(const conf::UnixSocket& where, sockaddr_storage& out) {
  auto& address = reinterpret_cast<sockaddr_un&>(out);
  address.sun_family = AF_UNIX;
  const std::size_t length = std::min(where.path.size(), sizeof(address.sun_path) - 1);
  std::memcpy(address.sun_path, where.path.data(), length);
  return sizeof(address);
}

socklen_t fill(const conf::InetSocket& where, sockaddr_storage& out) {
  const auto& octets = where.address.octets();
  if (where.address.isV4()) {
    auto& address = reinterpret_cast<sockaddr_in&>(out);
    address.sin_family = AF_INET;
    address.sin_port = htons(where.port);
    std::memcpy(&address.sin_addr, octets.data(), 4);
    return sizeof(address);
  }
  auto& address = reinterpret_cast<sockaddr_in6&>(out);
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(where.port);
  std::memcpy(&address.sin6_addr, octets.data(), 16);
  return sizeof(address);
}

}  // namespace

socklen_t fillAddress(const conf::SocketAddress& where, sockaddr_storage& out) {
  return std::visit([&](const auto& kind) { return fill(kind, out); }, where);
}

Kick::Kick(const conf::SocketAddress& own) {
  conf::SocketAddress target = own;
  // A socket on all addresses is reached through loopback.
  if (auto* inet = std::get_if<conf::InetSocket>(&target)) {
    const auto& octets = inet->address.octets();
    const bool any = std::all_of(octets.begin(), octets.end(), [](auto octet) { return octet == 0; });
    if (any) inet->address = *IpAddress::parse(inet->address.isV4() ? "127.0.0.1" : "::1");
  }
  length_ = fillAddress(target, address_);
}

void Kick::operator()() const noexcept {
  const int kick = ::socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (kick < 0) return;
  // A TCP connection in the making is accepted all the same when it is closed here: the listener wakes up.
  (void)::connect(kick, reinterpret_cast<const sockaddr*>(&address_), length_);
  ::close(kick);
}

}  // namespace alignd::milter
