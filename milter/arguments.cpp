#include "milter/arguments.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "dns/data/ascii.h"

namespace alignd::milter {

namespace {

// An option that names a file to import.
struct Import {
  std::string_view option;
  std::string conf::migration::Inputs::* file;
  Arguments::Command command = Arguments::Command::Import;
};

constexpr std::array kImports{
    Import{"--import-opendkim", &conf::migration::Inputs::openDkim},
    Import{"--import-opendmarc", &conf::migration::Inputs::openDmarc},
    Import{"--import-policyd-spf", &conf::migration::Inputs::policydSpf},
    Import{"--import-rspamd", &conf::migration::Inputs::rspamd},
    Import{"--import-opendkim-signer", &conf::migration::Inputs::openDkim, Arguments::Command::ImportSigner},
};

// Null when `word` is none of them, with or without "=FILE" behind it.
const Import* importOf(std::string_view word) {
  const auto option = word.substr(0, word.find('='));
  const auto* found =
      std::find_if(kImports.begin(), kImports.end(), [&](const Import& one) { return one.option == option; });
  return found == kImports.end() ? nullptr : found;
}

// Empty when all is well.
std::string takeImport(const Import& given, const std::vector<std::string>& words, std::size_t& i,
                       Arguments& out) {
  using Command = Arguments::Command;
  const auto equals = words[i].find('=');
  if (equals == std::string::npos && i + 1 == words.size()) return words[i] + " needs a file";
  const std::string file = equals == std::string::npos ? words[++i] : words[i].substr(equals + 1);
  if (file.empty()) return ascii::cat({given.option, " needs a file"});
  const bool other = out.command == Command::Import || out.command == Command::ImportSigner;
  if (other && (out.command == Command::ImportSigner || given.command == Command::ImportSigner)) {
    return "--import-opendkim-signer stands alone: it prints another file";
  }
  std::string& into = out.imports.*given.file;
  if (!into.empty()) return ascii::cat({given.option, " stands twice"});
  into = file;
  if (out.command == Command::Run) out.command = given.command;
  return {};
}

}  // namespace

std::variant<Arguments, std::string> parseArguments(const std::vector<std::string>& words) {
  static constexpr std::string_view kConfig = "--config=";
  Arguments out;
  using Command = Arguments::Command;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--config" || word == "-c") {
      if (i + 1 == words.size()) return word + " needs a file";
      out.config = words[++i];
    } else if (word.starts_with(kConfig)) {
      out.config = word.substr(kConfig.size());
    } else if (const Import* given = importOf(word)) {
      if (std::string error = takeImport(*given, words, i, out); !error.empty()) return error;
    } else if (word == "--check-config" || word == "-n") {
      if (out.command == Command::Run) out.command = Command::CheckConfig;
    } else if (word == "--dump-config") {
      if (out.command == Command::Run) out.command = Command::DumpConfig;
    } else if (word == "--version" || word == "-V") {
      if (out.command != Command::Help) out.command = Command::Version;
    } else if (word == "--help" || word == "-h") {
      out.command = Command::Help;
    } else {
      return "unknown argument " + word;
    }
  }
  if (out.config.empty()) return std::string("--config needs a file");
  return out;
}

std::string usage() {
  return "usage: alignd [--config FILE]\n"
         "       alignd --check-config [--config FILE]\n"
         "       alignd --dump-config [--config FILE]\n"
         "       alignd [--import-opendkim FILE] [--import-opendmarc FILE]\n"
         "              [--import-policyd-spf FILE] [--import-rspamd FOLDER]\n"
         "       alignd --import-opendkim-signer FILE\n"
         "       alignd --version | --help\n"
         "\n"
         "Inbound e-mail authentication milter: DKIM, SPF, ARC and DMARC, stamped as one\n"
         "Authentication-Results field. Runs in the foreground.\n"
         "\n"
         "  --config FILE    settings; /etc/alignd/alignd.toml when not given\n"
         "  --check-config   read the settings, say what is wrong with them, and what this machine\n"
         "                   will not let them do, and end\n"
         "  --dump-config    print every setting that is in force, and where it comes from\n"
         "  --import-...     print an alignd.toml that does what these files do, and what cannot be\n"
         "                   taken over; --import-opendkim-signer prints an opendkim.conf that only signs\n"
         "\n"
         "SIGHUP reads the settings anew and reopens the verdict log; SIGTERM ends.\n"
         "See alignd(8) and alignd.toml(5).\n";
}

}  // namespace alignd::milter
