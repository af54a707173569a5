#include "reporting/read/explain.h"

#include <algorithm>
#include <map>
#include <ostream>

#include "dns/data/ascii.h"
#include "reporting/store/day.h"
#include "verifier/report/story.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using report::printable;

constexpr std::size_t kMaxSignatures = 5;  // that are explained

std::string timeText(std::int64_t seconds) {
  if (seconds < 0 || seconds / kDaySeconds > 2'932'896) return "?";  // the year 9999
  const auto two = [](std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return cat({dayText(seconds / kDaySeconds), " ", two(seconds % kDaySeconds / 3600), ":",
              two(seconds % 3600 / 60)});
}

std::string inBrackets(const std::string& text) {
  return text.empty() ? std::string() : cat({" (", text, ")"});
}

void addDkim(std::string& out, const Row& row) {
  if (row.dkimResults.empty()) {
    out += "no DKIM signature";
    return;
  }
  const bool anyPass = std::any_of(row.dkimResults.begin(), row.dkimResults.end(),
                                   [](const DkimRow& dkim) { return dkim.result == "pass"; });
  for (std::size_t i = 0; i < row.dkimResults.size() && i < kMaxSignatures; ++i) {
    const DkimRow& dkim = row.dkimResults[i];
    out += cat({i == 0 ? "DKIM of " : "; DKIM of ", dkim.domain});
    if (!dkim.selector.empty()) out += cat({" (", dkim.selector, ")"});
    out += dkim.result == "pass" ? " passes" : cat({": ", dkim.result, inBrackets(dkim.human)});
  }
  if (row.dkimResults.size() > kMaxSignatures) out += "; more signatures";
  if (anyPass && !row.dkim) out += cat({", not aligned with ", row.headerFrom});
}

void addSpf(std::string& out, const Row& row) {
  if (!row.spfResult || row.spfResult->domain.empty()) {
    out += "; no SPF result";
    return;
  }
  const SpfRow& spf = *row.spfResult;
  if (spf.result == "pass") {
    out += cat({"; SPF passes for ", spf.domain});
    if (!row.spf) out += cat({", not aligned with ", row.headerFrom});
  } else {
    out += cat({"; SPF of ", spf.domain, ": ", spf.result, inBrackets(spf.human)});
  }
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

std::string explain(const Row& row) {
  std::string out;
  addDkim(out, row);
  addSpf(out, row);
  for (const Reason& reason : row.reasons) out += cat({"; ", reason.type, inBrackets(reason.comment)});
  return out;
}

void print(std::ostream& out, const Received& received) {
  const Report& report = received.report;
  const Metadata& metadata = report.metadata;
  out << printable(report.policy.domain) << ": report " << printable(metadata.reportId) << " of "
      << printable(metadata.orgName) << " <" << printable(metadata.email) << ">, " << timeText(metadata.begin)
      << " to " << timeText(metadata.end) << " UTC\n";
  out << "policy: p=" << printable(report.policy.p);
  for (const auto& [tag, value] : {std::pair{"sp", &report.policy.sp},
                                   {"np", &report.policy.np},
                                   {"adkim", &report.policy.adkim},
                                   {"aspf", &report.policy.aspf}}) {
    if (!value->empty()) out << ' ' << tag << '=' << printable(*value);
  }
  if (report.policy.testing) out << " t=y";
  out << '\n';
  if (!metadata.error.empty()) out << "it says: " << printable(metadata.error) << '\n';
  for (const std::string& remark : received.remarks) out << "remark: " << remark << '\n';

  std::map<std::string, std::int64_t> bySource;
  std::int64_t total = 0;
  std::int64_t passing = 0;
  for (const auto& [row, count] : report.rows) {
    auto& sum = bySource[row.sourceIp];
    sum = sum > INT64_MAX - count ? INT64_MAX : sum + count;
    total = total > INT64_MAX - count ? INT64_MAX : total + count;
    if (row.dkim || row.spf) passing = passing > INT64_MAX - count ? INT64_MAX : passing + count;
  }
  std::vector<const std::pair<Row, std::int64_t>*> rows;
  rows.reserve(report.rows.size());
  for (const auto& row : report.rows) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(), [&](const auto* a, const auto* b) {
    const auto left = bySource[a->first.sourceIp];
    const auto right = bySource[b->first.sourceIp];
    if (left != right) return left > right;
    if (a->first.sourceIp != b->first.sourceIp) return a->first.sourceIp < b->first.sourceIp;
    return a->second != b->second ? a->second > b->second : a < b;
  });
  out << padded("source", 40) << padded("count", 10) << padded("result", 8) << padded("done", 12) << "why\n";
  for (const auto* row : rows) {
    out << padded(printable(row->first.sourceIp), 39) << ' ' << padded(std::to_string(row->second), 9) << ' '
        << padded(row->first.dkim || row->first.spf ? "pass" : "fail", 8)
        << padded(printable(row->first.disposition), 11) << ' ' << printable(row->first.headerFrom) << ": "
        << printable(explain(row->first)) << '\n';
  }
  out << total << (total == 1 ? " message, " : " messages, ") << passing << " pass\n";
}

}  // namespace alignd::reporting
