#include "milter/arguments.h"

#include <string_view>

namespace alignd::milter {

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
         "       alignd --version | --help\n"
         "\n"
         "Inbound e-mail authentication milter: DKIM, SPF, ARC and DMARC, stamped as one\n"
         "Authentication-Results field. Runs in the foreground.\n"
         "\n"
         "  --config FILE    settings; /etc/alignd/alignd.toml when not given\n"
         "  --check-config   read the settings, say what is wrong with them, and what this machine\n"
         "                   will not let them do, and end\n"
         "  --dump-config    print every setting that is in force, and where it comes from\n"
         "\n"
         "SIGHUP reads the settings anew and reopens the verdict log; SIGTERM ends.\n"
         "See alignd(8) and alignd.toml(5).\n";
}

}  // namespace alignd::milter
