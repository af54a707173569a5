// The command line of alignd-report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/data/address.h"
#include "reporting/store/day.h"

namespace alignd::reporting {

inline constexpr int kExitGood = 0;
inline constexpr int kExitBad = 1;        // something is wrong with what was looked at
inline constexpr int kExitTemporary = 2;  // try again later
inline constexpr int kExitUsage = 64;     // EX_USAGE
inline constexpr int kExitNoInput = 66;   // EX_NOINPUT
inline constexpr int kExitSoftware = 70;  // EX_SOFTWARE
inline constexpr int kExitConfig = 78;    // EX_CONFIG

enum class Command { Help, Version, Collect, Make, Send, Run, Show, Why, Read, Check };

struct Arguments {
  Command command = Command::Help;
  std::vector<std::string> operands;
  std::string config;                  // empty: the default file, when it is there
  std::string store;                   // instead of that of the settings
  std::string host;                    // of lines that do not say theirs
  std::vector<std::string> servers;    // --dns
  std::vector<std::string> zones;      // --zone
  std::vector<IpAddress> addresses;    // --ip
  std::vector<std::string> selectors;  // --selector
  std::optional<Day> day;
  std::string domain;
  bool dryRun = false;
  bool inDoubt = false;
  bool openDmarc = false;           // files are OpenDMARC's history
  std::string out;                  // a folder for files
  std::optional<std::int64_t> now;  // seconds since 1970
};

/// The arguments, or what is wrong with them.
std::variant<Arguments, std::string> parseArguments(const std::vector<std::string_view>& args);
std::string_view usage();

}  // namespace alignd::reporting
