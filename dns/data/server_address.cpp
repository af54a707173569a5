#include "dns/data/server_address.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

std::optional<std::uint16_t> parsePort(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::string ServerAddress::text() const {
  const std::string digits = std::to_string(port);
  return address.isV4() ? ascii::cat({address.text(), ":", digits})
                        : ascii::cat({"[", address.text(), "]:", digits});
}

std::variant<ServerAddress, std::string> parseServerAddress(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  bool hasPort = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return ascii::cat({"\"", text, "\": the closing bracket is missing"});
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    hasPort = !rest.empty();
    if (hasPort && rest.front() != ':') {
      return ascii::cat({"\"", text, "\": after the bracket only :port may follow"});
    }
    if (hasPort) port = rest.substr(1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    hasPort = true;
  }
  const auto address = IpAddress::parse(host);
  if (!address) {
    return ascii::cat(
        {"\"", text, "\": a DNS server is an IP address, like 127.0.0.1, 127.0.0.1:5353 or [::1]:53"});
  }
  if (text.starts_with('[') && address->isV4()) {
    return ascii::cat({"\"", text, "\": brackets are for IPv6 addresses"});
  }
  ServerAddress out{*address, 53};
  if (hasPort) {
    const auto number = parsePort(port);
    if (!number) return ascii::cat({"\"", text, "\": the port must be a number from 1 to 65535"});
    out.port = *number;
  }
  return out;
}

}  // namespace alignd::dns
