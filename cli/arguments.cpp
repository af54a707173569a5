#include "cli/arguments.h"

#include <array>
#include <charconv>
#include <utility>

#include "dns/data/ascii.h"

namespace alignd::cli {

namespace {

using Problem = std::optional<std::string>;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

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
  out.time = number<std::int64_t>(value);
  if (!out.time) return ascii::cat({"--time: ", value, " is no number of seconds since 1970"});
  return std::nullopt;
}

Problem setTimeout(Arguments& out, std::string_view value) {
  const auto seconds = number<int>(value);
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

struct Option {
  std::string_view name;
  Problem (*set)(Arguments&, std::string_view);
};

constexpr std::array<Option, 17> kOptions{{
    {"--ip", setIp},
    {"--helo",
     [](Arguments& out, std::string_view v) -> Problem {
       out.helo = v;
       return {};
     }},
    {"--mail-from", setMailFrom},
    {"--rcpt",
     [](Arguments& out, std::string_view v) -> Problem {
       out.recipients.emplace_back(v);
       return {};
     }},
    {"--dns",
     [](Arguments& out, std::string_view v) -> Problem {
       out.servers.emplace_back(v);
       return {};
     }},
    {"--zone",
     [](Arguments& out, std::string_view v) -> Problem {
       out.zones.emplace_back(v);
       return {};
     }},
    {"--time", setTime},
    {"--timeout", setTimeout},
    {"--domain",
     [](Arguments& out, std::string_view v) -> Problem {
       out.domain = v;
       return {};
     }},
    {"--client", setClient},
    {"--since",
     [](Arguments& out, std::string_view v) -> Problem {
       out.since = v;
       return {};
     }},
    {"--why",
     [](Arguments& out, std::string_view v) -> Problem {
       out.why = v;
       return {};
     }},
    {"--queue-id",
     [](Arguments& out, std::string_view v) -> Problem {
       out.queueId = v;
       return {};
     }},
    {"--replay",
     [](Arguments& out, std::string_view v) -> Problem {
       out.replay = v;
       return {};
     }},
    {"--mx",
     [](Arguments& out, std::string_view v) -> Problem {
       out.mx = v;
       return {};
     }},
    {"--selector",
     [](Arguments& out, std::string_view v) -> Problem {
       out.selectors.emplace_back(v);
       return {};
     }},
    {"--config",
     [](Arguments& out, std::string_view v) -> Problem {
       out.config = v;
       return {};
     }},
}};

struct CommandShape {
  std::string_view name;
  Arguments::Command command;
  std::size_t operands;
  std::string_view what;
};

constexpr std::size_t kAnyNumber = 0;  // but one at least

constexpr std::array<CommandShape, 6> kCommands{{
    {"message", Arguments::Command::Message, 1, "one FILE (- for standard input)"},
    {"key", Arguments::Command::Key, 2, "SELECTOR and DOMAIN"},
    {"domain", Arguments::Command::Domain, 1, "one DOMAIN"},
    {"spf", Arguments::Command::Spf, 1, "one DOMAIN"},
    {"dmarc", Arguments::Command::Dmarc, 1, "one DOMAIN"},
    {"log", Arguments::Command::Log, kAnyNumber, "one FILE or more (- for standard input)"},
}};

// Takes `--name value` or `--name=value`; `i` is moved over what was used.
Problem takeOption(Arguments& out, const std::vector<std::string_view>& args, std::size_t& i) {
  const std::string_view arg = args[i];
  if (arg == "--follow") {
    out.follow = true;
    return std::nullopt;
  }
  if (arg == "--json") {
    out.json = true;
    return std::nullopt;
  }
  const auto equals = arg.find('=');
  for (const Option& option : kOptions) {
    if (arg.substr(0, equals) != option.name) continue;
    if (equals != std::string_view::npos) return option.set(out, arg.substr(equals + 1));
    if (i + 1 >= args.size()) return ascii::cat({option.name, " needs a value"});
    return option.set(out, args[++i]);
  }
  return ascii::cat({"unknown option ", arg});
}

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
  Arguments out;
  if (args.empty()) return std::string("a command is missing");
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") return out;
  if (args[0] == "--version") {
    out.command = Arguments::Command::Version;
    return out;
  }
  const CommandShape* shape = nullptr;
  for (const CommandShape& candidate : kCommands) {
    if (candidate.name == args[0]) shape = &candidate;
  }
  if (shape == nullptr) return ascii::cat({"unknown command ", args[0]});
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
  const bool fits =
      shape->operands == kAnyNumber ? !out.operands.empty() : out.operands.size() == shape->operands;
  if (!fits) return ascii::cat({shape->name, " takes ", shape->what});
  if (auto problem = checkTogether(out)) return *std::move(problem);
  return out;
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
