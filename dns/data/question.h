// What can be asked: a name and a record type, class IN.
#pragma once

#include <cstdint>
#include <string_view>

#include "dns/data/name.h"

namespace alignd::dns {

enum class Type : std::uint16_t {  // RFC 1035 section 3.2.2 and later
  A = 1,
  NS = 2,
  CNAME = 5,
  SOA = 6,
  PTR = 12,
  MX = 15,
  TXT = 16,
  AAAA = 28,
  DNAME = 39
};

/// "A", "TXT" ...; "TYPE" for one that is not named above.
std::string_view typeName(Type type);

struct Question {
  Name name;
  Type type = Type::TXT;
  friend bool operator==(const Question&, const Question&) = default;
};

}  // namespace alignd::dns

template <>
struct std::hash<alignd::dns::Question> {
  std::size_t operator()(const alignd::dns::Question& q) const noexcept {
    return std::hash<alignd::dns::Name>{}(q.name) * 31 + static_cast<std::size_t>(q.type);
  }
};
