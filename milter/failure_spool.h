// Where the daemon leaves what failure reports are made of: a folder, written by a thread of its own. No message waits
// for it; what finds no room is counted and forgotten.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "dns/data/time.h"
#include "milter/metrics.h"
#include "reporting/options.h"

namespace alignd::milter {

/// Any thread.
class FailureSpool {
 public:
  explicit FailureSpool(Metrics& metrics) : metrics_(metrics) {}
  FailureSpool(const FailureSpool&) = delete;
  FailureSpool& operator=(const FailureSpool&) = delete;
  /// What was taken is written before it ends.
  ~FailureSpool();

  /// At the start and after a reload. Until it is told of settings that want reports, nothing is taken and there is no
  /// thread. Throws std::system_error when the thread cannot be started.
  void use(const reporting::Options& options);

  /// True when a record about `domain` would be taken now; then it counts against `failure_rate`. What is refused is
  /// counted. Asked before the record is made.
  bool admit(std::string_view domain, Time now) noexcept;
  /// Takes a record to be written, unless too many wait.
  void put(std::string record) noexcept;

  /// Secret of this process, for pseudonyms. Empty until use().
  const std::string& redactionKey() const { return key_; }

 private:
  struct Folder;
  void work();
  void write(const std::string& record, const reporting::Options& options, Folder& folder) noexcept;

  Metrics& metrics_;
  std::string key_;
  std::mutex mutex_;  // of all below
  std::condition_variable wake_;
  reporting::Options options_;
  std::deque<std::string> waiting_;
  std::map<std::string, std::size_t, std::less<>> admitted_;  // by policy domain, in the hour
  Time hourEnds_{};
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace alignd::milter
