// An SPF record as data (RFC 7208 sections 4.6, 5 and 6). Parsing checks the whole record: section 4.6 wants
// every syntax error found before anything is evaluated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/data/address.h"
#include "verifier/spf/macro.h"

namespace alignd::spf {

enum class Qualifier : std::uint8_t { Pass, Fail, SoftFail, Neutral };
enum class Mechanism : std::uint8_t { All, Include, A, Mx, Ptr, Ip4, Ip6, Exists };

/// One mechanism with its qualifier.
struct Directive {
  Qualifier qualifier = Qualifier::Pass;
  Mechanism mechanism = Mechanism::All;
  std::uint8_t prefix4 = 32;   // ip4-cidr-length, of ip4, a, mx
  std::uint8_t prefix6 = 128;  // ip6-cidr-length, of ip6, a, mx
  std::int32_t target = -1;    // index of its domain-spec in Record::specs; -1: the current domain
  std::uint32_t offset = 0;    // of the whole term in Record::text
  std::uint32_t length = 0;
  IpAddress network;  // of ip4, ip6

  /// Whether evaluating it asks DNS, so that it counts against the 10 of section 4.6.4.
  bool needsDns() const {
    return mechanism != Mechanism::All && mechanism != Mechanism::Ip4 && mechanism != Mechanism::Ip6;
  }
};

struct Record {
  std::string text;
  std::vector<Directive>
      directives;                  // those that an evaluation can come to: none behind `all` (section 5.1),
                                   // none behind the 11th that needs DNS (section 4.6.4)
  std::size_t unreachable = 0;     // how many stand behind
  std::vector<MacroString> specs;  // their domain-specs, and those of the modifiers
  std::int32_t redirect = -1;      // index in specs
  std::int32_t explanation = -1;   // likewise
  bool hasAll = false;

  /// The term as it is written, qualifier included.
  std::string_view textOf(const Directive& directive) const {
    return std::string_view(text).substr(directive.offset, directive.length);
  }
  const MacroString* spec(std::int32_t index) const {
    return index < 0 ? nullptr : &specs[static_cast<std::size_t>(index)];
  }
  /// Octets it owns.
  std::size_t cost() const;
};

/// Why a record is no SPF record that can be evaluated.
struct SyntaxError {
  std::string term;     // as written
  std::string problem;  // a sentence fragment
};

/// True for a record whose version section is exactly "v=spf1", in any case (section 4.5).
bool hasSpfVersion(std::string_view text);

/// Parses a record that hasSpfVersion. Linear in `text`.
std::variant<Record, SyntaxError> parseRecord(std::string_view text);

}  // namespace alignd::spf
