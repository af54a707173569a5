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
  const std::string lower = ascii::toLower(value.substr(0, kMaxContentType));
  std::string_view rest(lower);
  bool first = true;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view part = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (first && part != "multipart/report") return false;
    first = false;
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
  for (const std::size_t index : header.find("Content-Type")) {
    if (isReportType(header[index].value)) return true;
  }
  for (const std::size_t index : header.find("Subject")) {
    if (isReportSubject(header[index].value)) return true;
  }
  return false;
}

}  // namespace alignd::message
