#include "reporting/store/day.h"

#include <chrono>

#include "dns/data/ascii.h"
#include "reporting/log/line_reader.h"

namespace alignd::reporting {

std::optional<Day> parseDay(std::string_view text) {
  const std::int64_t time = parseTime(ascii::cat({text, "T00:00:00.000Z"}));
  if (time < 0) return std::nullopt;
  return time / 1000 / kDaySeconds;
}

std::string dayText(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return ascii::cat({std::to_string(static_cast<int>(date.year())), "-",
                     two(static_cast<unsigned>(date.month())), "-", two(static_cast<unsigned>(date.day()))});
}

}  // namespace alignd::reporting
