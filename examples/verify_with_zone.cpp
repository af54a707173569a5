// The same without a network: answers come from a zone file, as in tests.
//   verify_with_zone FILE ZONE CLIENT-ADDRESS MAIL-FROM UNIX-TIME
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <string>

#include "dns/table/progress.h"
#include "dns/zone/zone_file.h"
#include "verifier/message/split.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/verification.h"

int main(int count, char** arguments) {
  using namespace alignd;
  if (count != 6) {
    std::cerr << "usage: verify_with_zone FILE ZONE CLIENT-ADDRESS MAIL-FROM UNIX-TIME\n";
    return 64;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::string raw = message::toCrlf(std::string(std::istreambuf_iterator<char>(file), {}));
  const message::SplitMessage message = message::split(raw);
  const auto zone = std::make_shared<dns::Zone>();
  if (const std::string problem = dns::loadZone(arguments[2], *zone); !problem.empty()) {
    std::cerr << problem << '\n';
    return 64;
  }

  dns::ProgressThreads progress;
  Verification verification(std::make_shared<const VerificationOptions>(),
                            std::make_shared<dns::ZoneResolver>(zone), progress);
  const auto now = std::chrono::steady_clock::now;
  const UnixTime arrived{std::chrono::seconds(std::stoll(arguments[5]))};
  Client client;
  client.address = IpAddress::parse(arguments[3]);
  verification.begin(client, arguments[4], false, Exemption::None, now(), arrived);
  for (const auto& field : message.fields) verification.field(field, now());
  verification.endOfHeader(now());
  verification.body(std::as_bytes(std::span(message.body)));
  while (!verification.ready(now())) verification.wait();
  const Verdict verdict = verification.finish(now());

  std::string line;
  report::appendLine(line, report::Format::Json, verdict, policy::decide(verdict, {}, {}), {});
  std::cout << line << '\n';
  return verdict.dmarc.status == dmarc::Status::Pass ? 0 : 1;
}
