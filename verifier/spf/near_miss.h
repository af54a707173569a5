// TXT records that their owner takes for an SPF record, and that are none (RFC 7208 section 4.5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dns/data/answer.h"

namespace alignd::spf {

/// What is wrong with `text`, a record of which hasSpfVersion() is false, and how to mend it: a sentence fragment, short,
/// that quotes what it is about, foreign octets unescaped. Nothing for a record that has nothing to do with SPF. Linear
/// in `text`, of which it looks at the first 1,000 octets.
std::optional<std::string> nearMiss(std::string_view text);

/// The first of an answer that has no SPF record.
std::optional<std::string> nearMissIn(const dns::Answer& answer);

}  // namespace alignd::spf
