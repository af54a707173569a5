#include "cli/log_filter.h"

#include <charconv>

#include "dns/data/ascii.h"
#include "reporting/log/line_reader.h"

namespace alignd::cli {

namespace {

bool within(std::string_view domain, std::string_view parent) {
  return ascii::equalIgnoreCase(domain, parent) ||
         (domain.size() > parent.size() && domain[domain.size() - parent.size() - 1] == '.' &&
          ascii::equalIgnoreCase(domain.substr(domain.size() - parent.size()), parent));
}

}  // namespace

bool LogFilter::matches(const reporting::LoggedMessage& message) const {
  if (message.timeMs < sinceMs) return false;
  if (!queueId.empty() && message.queueId != queueId) return false;
  if (!why.empty() && message.why != why) return false;
  if (!domain.empty() && !within(message.from, domain)) return false;
  if (!client) return true;
  const auto address = IpAddress::parse(message.client);
  return address && client->contains(*address);
}

std::optional<std::int64_t> parseSince(std::string_view text, std::int64_t nowMs) {
  if (text.size() >= 2 && text.size() <= 6 && ascii::isAlpha(text.back())) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size() - 1, count);
    const char unit = text.back();
    const std::int64_t minutes = unit == 'm' ? 1 : unit == 'h' ? 60 : unit == 'd' ? 1440 : 0;
    if (error != std::errc() || end != text.data() + text.size() - 1 || count < 0 || minutes == 0)
      return std::nullopt;
    return nowMs - count * minutes * 60'000;
  }
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  std::string whole(text);
  if (whole.ends_with('Z')) whole.pop_back();
  if (whole.size() != 10 && whole.size() != 16 && whole.size() != 19 && whole.size() != 23)
    return std::nullopt;
  whole += kForm.substr(whole.size());
  const std::int64_t time = reporting::parseTime(whole);
  return time < 0 ? std::nullopt : std::optional(time);
}

}  // namespace alignd::cli
