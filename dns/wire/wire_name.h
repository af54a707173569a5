// Names as octets of a message: shared by what reads replies and what compares questions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dns/data/name.h"
#include "dns/wire/wire.h"

namespace alignd::dns {

inline constexpr std::size_t kHeader = 12;  // octets
inline constexpr std::uint16_t kClassIn = 1;
inline constexpr std::uint16_t kTypeOpt = 41;

/// A name as it was read: its text in lower case, unless a label holds a dot.
struct WireName {
  std::string text;
  bool writable = true;
};

/// Reads a name, compressed or not, and moves `at` behind it. False when it cannot be read: it runs out of the message,
/// is longer than 255 octets, or a pointer does not lead back.
bool readName(Octets wire, std::size_t& at, WireName& out);

/// Nothing for a name that cannot be written.
std::optional<Name> toName(const WireName& name);

}  // namespace alignd::dns
