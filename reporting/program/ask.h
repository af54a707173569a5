// Destinations verified through the DNS engine; waits.
#pragma once

#include <memory>
#include <vector>

#include "cli/shared/dns_source.h"
#include "reporting/destination/verify.h"
#include "reporting/program/commands.h"

namespace alignd::reporting {

class Asker {
 public:
  /// --dns, --zone, or the settings' servers. Throws std::runtime_error when there is no DNS to be had.
  explicit Asker(const Job& job);
  /// One answer each, in order. All are asked at the same time, and whoever has not been heard after 30 s is Unknown.
  std::vector<Agreement> ask(const std::vector<Destination>& destinations) const;
  std::shared_ptr<dns::Resolver> resolver() const { return source_.resolver; }

 private:
  const Job& job_;
  cli::DnsSource source_;
};

}  // namespace alignd::reporting
