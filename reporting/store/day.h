// Days of UTC, as reports count them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alignd::reporting {

/// Days since 1970.
using Day = std::int64_t;
constexpr std::int64_t kDaySeconds = 86'400;

/// "2026-11-26" and back.
std::optional<Day> parseDay(std::string_view text);
std::string dayText(Day day);

}  // namespace alignd::reporting
