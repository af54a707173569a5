// What DNS counts, as Prometheus text.
#pragma once

#include <string>

#include "dns/engine/service.h"

namespace alignd::milter {

/// `alignd_dns_lookups_total` and the others, each server's by its address.
void appendDns(std::string& out, const dns::Counters& dns);

}  // namespace alignd::milter
