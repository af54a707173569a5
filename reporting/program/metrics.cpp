#include <array>
#include <cstdio>
#include <stdexcept>

#include "dns/data/ascii.h"
#include "reporting/program/commands.h"

namespace alignd::reporting {

void writeMetrics(const Job& job, Store& store) {
  const std::string& path = job.settings.reports.metricsFile;
  if (path.empty()) return;
  std::array<std::int64_t, 5> counts{};
  for (const Delivery& delivery : store.deliveries()) ++counts[static_cast<std::size_t>(delivery.state)];
  std::string text =
      "# HELP alignd_report_mails Report mails that are kept, by what became of them.\n"
      "# TYPE alignd_report_mails gauge\n";
  constexpr std::array<std::string_view, 5> kWords{"waiting", "in_doubt", "sent", "failed", "refused"};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    text += ascii::cat({"alignd_report_mails{state=\"", kWords[i], "\"} ", std::to_string(counts[i]), "\n"});
  }
  text +=
      ascii::cat({"# HELP alignd_report_last_run_timestamp_seconds When reports were last sent.\n"
                  "# TYPE alignd_report_last_run_timestamp_seconds gauge\n"
                  "alignd_report_last_run_timestamp_seconds ",
                  std::to_string(job.now), "\n"});
  // The collector must never read half of it.
  const std::string under = path + ".new";
  writeFile(under, text);
  if (std::rename(under.c_str(), path.c_str()) != 0) {
    throw std::runtime_error(ascii::cat({path, " cannot be written"}));
  }
}

}  // namespace alignd::reporting
