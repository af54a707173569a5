#include "cli/shared/dns_source.h"

#include <exception>
#include <utility>

#include "dns/engine/service.h"
#include "dns/zone/zone_file.h"

namespace alignd::cli {

std::variant<DnsSource, std::string> openDns(const DnsChoice& choice, dns::Options settings) {
  if (!choice.zones.empty()) {
    auto zone = std::make_shared<dns::Zone>();
    for (const auto& file : choice.zones) {
      if (std::string problem = dns::loadZone(file, *zone); !problem.empty()) return problem;
    }
    return DnsSource{std::make_shared<dns::ZoneResolver>(std::move(zone)), nullptr};
  }
  if (choice.timeout) settings.engine.timeout = *choice.timeout;
  if (!choice.servers.empty()) settings.engine.servers.clear();
  for (const auto& text : choice.servers) {
    auto server = dns::parseServerAddress(text);
    if (const auto* problem = std::get_if<std::string>(&server)) return "--dns: " + *problem;
    settings.engine.servers.push_back(std::get<dns::ServerAddress>(server));
  }
  try {
    auto service = std::make_shared<dns::Service>(settings);
    auto resolver = service->resolver();
    return DnsSource{std::move(resolver), std::move(service)};
  } catch (const std::exception& error) {
    return std::string("DNS cannot be started: ") + error.what();
  }
}

}  // namespace alignd::cli
