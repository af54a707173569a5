// Settings from a file: read, bound, and checked as a whole.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/settings.h"

namespace alignd::conf {

/// Where the file sets a key: "a.toml:12" by `dns.timeout`, `rule[0].name`.
using Places = std::map<std::string, std::string, std::less<>>;

struct Loaded {
  Settings settings;                  // usable only when errors is empty
  std::vector<std::string> errors;    // `file:line:column: message`, all that were found
  std::vector<std::string> warnings;  // likewise
  Places places;                      // of the keys that the file has
  bool ok() const { return errors.empty(); }
};

/// Reads `text`; `file` is its name for messages.
Loaded parse(std::string_view text, std::string_view file);
/// Reads the file. One that cannot be opened, or is over 4 MiB, is an error like others.
Loaded load(const std::string& path);

/// The settings as a file that gives just these settings: every key with its value.
std::string text(const Settings& settings);
/// The same, with a comment behind each: where it comes from.
std::string text(const Settings& settings, const Places& places);

}  // namespace alignd::conf
