#include "reporting/program/ask.h"

#include <stdexcept>

namespace alignd::reporting {

namespace {

cli::DnsSource open(const Job& job) {
  const cli::DnsChoice choice{job.arguments.servers, job.arguments.zones, std::nullopt};
  auto opened = cli::openDns(choice, job.settings.dns);
  if (const auto* problem = std::get_if<std::string>(&opened)) throw std::runtime_error(*problem);
  return std::get<cli::DnsSource>(std::move(opened));
}

}  // namespace

Asker::Asker(const Job& job) : job_(job), source_(open(job)) {}

Agreement Asker::ask(const std::string& domain, const Mailbox& mailbox, std::string_view tag) const {
  constexpr std::chrono::seconds kPatience{30};
  dns::Lookups lookups(source_.resolver, {});
  const Time deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    lookups.setNow(std::chrono::steady_clock::now());
    if (auto answer = verifyDestination(domain, mailbox, tag, job_.settings.verification.dmarc, lookups)) {
      return *std::move(answer);
    }
    if (std::chrono::steady_clock::now() >= deadline) lookups.close();
    lookups.wait(deadline);
  }
}

}  // namespace alignd::reporting
