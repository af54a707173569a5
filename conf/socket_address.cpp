#include "conf/socket_address.h"

#include <charconv>
#include <optional>

#include "dns/data/ascii.h"

namespace alignd::conf {

namespace {

constexpr std::size_t kMaxUnixPath = 107;  // sun_path of Linux, less the final NUL

constexpr std::string_view kForm =
    R"(is not a socket: write "unix:/path", "inet:port@address" or "inet6:port@address")";

std::optional<std::uint16_t> parsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::variant<SocketAddress, std::string> parseInet(std::string_view rest, bool v6) {
  const auto at = rest.find('@');
  const auto port = parsePort(rest.substr(0, at));
  if (!port) return std::string("has no port from 1 to 65535 behind the colon");
  std::string_view host = at == std::string_view::npos ? (v6 ? "::" : "0.0.0.0") : rest.substr(at + 1);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (ascii::equalIgnoreCase(host, "localhost")) host = v6 ? "::1" : "127.0.0.1";
  const auto address = IpAddress::parse(host);
  if (!address) return std::string("has no numeric address behind the @");
  if (address->isV6() != v6) {
    return std::string(v6 ? "has an IPv4 address: write \"inet:\"" : "has an IPv6 address: write \"inet6:\"");
  }
  return InetSocket{*address, *port};
}

}  // namespace

std::variant<SocketAddress, std::string> parseSocketAddress(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::string(kForm);
  const auto kind = text.substr(0, colon);
  const auto rest = text.substr(colon + 1);
  if (kind == "inet") return parseInet(rest, false);
  if (kind == "inet6") return parseInet(rest, true);
  if (kind != "unix" && kind != "local") return std::string(kForm);
  if (rest.empty() || rest.front() != '/') return std::string("needs an absolute path behind the colon");
  if (rest.size() > kMaxUnixPath) return std::string("has a path that is too long for a socket (107 octets)");
  return UnixSocket{std::string(rest)};
}

}  // namespace alignd::conf
