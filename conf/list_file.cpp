#include "conf/list_file.h"

#include "dns/data/ascii.h"

namespace alignd::conf {

namespace {

constexpr std::size_t kMaxEntry = 1000;

std::string_view withoutComment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || ascii::isWsp(line[i - 1]))) return line.substr(0, i);
  }
  return line;
}

}  // namespace

std::variant<std::vector<ListEntry>, Remark> parseList(std::string_view text, unsigned file) {
  std::vector<ListEntry> out;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // as some editors begin a file
  for (unsigned number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view entry = ascii::trimWsp(withoutComment(line));
    if (entry.empty()) continue;
    const Position at{number, static_cast<unsigned>(entry.data() - line.data()) + 1, file};
    if (entry.size() > kMaxEntry) return Remark{at, "longer than any entry of a list"};
    if (entry.find('\0') != std::string_view::npos) return Remark{at, "a NUL: this is no text"};
    if (out.size() == kMaxListEntries) return Remark{at, "more than 50000 entries"};
    out.push_back({std::string(entry), at});
  }
  return out;
}

}  // namespace alignd::conf
