// The command line of the daemon.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "conf/import/import.h"

namespace alignd::milter {

struct Arguments {
  enum class Command {
    Run,
    CheckConfig,
    DumpConfig,
    Import,
    ImportSigner,
    Version,
    Help
  } command = Command::Run;
  std::string config = "/etc/alignd/alignd.toml";
  conf::migration::Inputs imports;  // of Import; of ImportSigner its openDkim
};

/// The arguments behind the program's name. On error the text says what is wrong.
std::variant<Arguments, std::string> parseArguments(const std::vector<std::string>& words);

/// What --help prints.
std::string usage();

}  // namespace alignd::milter
