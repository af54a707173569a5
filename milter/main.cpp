// alignd: the daemon's command line.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <sysexits.h>

#include "conf/import/import.h"
#include "conf/load.h"
#include "milter/arguments.h"
#include "milter/daemon.h"
#include "milter/probe.h"
#include "verifier/dkim/crypto.h"

namespace {

using alignd::milter::Arguments;

void print(std::FILE* to, const std::string& line) {
  (void)std::fprintf(to, "%s\n", line.c_str());
}

// "[milter] socket: " of "milter.socket": where nothing is set, the place alone says little.
std::string keyText(const std::string& key) {
  const auto dot = key.find('.');
  return dot == std::string::npos ? std::string()
                                  : "[" + key.substr(0, dot) + "] " + key.substr(dot + 1) + ": ";
}

// The file is good. What this machine lacks may be there by the time of the start: a warning each.
int check(const Arguments& arguments, const alignd::conf::Loaded& loaded) {
  auto remarks = alignd::milter::probe(loaded.settings);
  for (auto& remark : alignd::milter::probeFiles(loaded.files)) remarks.push_back(std::move(remark));
  for (const auto& remark : remarks) {
    const auto place = loaded.places.find(remark.key);
    print(stderr, "warning: " + (place == loaded.places.end() ? arguments.config : place->second) + ": " +
                      keyText(remark.key) + remark.text);
  }
  print(stdout, arguments.config + ": good");
  return EX_OK;
}

int importFiles(const Arguments& arguments) {
  using namespace alignd::conf::migration;
  const Imported imported = arguments.command == Arguments::Command::ImportSigner
                                ? importSigner(arguments.imports.openDkim, readImported)
                                : importSettings(arguments.imports, readImported);
  for (const auto& fault : imported.faults) print(stderr, fault);
  if (!imported.faults.empty()) return EX_DATAERR;
  (void)std::fputs(imported.text.c_str(), stdout);
  if (imported.refused > 0) {
    print(stderr, std::to_string(imported.refused) + " options were not taken over: see the end of the file");
  }
  return EX_OK;
}

int run(const Arguments& arguments) {
  auto loaded = alignd::conf::load(arguments.config);
  for (const auto& warning : loaded.warnings) print(stderr, "warning: " + warning);
  for (const auto& error : loaded.errors) print(stderr, error);
  if (!loaded.ok()) return EX_CONFIG;
  if (arguments.command == Arguments::Command::CheckConfig) return check(arguments, loaded);
  if (arguments.command == Arguments::Command::DumpConfig) {
    for (const auto& file : loaded.files) print(stdout, "# read: " + file);
    (void)std::fputs(alignd::conf::text(loaded.settings, loaded.places).c_str(), stdout);
    return EX_OK;
  }
  return alignd::milter::Daemon(arguments.config).run(std::move(loaded.settings));
}

int dispatch(const std::vector<std::string>& words) {
  const auto parsed = alignd::milter::parseArguments(words);
  if (const auto* error = std::get_if<std::string>(&parsed)) {
    print(stderr, "alignd: " + *error + "\n\n" + alignd::milter::usage());
    return EX_USAGE;
  }
  const auto& arguments = std::get<Arguments>(parsed);
  switch (arguments.command) {
    case Arguments::Command::Help: print(stdout, alignd::milter::usage()); return EX_OK;
    case Arguments::Command::Import:
    case Arguments::Command::ImportSigner: return importFiles(arguments);
    case Arguments::Command::Version: print(stdout, "alignd " ALIGND_VERSION); return EX_OK;
    default: return run(arguments);
  }
}

}  // namespace

int main(int argc, char** argv) {
  (void)alignd::dkim::watchMemory();
  try {
    return dispatch({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "alignd: %s\n",
                       error.what());  // without a string: memory may be what is missing
    return EX_SOFTWARE;
  }
}
