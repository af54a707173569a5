// Whole outputs: for each zone file of tests/data/check (its first line says what is asked) the text that
// alignd-check prints stands beside it. ALIGND_UPDATE_GOLDEN=1 writes them anew: read the difference before it is
// committed. Lines "; refused NAME", "; failing NAME" and "; silent NAME" of a zone ask for a name server, which
// treats that name so.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/domain_command.h"
#include "cli/key_command.h"
#include "cli/message_command.h"
#include "cli/shared/dns_source.h"
#include "dns/zone/zone_file.h"
#include "tests/support/fault_dns_server.h"
#include "tests/support/keep_line.h"

namespace alignd::cli {
namespace {

namespace fs = std::filesystem;

std::string contentOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "; alignd-check key s1 bank.example"
std::vector<std::string> commandOf(const fs::path& zone) {
  std::istringstream first(contentOf(zone));
  std::string line;
  std::getline(first, line);
  std::istringstream words(line);
  std::vector<std::string> out{std::istream_iterator<std::string>(words), {}};
  out.erase(out.begin(), out.begin() + std::min<std::ptrdiff_t>(2, std::ssize(out)));
  return out;
}

struct Output {
  int code = 0;
  std::string text;
};

// A server that says this zone and misbehaves as it asks for; null when it asks for nothing.
std::unique_ptr<test::FaultDnsServer> serverFor(const fs::path& zone) {
  std::unique_ptr<test::FaultDnsServer> server;
  std::istringstream lines(contentOf(zone));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark;
    std::string how;
    std::string name;
    words >> mark >> how >> name;
    if (mark != ";" || (how != "refused" && how != "failing" && how != "silent")) continue;
    if (!server) server = std::make_unique<test::FaultDnsServer>();
    test::Behavior behavior;
    if (how == "refused") behavior.rcode = 5;
    if (how == "failing") behavior.rcode = 2;
    behavior.drop = how == "silent";
    server->behave(name, std::nullopt, {behavior});
  }
  if (server) {
    server->edit([&](dns::Zone& served) { EXPECT_EQ(dns::loadZone(zone.string(), served), ""); });
  }
  return server;
}

// Its address is another one at every run.
std::string withoutAddress(std::string text, const std::string& address) {
  for (auto at = text.find(address); at != std::string::npos; at = text.find(address)) {
    text.replace(at, address.size(), "192.0.2.53:53");
  }
  return text;
}

Output play(const fs::path& zone, bool json) {
  std::vector<std::string> words = commandOf(zone);
  const auto server = serverFor(zone);
  if (server) {
    words.insert(words.end(), {"--timeout", "1", "--dns", server->address()});
  } else {
    words.insert(words.end(), {"--zone", zone.string()});
  }
  if (json) words.emplace_back("--json");
  const auto parsed = parseArguments({words.begin(), words.end()});
  if (const auto* problem = std::get_if<std::string>(&parsed)) return {kExitUsage, *problem};
  const auto& arguments = std::get<Arguments>(parsed);
  auto opened = openDns(dnsOf(arguments), {});
  if (const auto* problem = std::get_if<std::string>(&opened)) return {kExitUsage, *problem};
  const auto resolver = std::get<DnsSource>(opened).resolver;
  std::ostringstream out;
  int code = kExitUsage;
  if (arguments.command == Arguments::Command::Key) code = runKey(arguments, resolver, out);
  if (arguments.command == Arguments::Command::Domain) code = runDomain(arguments, {}, resolver, out);
  if (arguments.command == Arguments::Command::Message) {
    const std::string message = contentOf(zone.parent_path() / arguments.operands.front());
    code = runMessage(arguments, message, {}, resolver, out);
  }
  return {code, server ? withoutAddress(out.str(), server->address()) : out.str()};
}

std::vector<fs::path> zones() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(ALIGND_TEST_DATA "/check")) {
    if (entry.path().extension() == ".zone") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, SaysWhatIsWrongAndWhatMendsIt) {
  const fs::path zone = GetParam();
  fs::path golden = zone;
  golden.replace_extension(".txt");
  const Output output = play(zone, false);
  const std::string whole = output.text + "exit " + std::to_string(output.code) + "\n";
  if (std::getenv("ALIGND_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << whole;
  EXPECT_EQ(whole, contentOf(golden));
}

TEST_P(Golden, JsonHasTheSameChecks) {
  const Output text = play(GetParam(), false);
  const Output output = play(GetParam(), true);
  EXPECT_EQ(output.code, text.code);
  const auto json = nlohmann::json::parse(output.text);
  if (json.contains("v")) test::keepLine(output.text.substr(0, output.text.find('\n')));
  if (json.contains("why")) {  // of a message: one line with the cause and what mends it
    EXPECT_NE(text.text.find("\nwhy       " + json["why"].get<std::string>() + ": "), std::string::npos);
    EXPECT_NE(text.text.find("; to mend: " + json["remedy"].get<std::string>() + "\n"), std::string::npos);
    return;
  }
  bool failed = false;
  std::size_t at = 0;
  for (const auto& check : json["checks"]) {
    const std::string status = check["status"];
    failed = failed || status == "fail";
    EXPECT_EQ(check.contains("remedy"), status == "warn" || status == "fail" || status == "unknown") << check;
    at = text.text.find(check["check"].get<std::string>(), at);
    EXPECT_NE(at, std::string::npos) << check;
  }
  EXPECT_EQ(failed, output.code == kExitNotPass);
}

std::string nameOf(const testing::TestParamInfo<fs::path>& info) {
  return info.param.stem().string();
}

INSTANTIATE_TEST_SUITE_P(Check, Golden, testing::ValuesIn(zones()), nameOf);

}  // namespace
}  // namespace alignd::cli
