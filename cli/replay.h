// Messages of a log decided again, under other settings.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/top.h"
#include "conf/settings.h"
#include "reporting/log/message.h"
#include "verifier/policy/decision.h"
#include "verifier/policy/facts.h"
#include "verifier/report/json.h"
#include "verifier/verdict.h"

namespace alignd::cli {

/// As much of the verdict as its line holds and policy::decide looks at. Recipients are known by their domains alone
/// ("@example.org" here).
Verdict verdictOf(const reporting::LoggedMessage& message);
policy::Facts factsOf(const reporting::LoggedMessage& message);

/// What these settings do with the message. Pure.
policy::Decision decideAgain(const reporting::LoggedMessage& message, const conf::Settings& settings);

/// Memory does not grow with the log.
class Replay {
 public:
  explicit Replay(conf::Settings settings);
  void add(const reporting::LoggedMessage& message);
  void print(std::ostream& out) const;
  /// The member "replay".
  void write(report::JsonWriter& w) const;

 private:
  struct Example {
    std::string change;
    std::string queueId;
    std::string from;
    std::string client;
    std::string why;
    std::string cause;  // of the new outcome: rule or what led to it
  };
  conf::Settings settings_;
  bool namesRecipients_ = false;  // some rule hangs on whole addresses, which no line holds
  std::uint64_t messages_ = 0;
  std::uint64_t changed_ = 0;
  std::map<std::string, std::uint64_t> changes_;  // "accept -> reject"
  Top domains_;                                   // with the change in front
  std::vector<Example> examples_;                 // a few of each change
};

}  // namespace alignd::cli
