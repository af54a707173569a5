// Questions for a zone that a text has made.
#pragma once

#include <cstddef>
#include <set>
#include <string_view>

#include "dns/data/name.h"
#include "dns/zone/zone_lexer.h"

namespace alignd::test {

/// Names that the text may have made exist: its words, and what wildcards and DNAMEs make of longer ones. At most `most`.
inline std::set<dns::Name> namesIn(std::string_view text, std::size_t most) {
  std::set<dns::Name> names{dns::Name()};
  dns::ZoneLexer lexer(text);
  dns::ZoneEntry entry;
  while (lexer.next(entry) && names.size() < most) {
    for (const auto& token : entry.tokens) {
      const auto name = dns::Name::parse(token.raw);
      if (!name || names.size() >= most) continue;
      names.insert(*name);
      if (const auto below = name->under("a.b")) names.insert(*below);
    }
  }
  return names;
}

}  // namespace alignd::test
