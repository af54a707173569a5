#include "milter/operational_log.h"

#include <array>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>
#include <syslog.h>

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
  } else {
    logger = std::make_shared<spdlog::logger>("alignd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z alignd[%P] %l: %v");
  }
  logger->set_level(levelOf(log.level));
  logger->flush_on(spdlog::level::debug);
  return logger;
}

}  // namespace alignd::milter
