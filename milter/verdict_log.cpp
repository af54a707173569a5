#include "milter/verdict_log.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <syslog.h>
#include <unistd.h>

#include "milter/journal_sink.h"
#include "milter/operational_log.h"

namespace alignd::milter {

namespace {

class NoSink final : public LineSink {
 public:
  bool write(std::string_view, const LineFields&) noexcept override { return true; }
};

// A file or a standard stream.
class DescriptorSink final : public LineSink {
 public:
  DescriptorSink(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
  ~DescriptorSink() override {
    if (owned_) ::close(descriptor_);
  }
  bool write(std::string_view line, const LineFields&) noexcept override {
    while (!line.empty()) {
      const auto written = ::write(descriptor_, line.data(), line.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      line.remove_prefix(static_cast<std::size_t>(written));  // a full pipe or disk takes a part
    }
    return true;
  }

 private:
  int descriptor_;
  bool owned_;
};

class SyslogSink final : public LineSink {
 public:
  explicit SyslogSink(int facility) : facility_(facility) {}
  bool write(std::string_view line, const LineFields&) noexcept override {
    ::syslog(facility_ | LOG_INFO, "%.*s", static_cast<int>(line.size()) - 1, line.data());
    return true;
  }

 private:
  int facility_;
};

}  // namespace

std::unique_ptr<LineSink> openSink(const conf::Log& log) {
  if (log.verdicts == "none") return std::make_unique<NoSink>();
  if (log.verdicts == "stderr") return std::make_unique<DescriptorSink>(STDERR_FILENO, false);
  if (log.verdicts == "stdout") return std::make_unique<DescriptorSink>(STDOUT_FILENO, false);
  if (log.verdicts == "syslog") return std::make_unique<SyslogSink>(syslogFacility(log.facility));
  if (log.verdicts == "journal") return std::make_unique<JournalSink>();
  const int file = ::open(log.verdicts.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) throw std::system_error(errno, std::generic_category(), log.verdicts);
  return std::make_unique<DescriptorSink>(file, true);
}

void VerdictLog::use(std::shared_ptr<LineSink> sink) {
  const std::lock_guard lock(mutex_);
  sink_.swap(sink);  // the old one is closed by the caller's parameter, outside the lock
}

void VerdictLog::write(std::string& line, const LineFields& fields) noexcept {
  std::shared_ptr<LineSink> sink;
  {
    const std::lock_guard lock(mutex_);
    sink = sink_;
  }
  line += '\n';
  if (sink && sink->write(line, fields)) return;
  // The first one is worth a word; the metric counts the others.
  if (metrics_.verdictLogErrors.value() == 0) {
    spdlog::error("a verdict line could not be written: {}", std::strerror(errno));
  }
  metrics_.verdictLogErrors.add();
}

}  // namespace alignd::milter
