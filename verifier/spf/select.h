// Which of the TXT records at a name is its SPF record (RFC 7208 section 4.5).
#pragma once

#include <cstddef>
#include <cstdint>

#include "dns/data/answer.h"
#include "verifier/spf/record.h"

namespace alignd::spf {

/// What a TXT answer says about SPF. Kept with the answer (dns::Answer::derived), so that a record is parsed
/// once for all messages that use it.
struct Selection {
  enum class Kind : std::uint8_t {
    None,       // no record with the version section; `nearMiss`
    One,        // `record`
    Several,    // more than one: permerror
    Malformed,  // `error`
  } kind = Kind::None;
  Record record;
  SyntaxError error;
  std::string nearMiss;        // what looks like one (near_miss.h); or empty
  std::size_t candidates = 0;  // records with the version section
};

Selection selectRecord(const dns::Answer& answer);

/// For the cache's account.
std::size_t derivedCost(const Selection& selection);

}  // namespace alignd::spf
