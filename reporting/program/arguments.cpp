#include "reporting/program/arguments.h"

#include <array>
#include <charconv>

#include "dns/data/ascii.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using Problem = std::optional<std::string>;

struct CommandShape {
  std::string_view name;
  Command command;
  std::size_t least;
  std::size_t most;
  std::string_view what;
};

constexpr std::size_t kMany = 100'000;
constexpr CommandShape kCommands[]{
    {"collect", Command::Collect, 0, kMany, "any number of files"},
    {"make", Command::Make, 0, 0, "no operand"},
    {"send", Command::Send, 0, 0, "no operand"},
    {"run", Command::Run, 0, kMany, "any number of files"},
    {"show", Command::Show, 0, 0, "no operand"},
    {"check", Command::Check, 0, 0, "no operand"},
    {"read", Command::Read, 1, kMany, "one FILE or more"},
    {"why", Command::Why, 1, 1, "one DOMAIN"},
};

struct Option {
  std::string_view name;
  Problem (*set)(Arguments&, std::string_view);
};

Problem setNow(Arguments& out, std::string_view value) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || end != value.data() + value.size() || seconds < 0) {
    return cat({"--now: ", value, " is no number of seconds since 1970"});
  }
  out.now = seconds;
  return std::nullopt;
}

Problem setDay(Arguments& out, std::string_view value) {
  out.day = parseDay(value);
  if (!out.day) return cat({"--day: ", value, " is no day: write 2026-11-26"});
  return std::nullopt;
}

Problem addAddress(Arguments& out, std::string_view value) {
  const auto address = IpAddress::parse(value);
  if (!address) return cat({"--ip: ", value, " is no address"});
  out.addresses.push_back(*address);
  return std::nullopt;
}

template <std::string Arguments::* member>
Problem setText(Arguments& out, std::string_view value) {
  out.*member = value;
  return std::nullopt;
}

template <std::vector<std::string> Arguments::* member>
Problem addText(Arguments& out, std::string_view value) {
  (out.*member).emplace_back(value);
  return std::nullopt;
}

constexpr Option kOptions[]{
    {"--config", setText<&Arguments::config>},
    {"--store", setText<&Arguments::store>},
    {"--host", setText<&Arguments::host>},
    {"--dns", addText<&Arguments::servers>},
    {"--zone", addText<&Arguments::zones>},
    {"--ip", addAddress},
    {"--selector", addText<&Arguments::selectors>},
    {"--day", setDay},
    {"--domain", setText<&Arguments::domain>},
    {"--out", setText<&Arguments::out>},
    {"--now", setNow},
};

constexpr std::pair<std::string_view, bool Arguments::*> kFlags[]{
    {"--dry-run", &Arguments::dryRun},
    {"--in-doubt", &Arguments::inDoubt},
    {"--opendmarc-history", &Arguments::openDmarc},
};

// Takes `--name value` or `--name=value`; `i` is moved over what was used.
Problem takeOption(Arguments& out, const std::vector<std::string_view>& args, std::size_t& i) {
  const std::string_view arg = args[i];
  for (const auto& [name, flag] : kFlags) {
    if (arg != name) continue;
    out.*flag = true;
    return std::nullopt;
  }
  const auto equals = arg.find('=');
  for (const Option& option : kOptions) {
    if (arg.substr(0, equals) != option.name) continue;
    if (equals != std::string_view::npos) return option.set(out, arg.substr(equals + 1));
    if (i + 1 >= args.size()) return cat({option.name, " needs a value"});
    return option.set(out, args[++i]);
  }
  return cat({"unknown option ", arg});
}

}  // namespace

std::variant<Arguments, std::string> parseArguments(const std::vector<std::string_view>& args) {
  Arguments out;
  if (args.empty()) return std::string("a command is missing");
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") return out;
  if (args[0] == "--version") {
    out.command = Command::Version;
    return out;
  }
  const CommandShape* shape = nullptr;
  for (const CommandShape& candidate : kCommands) {
    if (candidate.name == args[0]) shape = &candidate;
  }
  if (shape == nullptr) return cat({"unknown command ", args[0]});
  out.command = shape->command;
  bool optionsOver = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (args[i] == "--" && !optionsOver) {
      optionsOver = true;
    } else if (!optionsOver && args[i].size() > 1 && args[i][0] == '-') {
      if (args[i] == "--help" || args[i] == "-h") return Arguments();
      if (auto problem = takeOption(out, args, i)) return *std::move(problem);
    } else {
      out.operands.emplace_back(args[i]);
    }
  }
  if (out.operands.size() < shape->least || out.operands.size() > shape->most) {
    return cat({shape->name, " takes ", shape->what});
  }
  return out;
}

std::string_view usage() {
  return R"(usage: alignd-report COMMAND ... [OPTION ...]

  collect [FILE...]  count verdict lines: files (.gz too), or - for standard input; without FILE the file that
                     [log] verdicts names, and those that it was rotated to. --opendmarc-history: the files are
                     OpenDMARC's HistoryFile
  make               make the reports of the days that are over (or of --day, which it closes); with --out DIR
                     write them there
  send               verify the destinations and send what is due; --dry-run writes the mails that wait to --out;
                     --in-doubt also those of which a crash left unknown whether they were sent
  run [FILE...]      collect, make and send: for a timer
  show               what is kept of reports, and what became of them
  why DOMAIN         why a domain gets a report, or none
  check              whether our own report mail would pass DMARC: SPF for this host or each --ip, the key of each
                     --selector, the DMARC record, where answers go
  read FILE...       reports of others: XML, gzip, zip, or a mail that holds one (- for standard input)

  --domain DOMAIN    reports of this policy domain only
  --day YYYY-MM-DD   one day, UTC
  --out DIR          a folder for files
  --config FILE      settings (/etc/alignd/alignd.toml)
  --store STORE      instead of [reports] store
  --host NAME        whose lines these are (this host's)
  --ip ADDRESS       of the MTA that sends report mail (this host's); may be repeated
  --selector NAME    that the MTA signs with; may be repeated
  --dns HOST[:PORT]  ask this server instead of the system's; may be repeated
  --zone FILE        answer from a zone file instead of DNS; may be repeated
  --now SECONDS      the time it is (seconds since 1970)

Exit status: 0 good, 1 something is wrong, 2 temporary, 64 usage, 66 no input, 70 internal or store, 78 settings.
)";
}

}  // namespace alignd::reporting
