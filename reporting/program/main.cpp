// alignd-report: DMARC reports, made from verdict lines. Never runs in the daemon's process.
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>

#include <sys/prctl.h>

#include "conf/load.h"
#include "reporting/program/commands.h"
#include "verifier/report/story.h"

namespace alignd::reporting {

// ALIGND_REPORT_DIE_AT=name:n
void dieAt(std::string_view step) {
  static const char* const wanted = std::getenv("ALIGND_REPORT_DIE_AT");
  static int count = 0;
  if (wanted == nullptr) return;
  const std::string_view text(wanted);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.substr(0, colon) != step) return;
  int which = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), which);
  if (++count == which) std::raise(SIGKILL);
}

namespace {

constexpr std::string_view kDefaultConfig = ALIGND_CONFIG;

int complain(std::string_view what, int code) {
  std::cerr << "alignd-report: " << report::printable(what) << '\n';
  return code;
}

// All that a timer has to do. What cannot be collected does not keep reports from being sent.
int runAll(const Job& job, Store& store, std::ostream& out) {
  const int collected = runCollect(job, store, out);
  const int made = runMake(job, store, out);
  if (made != kExitGood) return made;
  const int sent = runSend(job, store, out);
  return sent != kExitGood ? sent : collected;
}

int run(const Arguments& arguments) {
  conf::Settings settings;
  std::string config = arguments.config;
  if (config.empty() && std::filesystem::exists(kDefaultConfig)) config = kDefaultConfig;
  if (!config.empty()) {
    conf::Loaded loaded = conf::load(config);
    for (const auto& warning : loaded.warnings) complain(warning, 0);
    for (const auto& error : loaded.errors) complain(error, 0);
    if (!loaded.ok()) return kExitConfig;
    settings = std::move(loaded.settings);
  }
  if (!arguments.store.empty()) settings.reports.store = arguments.store;
  const Job job{arguments, settings, arguments.now.value_or(std::time(nullptr))};
  if (arguments.command == Command::Check) return runCheck(job, std::cout);
  Store store(openSql(settings.reports.store));
  switch (arguments.command) {
    case Command::Collect: return runCollect(job, store, std::cout);
    case Command::Make: return runMake(job, store, std::cout);
    case Command::Send: return runSend(job, store, std::cout);
    case Command::Run: return runAll(job, store, std::cout);
    case Command::Show: return runShow(job, store, std::cout);
    case Command::Why: return runWhy(job, store, std::cout);
    default: return kExitUsage;
  }
}

}  // namespace
}  // namespace alignd::reporting

int main(int argc, char** argv) {
  using namespace alignd::reporting;
  std::signal(SIGPIPE, SIG_IGN);
  // A core would hold the names and headers of others' mail.
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  try {
    const auto parsed = parseArguments(std::vector<std::string_view>(argv + 1, argv + argc));
    if (const auto* problem = std::get_if<std::string>(&parsed)) {
      complain(*problem, 0);
      std::cerr << "Try alignd-report --help.\n";
      return kExitUsage;
    }
    const auto& arguments = std::get<Arguments>(parsed);
    if (arguments.command == Command::Help) {
      std::cout << usage();
      return kExitGood;
    }
    if (arguments.command == Command::Version) {
      std::cout << "alignd-report " ALIGND_VERSION "\n";
      return kExitGood;
    }
    if (arguments.command == Command::Read) return runRead(arguments.operands, std::cout);
    return run(arguments);
  } catch (const std::exception& error) {
    return complain(error.what(), kExitSoftware);
  }
}
