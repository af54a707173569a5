// What the daemon has to say about itself.
#pragma once

#include <memory>

#include <spdlog/logger.h>

#include "conf/settings.h"

namespace alignd::milter {

/// The logger of the settings, for spdlog::set_default_logger(). Before that, spdlog writes to stderr.
std::shared_ptr<spdlog::logger> makeOperationalLog(const conf::Log& log);

/// LOG_MAIL and its like.
int syslogFacility(conf::Facility facility);

}  // namespace alignd::milter
