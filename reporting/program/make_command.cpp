#include <fstream>
#include <ostream>
#include <stdexcept>

#include "dns/data/ascii.h"
#include "reporting/program/commands.h"
#include "reporting/report/maker.h"

namespace alignd::reporting {

void writeFile(const std::string& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error(ascii::cat({path, " cannot be written"}));
}

bool isIdentified(const Job& job, std::ostream& out) {
  if (job.settings.reports.identified()) return true;
  out << "reports are off: set org_name, email and domain in [reports]\n";
  return false;
}

int runMake(const Job& job, Store& store, std::ostream& out) {
  if (!isIdentified(job, out)) return kExitConfig;
  const Options& options = job.settings.reports;
  Maker maker(store, options, job.now);
  maker.onStep = dieAt;
  if (job.arguments.day) {
    maker.day(*job.arguments.day);
  } else {
    maker.run();
  }
  out << maker.made() << " reports made\n";
  if (!job.arguments.out.empty()) {
    const Day last = job.now / kDaySeconds - 1;
    for (const StoredReport& stored : store.reportsOf(job.arguments.day.value_or(last))) {
      const Report report = maker.load(stored);
      const std::string path = ascii::cat({job.arguments.out, "/", fileName(options.domain, report)});
      writeFile(path, gzip(toXml(report)));
      out << path << '\n';
    }
  }
  const auto before = job.now - options.keep.count();
  store.transaction([&] { store.prune(before / kDaySeconds, before); });
  return kExitGood;
}

}  // namespace alignd::reporting
