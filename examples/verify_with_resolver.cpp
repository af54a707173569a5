// Who really sent this message? Asks the system's resolver, or the one that is named.
//   verify_with_resolver FILE CLIENT-ADDRESS MAIL-FROM [RESOLVER:PORT]
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "dns/engine/service.h"
#include "dns/table/progress.h"
#include "verifier/authres/write.h"
#include "verifier/message/split.h"
#include "verifier/policy/decide.h"
#include "verifier/verification.h"

int main(int count, char** arguments) {
  using namespace alignd;
  if (count < 4 || count > 5) {
    std::cerr << "usage: verify_with_resolver FILE CLIENT-ADDRESS MAIL-FROM [RESOLVER:PORT]\n";
    return 64;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::string raw = message::toCrlf(std::string(std::istreambuf_iterator<char>(file), {}));
  const message::SplitMessage message = message::split(raw);

  dns::Options dns;
  if (count == 5) dns.engine.servers = {std::get<dns::ServerAddress>(dns::parseServerAddress(arguments[4]))};
  dns::Service service(dns);      // its thread asks; one is enough for a process
  dns::ProgressThreads progress;  // drives SPF while the message is still on its way
  Verification verification(std::make_shared<const VerificationOptions>(), service.resolver(), progress);

  const auto now = std::chrono::steady_clock::now;
  const auto arrived = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  Client client;
  client.address = IpAddress::parse(arguments[2]);
  verification.begin(client, arguments[3], false, Exemption::None, now(), arrived);
  for (const auto& field : message.fields) verification.field(field, now());
  verification.endOfHeader(now());
  verification.body(std::as_bytes(std::span(message.body)));
  while (!verification.ready(now())) verification.wait();  // an event loop would come back instead
  const Verdict verdict = verification.finish(now());

  const policy::Decision decision = policy::decide(verdict, policy::Facts{}, policy::Options{});
  authres::Options field;
  field.authservId = "mx.example.org";
  std::cout << "Authentication-Results: " << authres::write(verdict, decision, field) << '\n';
  return verdict.dmarc.status == dmarc::Status::Pass ? 0 : 1;
}
