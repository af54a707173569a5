#include "reporting/program/ask.h"

#include <algorithm>
#include <chrono>
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

std::vector<Agreement> Asker::ask(const std::vector<Destination>& destinations) const {
  constexpr std::chrono::seconds kPatience{30};
  constexpr std::chrono::milliseconds kLook{20};  // at the others, while one is waited for
  struct Open {
    std::size_t index;
    std::unique_ptr<dns::Lookups> lookups;
  };
  std::vector<Agreement> out(destinations.size());
  std::vector<Open> open;
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    open.push_back({i, std::make_unique<dns::Lookups>(source_.resolver, dns::Budget{})});
  }
  const Time deadline = std::chrono::steady_clock::now() + kPatience;
  const auto isAnswered = [&](const Open& one) {
    const Time now = std::chrono::steady_clock::now();
    one.lookups->setNow(now);
    one.lookups->collect();
    if (now >= deadline) one.lookups->close();
    auto answer = verifyDestination(destinations[one.index], job_.settings.verification.dmarc, *one.lookups);
    if (answer) out[one.index] = *std::move(answer);
    return answer.has_value();
  };
  while (true) {
    std::erase_if(open, isAnswered);
    if (open.empty()) return out;
    open.front().lookups->wait(std::min(deadline, std::chrono::steady_clock::now() + kLook));
  }
}

}  // namespace alignd::reporting
