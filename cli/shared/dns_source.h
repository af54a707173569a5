// Where programs for people get their answers: a zone file, named servers, or those of the settings.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dns/engine/options.h"
#include "dns/table/resolver.h"

namespace alignd::cli {

/// What the command line asks for.
struct DnsChoice {
  std::vector<std::string> servers;                  // --dns, HOST[:PORT]
  std::vector<std::string> zones;                    // --zone, files; they come before any server
  std::optional<std::chrono::milliseconds> timeout;  // --timeout
};

struct DnsSource {
  std::shared_ptr<dns::Resolver> resolver;
  std::shared_ptr<void> owner;  // stops the engine, when there is one, after the resolver's last use
};

/// A source, or what is wrong with --zone or --dns (file:line:column for zone files). `settings` are those of the
/// daemon; what was chosen counts before them.
std::variant<DnsSource, std::string> openDns(const DnsChoice& choice, dns::Options settings);

}  // namespace alignd::cli
