// alignd-check: the offline tool. Asks "why", and answers as the daemon would.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "cli/arguments.h"
#include "cli/dmarc_report.h"
#include "cli/domain_command.h"
#include "cli/key_command.h"
#ifdef ALIGND_LOG
#  include "cli/log_command.h"
#endif
#include "cli/message_command.h"
#include "cli/shared/dns_source.h"
#include "cli/spf_tree.h"
#include "conf/load.h"
#include "verifier/report/story.h"

namespace alignd::cli {
namespace {

// Larger than any MTA takes; what is beyond is no message.
constexpr std::size_t kMaxMessage = std::size_t{256} << 20U;

int complain(std::string_view what, int code) {
  std::cerr << "alignd-check: " << report::printable(what) << '\n';
  return code;
}

bool readAll(std::istream& in, std::string& out) {
  std::vector<char> buffer(std::size_t{64} << 10U);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
    out.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (out.size() > kMaxMessage) return false;
  }
  return true;
}

int runMessageFile(const Arguments& arguments, const conf::Settings& settings, const DnsSource& dns) {
  const std::string& file = arguments.operands[0];
  std::string raw;
  if (file == "-") {
    if (!readAll(std::cin, raw)) return complain("the message is too large", kExitData);
  } else {
    std::ifstream in(file, std::ios::binary);
    if (!in) return complain("cannot read " + file + ": " + std::strerror(errno), kExitNoInput);
    if (!readAll(in, raw)) return complain(file + " is too large", kExitData);
  }
  return runMessage(arguments, raw, settings, dns.resolver, std::cout);
}

// The daemon's own, where they are and can be read; "" for the defaults.
std::string settingsFile(const Arguments& arguments) {
  constexpr const char* kInstalled = "/etc/alignd/alignd.toml";
  if (arguments.config == "none") return {};
  if (!arguments.config.empty()) return arguments.config;
  return ::access(kInstalled, R_OK) == 0 ? kInstalled : std::string();
}

int runLogs(const Arguments& arguments) {
#ifdef ALIGND_LOG
  if (arguments.follow) return followLog(arguments, std::cout, [] { return false; });
  return runLog(arguments, std::cout, ::isatty(STDERR_FILENO) == 1);
#else
  return complain(arguments.operands.front() + ": built without simdjson, which reads logs", kExitUsage);
#endif
}

int run(const Arguments& arguments) {
  if (arguments.command == Arguments::Command::Log) return runLogs(arguments);
  conf::Settings settings;
  const std::string file = settingsFile(arguments);
  if (!file.empty()) {
    conf::Loaded loaded = conf::load(file);
    for (const auto& warning : loaded.warnings) complain(warning, 0);
    for (const auto& error : loaded.errors) complain(error, 0);
    if (!loaded.ok()) return kExitNoInput;
    settings = std::move(loaded.settings);
  }
  auto opened = openDns(dnsOf(arguments), settings.dns);
  if (const auto* problem = std::get_if<std::string>(&opened)) {
    return complain(*problem, arguments.zones.empty() ? kExitUsage : kExitNoInput);
  }
  const auto& dns = std::get<DnsSource>(opened);
  switch (arguments.command) {
    case Arguments::Command::Message: return runMessageFile(arguments, settings, dns);
    case Arguments::Command::Key: return runKey(arguments, dns.resolver, std::cout);
    case Arguments::Command::Domain:
      return runDomain(arguments, settings.verification, dns.resolver, std::cout);
    case Arguments::Command::Spf:
      return runSpf(arguments, settings.verification.spf, dns.resolver, std::cout);
    case Arguments::Command::Dmarc:
      return runDmarc(arguments, settings.verification.dmarc, dns.resolver, std::cout);
    default: return kExitUsage;
  }
}

}  // namespace
}  // namespace alignd::cli

int main(int argc, char** argv) {
  using namespace alignd::cli;
  try {
    const auto parsed = parseArguments(std::vector<std::string_view>(argv + 1, argv + argc));
    if (const auto* problem = std::get_if<std::string>(&parsed)) {
      complain(*problem, 0);
      std::cerr << "Try alignd-check --help.\n";
      return kExitUsage;
    }
    auto arguments = std::get<Arguments>(parsed);
    arguments.colours = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    if (arguments.command == Arguments::Command::Help) {
      std::cout << usage();
      return kExitPass;
    }
    if (arguments.command == Arguments::Command::Version) {
      std::cout << "alignd-check " ALIGND_VERSION "\n";
      return kExitPass;
    }
    return run(arguments);
  } catch (const std::exception& error) {
    return complain(error.what(), kExitTemporary);
  }
}
