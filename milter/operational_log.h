// What the daemon has to say about itself.
#pragma once

#include "conf/settings.h"

namespace alignd::milter {

/// Makes spdlog's default logger the one of the settings. Before the first call it writes to stderr.
void setUpOperationalLog(const conf::Log& log);

/// LOG_MAIL and its like.
int syslogFacility(conf::Facility facility);

}  // namespace alignd::milter
