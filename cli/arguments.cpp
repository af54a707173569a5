#include "cli/arguments.h"

#include <utility>

#include "cli/shared/command_line.h"
#include "dns/data/ascii.h"

namespace alignd::cli {

namespace {

Problem setIp(Arguments& out, std::string_view value) {
  out.ip = IpAddress::parse(value);
  if (!out.ip) return ascii::cat({"--ip: ", value, " is no IP address"});
  return std::nullopt;
}

Problem setMailFrom(Arguments& out, std::string_view value) {
  if (value.size() >= 2 && value.front() == '<' && value.back() == '>')
    value = value.substr(1, value.size() - 2);
  out.mailFrom = value;
  out.mailFromGiven = true;
  return std::nullopt;
}

Problem setTime(Arguments& out, std::string_view value) {
  out.time = readNumber<std::int64_t>(value);
  if (!out.time) return ascii::cat({"--time: ", value, " is no number of seconds since 1970"});
  return std::nullopt;
}

Problem setTimeout(Arguments& out, std::string_view value) {
  const auto seconds = readNumber<int>(value);
  if (!seconds || *seconds < 1 || *seconds > 600)
    return ascii::cat({"--timeout: 1 to 600 seconds, not ", value});
  out.timeout = std::chrono::seconds(*seconds);
  return std::nullopt;
}

Problem setClient(Arguments& out, std::string_view value) {
  out.client = Network::parse(value);
  if (!out.client) return ascii::cat({"--client: ", value, " is no IP address and no network"});
  return std::nullopt;
}

constexpr Grammar<Arguments>::Option kOptions[]{
    {"--ip", setIp},
    {"--helo", setText<&Arguments::helo>},
    {"--mail-from", setMailFrom},
    {"--rcpt", addText<&Arguments::recipients>},
    {"--dns", addText<&Arguments::servers>},
    {"--zone", addText<&Arguments::zones>},
    {"--time", setTime},
    {"--timeout", setTimeout},
    {"--domain", setText<&Arguments::domain>},
    {"--client", setClient},
    {"--since", setText<&Arguments::since>},
    {"--why", setText<&Arguments::why>},
    {"--queue-id", setText<&Arguments::queueId>},
    {"--replay", setText<&Arguments::replay>},
    {"--mx", setText<&Arguments::mx>},
    {"--selector", addText<&Arguments::selectors>},
    {"--config", setText<&Arguments::config>},
};

constexpr Grammar<Arguments>::Flag kFlags[]{
    {"--follow", &Arguments::follow},
    {"--json", &Arguments::json},
};

constexpr Grammar<Arguments>::Command kCommands[]{
    {"message", Arguments::Command::Message, 1, 1, "one FILE (- for standard input)"},
    {"key", Arguments::Command::Key, 2, 2, "SELECTOR and DOMAIN"},
    {"domain", Arguments::Command::Domain, 1, 1, "one DOMAIN"},
    {"spf", Arguments::Command::Spf, 1, 1, "one DOMAIN"},
    {"dmarc", Arguments::Command::Dmarc, 1, 1, "one DOMAIN"},
    {"log", Arguments::Command::Log, 1, kManyOperands, "one FILE or more (- for standard input)"},
};

Problem checkTogether(const Arguments& out) {
  if (!out.servers.empty() && !out.zones.empty()) return "--dns and --zone exclude each other";
  if (out.command == Arguments::Command::Spf && !out.ip) return "spf needs --ip, the address of the client";
  if (out.follow && (out.operands.size() != 1 || !out.replay.empty() || out.json)) {
    return "--follow takes one FILE, and goes with neither --replay nor --json";
  }
  return std::nullopt;
}

}  // namespace

std::variant<Arguments, std::string> parseArguments(const std::vector<std::string_view>& args) {
  auto out = readCommandLine(Grammar<Arguments>{kCommands, kOptions, kFlags}, args);
  if (const auto* arguments = std::get_if<Arguments>(&out)) {
    if (auto problem = checkTogether(*arguments)) return *std::move(problem);
  }
  return out;
}

DnsChoice dnsOf(const Arguments& arguments) {
  return {arguments.servers, arguments.zones, arguments.timeout};
}

std::string_view usage() {
  return R"(usage: alignd-check COMMAND ... [OPTION ...]

  message FILE       judge a message as the daemon would, and tell why (- reads standard input)
  key SELECTOR DOMAIN
                     look up one DKIM key and go through a checklist
  domain DOMAIN [--selector S ...]
                     check all that a domain publishes, and say what to do next
  spf DOMAIN --ip A  evaluate SPF for a client and show every step
  dmarc DOMAIN       walk the tree and show which policy applies

  log FILE ...       what verdict lines say: results, causes, what enforce does
                     (.gz too; - reads standard input)

  --ip ADDRESS       the client that sent the message; without it the topmost
                     Received field of the MTA that is named by --mx or by
                     authserv_id of the settings tells
  --mx NAME          the MTA that took the message
  --selector NAME    a selector of the domain; may be repeated
  --helo NAME        its HELO name
  --mail-from PATH   the reverse-path; <> is the null path
  --rcpt ADDRESS     a recipient; may be repeated
  --dns HOST[:PORT]  ask this server instead of the system's; may be repeated
  --zone FILE        answer from a zone file instead of DNS; may be repeated
  --time SECONDS     judge as of this time (seconds since 1970)
  --timeout SECONDS  for one question, retries included (5)
  --config FILE      settings of the daemon to judge by; without it those of
                     /etc/alignd/alignd.toml where it is; none: the defaults
  --json             print JSON
  --domain DOMAIN, --client ADDRESS, --since TIME, --why CAUSE, --queue-id ID
                     of log: these messages alone; TIME is a date, or 90m, 12h, 7d
  --follow           of log: print each message as it is added
  --replay FILE      of log: decide every message again under these settings

Exit status: 0 pass, 1 not pass, 2 could not tell (temporary, or SPF was not
evaluated and could have decided), 64 usage.
)";
}

}  // namespace alignd::cli
