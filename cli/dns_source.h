// Where alignd-check gets its answers: a zone file, named servers, or the system's.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "cli/arguments.h"
#include "dns/engine/options.h"
#include "dns/table/resolver.h"

namespace alignd::cli {

struct DnsSource {
  std::shared_ptr<dns::Resolver> resolver;
  std::shared_ptr<void> owner;  // stops the engine, when there is one, after the resolver's last use
};

/// A source, or what is wrong with --zone or --dns (file:line:column for zone files). `settings` are those of the
/// daemon; --dns and --timeout count before them.
std::variant<DnsSource, std::string> openDns(const Arguments& arguments, dns::Options settings);

}  // namespace alignd::cli
