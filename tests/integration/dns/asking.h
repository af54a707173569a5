// A message that asks the real resolver, and the server it asks.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "dns/engine/service.h"
#include "dns/table/lookups.h"
#include "tests/support/fault_dns_server.h"

namespace alignd::test {

using namespace std::chrono_literals;

inline dns::Name name(const std::string& text) {
  return *dns::Name::parse(text);
}
inline dns::Question txt(const std::string& text) {
  return {name(text), dns::Type::TXT};
}
inline dns::ServerAddress address(const FaultDnsServer& server) {
  return std::get<dns::ServerAddress>(dns::parseServerAddress(server.address()));
}

/// The resolver, set to ask `servers`; short times, so that tests of silence end soon.
inline dns::Options optionsFor(const std::vector<const FaultDnsServer*>& servers,
                               std::chrono::milliseconds timeout = 1000ms) {
  dns::Options options;
  for (const auto* server : servers) options.engine.servers.push_back(address(*server));
  options.engine.timeout = timeout;
  return options;
}

inline Time now() {
  return std::chrono::steady_clock::now();
}

/// Asks as a message does, all at once, and waits. Never null: a message that waits 20 s in vain sees a
/// Timeout of its own.
inline std::vector<dns::AnswerPtr> askAll(const std::shared_ptr<dns::Resolver>& resolver,
                                          const std::vector<dns::Question>& questions) {
  dns::Lookups lookups(resolver, {.inFlight = 100000, .total = 100000});
  lookups.setNow(now());
  const Time deadline = now() + 20s;
  for (const auto& question : questions) lookups.find(question);
  while (lookups.missing() > 0) {
    if (!lookups.wait(deadline)) lookups.close();
  }
  std::vector<dns::AnswerPtr> out;
  for (auto& [question, answer] : lookups.used()) out.push_back(std::move(answer));
  return out;
}

inline dns::AnswerPtr ask(const std::shared_ptr<dns::Resolver>& resolver, const dns::Question& question) {
  return askAll(resolver, {question}).front();
}

}  // namespace alignd::test
