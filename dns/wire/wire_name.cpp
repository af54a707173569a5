#include "dns/wire/wire_name.h"

#include "dns/data/ascii.h"

namespace alignd::dns {

namespace {

constexpr std::size_t kMaxNameWire = 255;

// Appends one label; false when it makes the name too long.
bool addLabel(WireName& name, Octets label, std::size_t& wireSize) {
  wireSize += label.size() + 1;
  if (wireSize > kMaxNameWire) return false;
  if (!name.text.empty()) name.text += '.';
  for (const std::uint8_t octet : label) {
    if (octet == '.') name.writable = false;
    name.text += ascii::lower(static_cast<char>(octet));
  }
  return true;
}

}  // namespace

// RFC 1035 section 4.1.4: a pointer leads to a prior occurrence, so
// each one must lead further back than the one before. That, and 255 octets, bound the work.
bool readName(Octets wire, std::size_t& at, WireName& out) {
  std::size_t here = at;
  std::size_t lowest = at;
  std::size_t wireSize = 1;
  bool jumped = false;
  while (true) {
    if (here >= wire.size()) return false;
    const std::size_t length = wire[here];
    if (length == 0) break;
    if ((length & 0xC0U) == 0xC0U) {
      if (here + 1 >= wire.size()) return false;
      const std::size_t target = (length & 0x3FU) << 8U | wire[here + 1];
      if (target >= lowest || target < kHeader) return false;
      if (!jumped) at = here + 2;
      jumped = true;
      lowest = here = target;
      continue;
    }
    if (length > kMaxLabel || length > wire.size() - here - 1) return false;
    if (!addLabel(out, wire.subspan(here + 1, length), wireSize)) return false;
    here += 1 + length;
  }
  if (!jumped) at = here + 1;
  return true;
}

std::optional<Name> toName(const WireName& name) {
  return name.writable ? Name::parse(name.text) : std::nullopt;
}

}  // namespace alignd::dns
