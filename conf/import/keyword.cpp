#include "conf/import/keyword.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::conf::migration {

const Keyword* find(std::span<const Keyword> keywords, std::string_view name) {
  const auto found = std::find_if(keywords.begin(), keywords.end(), [&](const Keyword& keyword) {
    return ascii::equalIgnoreCase(keyword.name, name);
  });
  return found == keywords.end() ? nullptr : &*found;
}

std::string_view fateWord(Fate fate) {
  switch (fate) {
    case Fate::Setting: return "setting";
    case Fate::Always: return "always";
    case Fate::Signing: return "signing";
    case Fate::Unit: return "unit";
    case Fate::Nothing: return "none";
  }
  return "none";
}

}  // namespace alignd::conf::migration
