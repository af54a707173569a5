#include "reporting/program/arguments.h"

#include "cli/shared/command_line.h"
#include "dns/data/ascii.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using cli::addText;
using cli::Problem;
using cli::setText;
using Shape = cli::Grammar<Arguments>;

constexpr Shape::Command kCommands[]{
    {"collect", Command::Collect, 0, cli::kManyOperands, "any number of files"},
    {"make", Command::Make, 0, 0, "no operand"},
    {"send", Command::Send, 0, 0, "no operand"},
    {"run", Command::Run, 0, cli::kManyOperands, "any number of files"},
    {"show", Command::Show, 0, 0, "no operand"},
    {"check", Command::Check, 0, 0, "no operand"},
    {"read", Command::Read, 1, cli::kManyOperands, "one FILE or more"},
    {"why", Command::Why, 1, 1, "one DOMAIN"},
};

Problem setNow(Arguments& out, std::string_view value) {
  const auto seconds = cli::readNumber<std::int64_t>(value);
  if (!seconds || *seconds < 0) return cat({"--now: ", value, " is no number of seconds since 1970"});
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

constexpr Shape::Option kOptions[]{
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

constexpr Shape::Flag kFlags[]{
    {"--dry-run", &Arguments::dryRun},
    {"--in-doubt", &Arguments::inDoubt},
    {"--opendmarc-history", &Arguments::openDmarc},
};

}  // namespace

std::variant<Arguments, std::string> parseArguments(const std::vector<std::string_view>& args) {
  return cli::readCommandLine(Shape{kCommands, kOptions, kFlags}, args);
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
