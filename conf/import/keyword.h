// What becomes of each option of the programs that alignd replaces: one row an option. alignd-migration(7) is made of
// these tables, and the importers ask them for the reasons that they print.
#pragma once

#include <span>
#include <string_view>

namespace alignd::conf::migration {

enum class Fate {
  Setting,  // becomes a setting; `text` names it
  Always,   // alignd does so, whatever is set
  Signing,  // stays in the file of the OpenDKIM that signs
  Unit,     // a matter of the process: the unit's, systemd's, the log's
  Nothing,  // has no successor; `text` says why
};

struct Keyword {
  std::string_view name;
  Fate fate;
  std::string_view text;
};

std::span<const Keyword> openDkimKeywords();
std::span<const Keyword> openDmarcKeywords();
std::span<const Keyword> policydSpfKeywords();
/// Named MODULE.OPTION.
std::span<const Keyword> rspamdKeywords();

/// The row of that name, whatever its case; null when there is none.
const Keyword* find(std::span<const Keyword> keywords, std::string_view name);
/// "setting", "always", "signing", "unit", "none".
std::string_view fateWord(Fate fate);

}  // namespace alignd::conf::migration
