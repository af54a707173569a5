// What is due, verified and handed to the MTA: each mail once, whatever dies in between.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/destination/verify.h"
#include "reporting/options.h"
#include "reporting/report/maker.h"
#include "reporting/send/transport.h"
#include "reporting/store/store.h"

namespace alignd::reporting {

/// What a file with this mail is called. Strangers choose the address: it holds no slash there, nor more octets than a file
/// name may have.
std::string previewName(const Delivery& delivery);

class Sender {
 public:
  /// Whether destinations want the reports of a domain: one answer each, in order.
  using Ask = std::function<std::vector<Agreement>(const std::vector<Destination>&)>;
  /// How many are asked at once: those who do not answer delay all others' reports once for so many of them.
  static constexpr std::size_t kAskedAtOnce = 50;

  Sender(Store& store, const Options& options, std::int64_t now, Ask ask)
      : store_(store), options_(options), now_(now), ask_(std::move(ask)) {}

  /// Of one domain and day only, when set.
  std::string onlyDomain;
  std::optional<Day> onlyDay;
  /// Each line that people may want to read.
  std::function<void(const std::string&)> say = [](const std::string&) {};
  std::function<void(std::string_view)> onStep;

  /// Sends what is due. False when the MTA could not be reached.
  bool run(Transport& transport);
  /// The mails that run() would send, without asking anybody or changing anything.
  void preview(const std::function<void(const Delivery&, const std::string& message)>& use);
  /// Mails of which nobody knows whether the MTA has them (a crash in the very moment) wait once more.
  std::size_t retryInDoubt();

 private:
  bool concerns(const Delivery& delivery) const;
  std::string message(const Delivery& delivery);
  std::string failureMessage(const Delivery& delivery);
  const Agreement& agreementOf(std::span<const Delivery> due);
  bool isWanted(std::span<Delivery> due);
  void conclude(Delivery delivery, const Reply& reply);
  void later(Delivery& delivery, const std::string& why);
  void note(const Delivery& delivery);
  void step(std::string_view name) const {
    if (onStep) onStep(name);
  }

  Store& store_;
  const Options& options_;
  std::int64_t now_;
  Ask ask_;
  std::map<std::string, Agreement> asked_;  // by keyOf(): one answer a run
};

}  // namespace alignd::reporting
