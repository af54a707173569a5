// Which verdict lines are meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dns/data/address.h"
#include "reporting/log/message.h"

namespace alignd::cli {

struct LogFilter {
  std::string domain;             // author domain, or one below it; "" any
  std::optional<Network> client;  // an address is a network of one
  std::int64_t sinceMs = 0;       // since 1970
  std::string why;                // one word; "" any
  std::string queueId;            // "" any
  bool matches(const reporting::LoggedMessage& message) const;
};

/// "2026-11-22", "2026-11-22T03:14", either with seconds and Z, or back from `nowMs`: "90m", "12h", "7d". Milliseconds since 1970;
/// nothing when it is none of them.
std::optional<std::int64_t> parseSince(std::string_view text, std::int64_t nowMs);

}  // namespace alignd::cli
