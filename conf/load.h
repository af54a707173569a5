// Settings from a file: read, bound, and checked as a whole.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/reader.h"
#include "conf/settings.h"

namespace alignd::conf {

/// Where the files set a key: "a.toml:12" by `dns.timeout`, `rule[0].name`; of a list all places, with commas between.
using Places = std::map<std::string, std::string, std::less<>>;

struct Loaded {
  Settings settings;                  // usable only when errors is empty
  std::vector<std::string> errors;    // `file:line:column: message`, all that were found
  std::vector<std::string> warnings;  // likewise
  Places places;                      // of the keys that the files have
  std::vector<std::string> files;     // all that were read: the main one, drop-ins, lists
  bool ok() const { return errors.empty(); }
};

/// A file of settings.
struct Source {
  std::string name;  // for messages
  std::string text;
};

/// Reads them one after the other; reader.h says what a later one does to an earlier one. `readFile` gives the lists in
/// files.
Loaded parse(const std::vector<Source>& sources, const ReadFile& readFile);
/// Reads `text`; `file` is its name for messages. Lists in files are errors here.
Loaded parse(std::string_view text, std::string_view file);
/// Reads the file, then every conf.d/NAME.toml in its folder, by name. One that cannot be opened, or is over 4 MiB, is an
/// error like others.
Loaded load(const std::string& path);

/// The settings as a file that gives just these settings: every key with its value.
std::string text(const Settings& settings);
/// The same, with a comment behind each: where it comes from.
std::string text(const Settings& settings, const Places& places);

}  // namespace alignd::conf
