#include "conf/import/words.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::conf::migration {

namespace {

constexpr std::size_t kMaxLines = 10'000;
constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxDepth = 5;
constexpr std::size_t kMaxFiles = 50;

Word wordOf(std::string_view line, Style style) {
  Word out;
  if (style == Style::Equals) {
    const auto equals = line.find('=');
    out.name = ascii::trimWsp(line.substr(0, equals));
    if (equals != std::string_view::npos) out.value = ascii::trimWsp(line.substr(equals + 1));
    return out;
  }
  const auto end = line.find_first_of(" \t");
  out.name = line.substr(0, end);
  if (end != std::string_view::npos) out.value = ascii::trimWsp(line.substr(end));
  return out;
}

std::string_view withoutComment(std::string_view line, Style style) {
  if (style == Style::Blank) return line.substr(0, line.find('#'));
  return ascii::trimWsp(line).starts_with('#') ? std::string_view() : line;
}

}  // namespace

std::string Place::text() const {
  return line == 0 ? file : ascii::cat({file, ":", std::to_string(line)});
}

Words parseWords(std::string_view text, const std::string& file, Style style) {
  Words out;
  for (unsigned number = 1; !text.empty(); ++number) {
    const Place place{file, number};
    if (number > kMaxLines) {
      out.faults.push_back(place.text() + ": more than 10000 lines");
      return out;
    }
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.size() > kMaxLine) {
      out.faults.push_back(place.text() + ": longer than any option");
      return out;
    }
    if (line.find('\0') != std::string_view::npos) {
      out.faults.push_back(place.text() + ": a NUL: this is no text");
      return out;
    }
    std::string_view rest = withoutComment(line, style);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    rest = ascii::trimWsp(rest);
    if (rest.empty()) continue;
    Word word = wordOf(rest, style);
    word.place = place;
    out.words.push_back(std::move(word));
  }
  return out;
}

Words readWords(const std::string& file, Style style, const ReadFile& readFile) {
  // What is still to be read of each file that includes the next one.
  struct Open {
    std::vector<Word> words;
    std::size_t next = 0;
  };
  Words out;
  std::vector<Open> open;
  std::size_t files = 0;
  const auto begin = [&](const std::string& path) {
    const FileContent content =
        ++files > kMaxFiles ? FileContent{{}, path + ": more than 50 files"} : readFile(path);
    if (!content.problem.empty()) {
      out.faults.push_back(content.problem);
      return;
    }
    Words read = parseWords(content.text, path, style);
    out.faults.insert(out.faults.end(), read.faults.begin(), read.faults.end());
    open.push_back({std::move(read.words), 0});
  };
  begin(file);
  while (!open.empty()) {
    Open& last = open.back();
    if (last.next == last.words.size()) {
      open.pop_back();
      continue;
    }
    Word word = std::move(last.words[last.next++]);
    if (style != Style::Blank || !ascii::equalIgnoreCase(word.name, "Include")) {
      out.words.push_back(std::move(word));
    } else if (open.size() > kMaxDepth) {
      out.faults.push_back(word.place.text() + ": Include deeper than 5 files");
    } else {
      begin(word.value);  // moves `open`: last is not used any more
    }
  }
  return out;
}

bool isTrue(std::string_view value) {
  return !value.empty() && std::string_view("TtYy1").find(value.front()) != std::string_view::npos;
}

std::vector<std::string> items(std::string_view text, bool blanks) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find_first_of(blanks ? ", \t" : ",");
    const std::string_view item = ascii::trimWsp(text.substr(0, end));
    if (!item.empty()) out.emplace_back(item);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

}  // namespace alignd::conf::migration
