#include "milter/operational_log.h"

#include <array>
#include <cstdlib>
#include <mutex>
#include <string>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

namespace alignd::milter {

namespace {

spdlog::level::level_enum levelOf(conf::LogLevel level) {
  switch (level) {
    case conf::LogLevel::Debug: return spdlog::level::debug;
    case conf::LogLevel::Info: return spdlog::level::info;
    case conf::LogLevel::Warning: return spdlog::level::warn;
    case conf::LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// stderr is the journal's (systemd.exec(5), $JOURNAL_STREAM): it stamps each line itself, and reads its priority.
bool stderrIsJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

int priorityOf(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug: return LOG_DEBUG;
    case spdlog::level::warn: return LOG_WARNING;
    case spdlog::level::err: return LOG_ERR;
    case spdlog::level::critical: return LOG_CRIT;
    default: return LOG_INFO;
  }
}

// sd-daemon(3): "<3>text".
class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string line = "<" + std::to_string(priorityOf(message.level)) + ">";
    line.append(message.payload.data(), message.payload.size());
    line += '\n';
    (void)!::write(STDERR_FILENO, line.data(), line.size());
  }
  void flush_() override {}
};

}  // namespace

int syslogFacility(conf::Facility facility) {
  static constexpr std::array kNumbers{LOG_MAIL,   LOG_DAEMON, LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2,
                                       LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7};
  return kNumbers[static_cast<std::size_t>(facility)];
}

std::shared_ptr<spdlog::logger> makeOperationalLog(const conf::Log& log) {
  std::shared_ptr<spdlog::logger> logger;
  if (log.operationalToSyslog) {
    logger = std::make_shared<spdlog::logger>(
        "alignd", std::make_shared<spdlog::sinks::syslog_sink_mt>("alignd", LOG_PID,
                                                                  syslogFacility(log.facility), false));
    logger->set_pattern("%v");
  } else if (stderrIsJournal()) {
    logger = std::make_shared<spdlog::logger>("alignd", std::make_shared<JournalSink>());
  } else {
    logger = std::make_shared<spdlog::logger>("alignd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z alignd[%P] %l: %v");
  }
  logger->set_level(levelOf(log.level));
  logger->flush_on(spdlog::level::debug);
  return logger;
}

}  // namespace alignd::milter
