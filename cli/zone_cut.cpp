#include "cli/zone_cut.h"

#include "cli/ask.h"
#include "dns/data/ascii.h"

namespace alignd::cli {

namespace {

constexpr std::size_t kMaxLevels = 16;
constexpr std::size_t kMaxServers = 8;

}  // namespace

std::string ZoneCut::text() const {
  if (zone.empty()) return {};
  std::string out = ascii::cat({"zone ", zone});
  for (std::size_t i = 0; i < servers.size(); ++i) out += ascii::cat({i == 0 ? " (" : ", ", servers[i]});
  return servers.empty() ? out : out + ")";
}

ZoneCut zoneOf(const dns::Name& name, dns::Lookups& lookups) {
  ZoneCut out;
  const std::size_t labels = name.labelCount();
  for (std::size_t i = 0; i < labels && i < kMaxLevels; ++i) {
    const dns::Name at = name.suffix(labels - i);
    const dns::Answer& answer = ask(lookups, {at, dns::Type::NS}, kPatience);
    if (answer.temporary()) return {};
    // Behind an alias stand the servers of another zone.
    if (answer.status != dns::Status::Ok || !answer.chain.empty()) continue;
    out.zone = at.text();
    for (const auto& record : answer.records) {
      const auto* server = std::get_if<dns::Name>(&record.data);
      if (server != nullptr && out.servers.size() < kMaxServers) out.servers.push_back(server->text());
    }
    return out;
  }
  return out;
}

}  // namespace alignd::cli
