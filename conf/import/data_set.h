// Data sets of OpenDKIM, and the lists in files of OpenDMARC: what stands in them.
#pragma once

#include <string>
#include <vector>

#include "conf/import/words.h"

namespace alignd::conf::migration {

struct Item {
  std::string text;
  Place place;
};

struct DataSet {
  std::vector<Item> items;
  std::string problem;  // why it cannot be read; empty when it was
};

/// The keys of the set that `word` names: `csl:a,b`, `file:/path`, `refile:/path`, `/path`, or the items themselves. Sets in
/// databases, LDAP, Lua and memcached are a problem. At most 50,000 items.
DataSet readDataSet(const Word& word, const ReadFile& readFile);

/// The first word of every line of the file; # begins a comment.
DataSet readItems(const std::string& path, const ReadFile& readFile);

}  // namespace alignd::conf::migration
