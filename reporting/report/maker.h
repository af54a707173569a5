// From what a day holds to reports and where they are to go.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "reporting/aggregate/rua.h"
#include "reporting/options.h"
#include "reporting/report/report.h"
#include "reporting/store/store.h"

namespace alignd::reporting {

/// Why no report goes to a policy domain at all: our own, or what `only` and `never` say; empty when one may.
std::string excluded(std::string_view domain, const Options& options);
/// Why none goes to a mailbox, as far as the settings alone say.
std::string notWanted(const Mailbox& mailbox, const Options& options);

/// Why a policy's domain gets no report at all; empty when it gets one.
std::string notReported(const StoredPolicy& policy, const Options& options);

class Maker {
 public:
  Maker(Store& store, const Options& options, std::int64_t now)
      : store_(store), options_(options), now_(now) {}

  /// Closes the days that are over and settled, and makes the reports of all closed ones that have none. Whatever dies in
  /// between, running it again gives the same reports with the same ids.
  void run();
  /// Makes the reports of one day, whether it is over or not, and closes it.
  void day(Day day);

  /// A stored report as it goes out.
  Report load(const StoredReport& stored);

  std::size_t made() const { return made_; }
  std::function<void(std::string_view)> onStep;

 private:
  void makeDay(Day day);
  using Sized = std::pair<StoredReport, std::size_t>;  // with the octets of its file
  std::vector<Sized> parts(const StoredPolicy& policy, std::uint64_t limit);
  void split(const StoredPolicy& policy, StoredReport part, std::vector<std::string> digests,
             std::uint64_t limit, std::vector<Sized>& out);
  std::vector<Delivery> deliveries(const StoredPolicy& policy, const StoredReport& report, std::size_t size);
  void capHosts(std::vector<Delivery>& mails);
  void step(std::string_view name) const {
    if (onStep) onStep(name);
  }

  Store& store_;
  const Options& options_;
  std::int64_t now_;
  std::size_t made_ = 0;
};

}  // namespace alignd::reporting
