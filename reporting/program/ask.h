// Destinations verified through the DNS engine; waits.
#pragma once

#include <memory>
#include <string>

#include "cli/shared/dns_source.h"
#include "reporting/destination/verify.h"
#include "reporting/program/commands.h"

namespace alignd::reporting {

class Asker {
 public:
  /// --dns, --zone, or the settings' servers. Throws std::runtime_error when there is no DNS to be had.
  explicit Asker(const Job& job);
  /// `tag`: "rua" or "ruf".
  Agreement ask(const std::string& domain, const Mailbox& mailbox, std::string_view tag) const;
  std::shared_ptr<dns::Resolver> resolver() const { return source_.resolver; }

 private:
  const Job& job_;
  cli::DnsSource source_;
};

}  // namespace alignd::reporting
