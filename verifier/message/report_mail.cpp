#include "verifier/message/report_mail.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "dns/data/ascii.h"

namespace alignd::message {

namespace {

constexpr std::size_t kMaxContentType = 2000;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return ascii::isWsp(c) || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// RFC 2045 section 5.1, as reporters write it: no comments.
bool isReportType(std::string_view value) {
  value = value.substr(0, kMaxContentType);
  if (!ascii::equalIgnoreCase(trimmed(value.substr(0, value.find(';'))), "multipart/report")) return false;
  const std::string lower = ascii::toLower(value);
  std::string_view rest(lower);
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view part = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || trimmed(part.substr(0, equals)) != "report-type") continue;
    std::string_view type = trimmed(part.substr(equals + 1));
    if (type.size() >= 2 && type.front() == '"' && type.back() == '"') type = type.substr(1, type.size() - 2);
    return type == "feedback-report" || type == "tlsrpt";
  }
  return false;
}

bool isReportSubject(std::string_view value) {
  return trimmed(value).starts_with("Report Domain:");
}

}  // namespace

bool isReportMail(const HeaderBlock& header) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header.is(i, "Content-Type") && isReportType(header[i].value)) return true;
    if (header.is(i, "Subject") && isReportSubject(header[i].value)) return true;
  }
  return false;
}

}  // namespace alignd::message
