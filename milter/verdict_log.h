// Where verdict lines go.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "conf/settings.h"
#include "milter/metrics.h"

namespace alignd::milter {

/// What a line may be filed under, where its destination knows such. Empty: not known.
struct LineFields {
  std::string_view queueId;
  std::string_view from;  // author domain
  std::string_view dmarc;
  std::string_view why;
  std::string_view action;
};

/// One destination. Any thread.
class LineSink {
 public:
  LineSink() = default;
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;
  virtual ~LineSink() = default;
  /// `line` ends in a newline. False, and errno, when it is lost. Waits for a reader that does not read for a second at
  /// most, once.
  virtual bool write(std::string_view line, const LineFields& fields) noexcept = 0;
};

/// The sink for `log.verdicts`. Throws std::system_error when the file cannot be opened.
std::unique_ptr<LineSink> openSink(const conf::Log& log);

/// A line is one write(), so that lines of many threads never mix. Any thread.
class VerdictLog {
 public:
  explicit VerdictLog(Metrics& metrics) : metrics_(metrics) {}

  /// From now on lines go there. At the start, and on SIGHUP, when the file may have been moved away.
  void use(std::shared_ptr<LineSink> sink);
  /// Appends the newline to `line`.
  void write(std::string& line, const LineFields& fields = {}) noexcept;

 private:
  Metrics& metrics_;
  std::mutex mutex_;  // of sink_, not of writing
  std::shared_ptr<LineSink> sink_;
  std::atomic<std::uint64_t> lost_{0};  // lines, since one could be written
};

}  // namespace alignd::milter
