// The command line of alignd-check.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/shared/dns_source.h"
#include "dns/data/address.h"

namespace alignd::cli {

// Exit codes (DESIGN.md, "What the operator sees").
inline constexpr int kExitPass = 0;
inline constexpr int kExitNotPass = 1;
inline constexpr int kExitTemporary = 2;
inline constexpr int kExitUsage = 64;    // EX_USAGE
inline constexpr int kExitData = 65;     // EX_DATAERR: the file is no message or no zone
inline constexpr int kExitNoInput = 66;  // EX_NOINPUT

struct Arguments {
  enum class Command { Message, Key, Domain, Spf, Dmarc, Log, Help, Version } command = Command::Help;
  std::vector<std::string> operands;  // what stands without a dash, after the command
  std::optional<IpAddress> ip;        // --ip
  std::string helo;                   // --helo
  std::string mailFrom;               // --mail-from; angle brackets are taken off
  bool mailFromGiven = false;
  std::vector<std::string> recipients;               // --rcpt
  std::vector<std::string> servers;                  // --dns
  std::vector<std::string> zones;                    // --zone
  std::optional<std::int64_t> time;                  // --time, unix seconds
  std::optional<std::chrono::milliseconds> timeout;  // --timeout, seconds
  std::string config;                                // --config: settings of the daemon; "none": its defaults
  std::string mx;                                    // --mx: the MTA that took the message
  std::vector<std::string> selectors;                // --selector
  // Of log
  std::string domain;             // --domain
  std::optional<Network> client;  // --client
  std::string since;              // --since
  std::string why;                // --why
  std::string queueId;            // --queue-id
  std::string replay;             // --replay: other settings
  bool follow = false;            // --follow
  bool json = false;              // --json
  bool colours = false;           // standard output is a terminal that wants them
};

/// The arguments, or what is wrong with them as one line. `args` without the program's name.
std::variant<Arguments, std::string> parseArguments(const std::vector<std::string_view>& args);

/// Where its answers are to come from.
DnsChoice dnsOf(const Arguments& arguments);

/// What --help prints.
std::string_view usage();

}  // namespace alignd::cli
