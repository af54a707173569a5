#include <ostream>

#include "dns/data/ascii.h"
#include "reporting/program/ask.h"
#include "reporting/program/commands.h"
#include "reporting/send/sender.h"
#include "verifier/report/story.h"

namespace alignd::reporting {

int runSend(const Job& job, Store& store, std::ostream& out) {
  if (!isIdentified(job, out)) return kExitConfig;
  const Asker asker(job);
  Sender sender(store, job.settings.reports, job.now,
                [&](const std::vector<Destination>& destinations) { return asker.ask(destinations); });
  sender.onlyDomain = job.arguments.domain;
  sender.onlyDay = job.arguments.day;
  sender.say = [&](const std::string& line) { out << report::printable(line) << std::endl; };
  sender.onStep = dieAt;
  if (job.arguments.dryRun) {
    const std::string folder = job.arguments.out.empty() ? "." : job.arguments.out;
    sender.preview([&](const Delivery& delivery, const std::string& message) {
      const std::string path = ascii::cat({folder, "/", previewName(delivery)});
      writeFile(path, message);
      out << report::printable(path) << '\n';
    });
    return kExitGood;
  }
  if (job.arguments.inDoubt) out << sender.retryInDoubt() << " mails in doubt wait once more\n";
  const auto transport = openTransport(job.settings.reports);
  const bool reached = sender.run(*transport);
  writeMetrics(job, store);
  return reached ? kExitGood : kExitTemporary;
}

}  // namespace alignd::reporting
