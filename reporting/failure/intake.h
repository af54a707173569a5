// The daemon's spool into the store: each file once, however often it is seen and whatever dies in between; what fails
// alike becomes one report, and no destination gets more than its share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "reporting/failure/record.h"
#include "reporting/options.h"
#include "reporting/store/store.h"

namespace alignd::reporting {

/// What reports of failures are called in the store.
inline constexpr std::string_view kFailurePrefix = "failure-";
inline bool isFailure(std::string_view report) {
  return report.starts_with(kFailurePrefix);
}

class Intake {
 public:
  Intake(Store& store, const Options& options, std::int64_t now)
      : store_(store), options_(options), now_(now) {}

  /// Takes all files of the spool, oldest first, and removes them. A folder that is not there is empty.
  void run();

  std::size_t taken() const { return taken_; }
  std::function<void(const std::string&)> say = [](const std::string&) {};
  std::function<void(std::string_view)> onStep;

 private:
  void file(const std::string& path, const std::string& name);
  void add(const FailureRecord& record, std::string_view content, const std::string& name);
  void step(std::string_view what) const {
    if (onStep) onStep(what);
  }

  Store& store_;
  const Options& options_;
  std::int64_t now_;
  std::size_t taken_ = 0;
};

}  // namespace alignd::reporting
