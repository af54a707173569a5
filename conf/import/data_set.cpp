#include "conf/import/data_set.h"

#include <array>

#include "conf/list_file.h"
#include "dns/data/ascii.h"

namespace alignd::conf::migration {

DataSet readItems(const std::string& path, const ReadFile& readFile) {
  DataSet out;
  const FileContent content = readFile(path);
  if (!content.problem.empty()) {
    out.problem = content.problem;
    return out;
  }
  std::string_view text = content.text;
  for (unsigned number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = line.substr(0, line.find('#'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = ascii::trimWsp(line);
    const std::string_view key = line.substr(0, line.find_first_of(" \t"));
    if (key.empty()) continue;
    const Place place{path, number};
    if (out.items.size() == kMaxListEntries || key.find('\0') != std::string_view::npos) {
      out.problem = place.text() + (key.find('\0') != std::string_view::npos ? ": a NUL: this is no text"
                                                                             : ": more than 50000 entries");
      out.items.clear();
      return out;
    }
    out.items.push_back({std::string(key), place});
  }
  return out;
}

DataSet readDataSet(const Word& word, const ReadFile& readFile) {
  constexpr std::array<std::string_view, 2> kFiles{"file:", "refile:"};
  constexpr std::array<std::string_view, 9> kElsewhere{
      "db:", "dsn:", "ldap:", "ldaps:", "ldapi:", "memcache:", "lua:", "erlang:", "mdb:"};
  const std::string_view value = word.value;
  for (const auto prefix : kFiles) {
    if (value.starts_with(prefix)) return readItems(std::string(value.substr(prefix.size())), readFile);
  }
  DataSet out;
  for (const auto prefix : kElsewhere) {
    if (!value.starts_with(prefix)) continue;
    out.problem = ascii::cat({"a data set of kind ", prefix.substr(0, prefix.size() - 1),
                              " cannot be read here: write its entries into a file"});
    return out;
  }
  if (value.ends_with(".db")) {
    out.problem = "a Berkeley DB cannot be read here: write its entries into a file";
    return out;
  }
  if (value.starts_with('/')) return readItems(std::string(value), readFile);
  for (auto& item : items(value.starts_with("csl:") ? value.substr(4) : value)) {
    out.items.push_back({std::move(item), word.place});
  }
  return out;
}

}  // namespace alignd::conf::migration
