// What this machine will not let the settings do: what --check-config can find out without starting.
#pragma once

#include <string>
#include <vector>

#include "conf/settings.h"

namespace alignd::milter {

struct ProbeRemark {
  std::string key;  // `milter.socket`
  std::string text;
};

/// Everything that was found, in the order of the settings. Tells of rights as the service user alignd has them when it is
/// called by root and there is such a user. Asks each resolver one question, and waits a second at most for all of them.
std::vector<ProbeRemark> probe(const conf::Settings& settings);

/// Settings files, drop-ins and lists that the service user cannot read: the next reload would fail. Without a key.
std::vector<ProbeRemark> probeFiles(const std::vector<std::string>& paths);

}  // namespace alignd::milter
