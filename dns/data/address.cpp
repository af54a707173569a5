#include "dns/data/address.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace alignd {

namespace {

// inet_ntop() goes by way of printf, for every message several times.
std::string dotted(const std::array<std::uint8_t, 16>& octets) {
  std::array<char, INET_ADDRSTRLEN> text;
  char* to = text.data();
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) *to++ = '.';
    to = std::to_chars(to, text.data() + text.size(), static_cast<unsigned>(octets[i])).ptr;
  }
  return {text.data(), to};
}

}  // namespace

IpAddress IpAddress::v4(const std::array<std::uint8_t, 4>& octets) {
  IpAddress out;
  std::copy(octets.begin(), octets.end(), out.octets_.begin());
  return out;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& octets) {
  IpAddress out;
  out.octets_ = octets;
  out.v4_ = false;
  return out;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.size() >= buffer.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  // Most of what is held against this is a host name.
  IpAddress out;
  out.v4_ = text.find(':') == std::string_view::npos;
  if (out.v4_ && (text.empty() || text.back() < '0' || text.back() > '9')) return std::nullopt;
  text.copy(buffer.data(), text.size());
  if (inet_pton(out.v4_ ? AF_INET : AF_INET6, buffer.data(), out.octets_.data()) != 1) return std::nullopt;
  return out;
}

std::string IpAddress::text() const {
  if (v4_) return dotted(octets_);
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(AF_INET6, octets_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

bool IpAddress::isLoopback() const {
  const IpAddress plain = unmapped();
  if (plain.v4_) return plain.octets_[0] == 127;
  return std::all_of(octets_.begin(), octets_.end() - 1, [](std::uint8_t o) { return o == 0; }) &&
         octets_[15] == 1;
}

IpAddress IpAddress::unmapped() const {
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (v4_ || !std::equal(kMapped.begin(), kMapped.end(), octets_.begin())) return *this;
  return v4({octets_[12], octets_[13], octets_[14], octets_[15]});
}

bool IpAddress::matches(const IpAddress& other, int prefix) const {
  if (v4_ != other.v4_ || prefix < 0 || prefix > bits()) return false;
  const auto whole = static_cast<std::size_t>(prefix / 8);
  const int rest = prefix % 8;
  if (!std::equal(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(whole),
                  other.octets_.begin())) {
    return false;
  }
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return ((octets_[whole] ^ other.octets_[whole]) & mask) == 0;
}

namespace {

// Clears every bit after `prefix`; tells whether any was set.
bool clearHostBits(IpAddress& address, int prefix) {
  auto octets = address.octets();
  bool set = false;
  for (int bit = prefix; bit < address.bits(); ++bit) {
    auto& octet = octets[static_cast<std::size_t>(bit / 8)];
    const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
    set = set || (octet & mask) != 0;
    octet = static_cast<std::uint8_t>(octet & ~mask);
  }
  address =
      address.isV4() ? IpAddress::v4({octets[0], octets[1], octets[2], octets[3]}) : IpAddress::v6(octets);
  return set;
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto parsed = IpAddress::parse(text.substr(0, slash));
  if (!parsed) return std::nullopt;
  int prefix = parsed->bits();
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc() || end != digits.data() + digits.size() || prefix < 0 ||
        prefix > parsed->bits()) {
      return std::nullopt;
    }
  }
  IpAddress address = parsed->unmapped();
  if (address.isV4() && parsed->isV6()) {
    if (prefix < 96) return std::nullopt;
    prefix -= 96;
  }
  const bool hostBits = clearHostBits(address, prefix);
  return Network{address, prefix, hostBits};
}

std::string Network::text() const {
  return address.text() + "/" + std::to_string(prefix);
}

}  // namespace alignd
