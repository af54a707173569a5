#include "conf/document.h"

#include <algorithm>

#include <toml++/toml.h>

#include "dns/data/ascii.h"

namespace alignd::conf {

namespace {

// Deeper nesting than any setting has; the parser of the library has its own limit beyond this one.
constexpr int kMaxDepth = 8;

Position positionOf(const toml::source_region& region, unsigned file) {
  return {static_cast<unsigned>(region.begin.line), static_cast<unsigned>(region.begin.column), file};
}

Value convert(const toml::node& node, unsigned file, int depth);

Table convertTable(const toml::table& table, unsigned file, int depth) {
  Table out;
  out.entries.reserve(table.size());
  for (const auto& [key, node] : table) {
    out.entries.push_back(
        {std::string(key.str()), positionOf(key.source(), file), convert(node, file, depth + 1)});
  }
  // The library sorts by name; messages are better in the order of the file.
  std::sort(out.entries.begin(), out.entries.end(), [](const Entry& a, const Entry& b) {
    return a.at.line != b.at.line ? a.at.line < b.at.line : a.at.column < b.at.column;
  });
  return out;
}

Value convert(const toml::node& node, unsigned file, int depth) {
  Value out;
  out.at = positionOf(node.source(), file);
  out.data = Unsupported{};  // a date, or nested too deep
  if (depth > kMaxDepth) return out;
  if (const auto* text = node.as_string()) {
    out.data = text->get();
  } else if (const auto* integer = node.as_integer()) {
    out.data = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    out.data = real->get();
  } else if (const auto* flag = node.as_boolean()) {
    out.data = flag->get();
  } else if (const auto* array = node.as_array()) {
    Array values;
    values.reserve(array->size());
    for (const auto& element : *array) values.push_back(convert(element, file, depth + 1));
    out.data = std::move(values);
  } else if (const auto* table = node.as_table()) {
    out.data = convertTable(*table, file, depth);
  }
  return out;
}

// Remarks quote keys and values, and TOML allows any character in both: none of them may end the line or reach a
// terminal.
std::string oneLine(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    if (!ascii::isControl(c) && !ascii::is8Bit(c)) {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += {'\\', 'x', kHex[octet >> 4U], kHex[octet & 15U]};
  }
  return out;
}

}  // namespace

std::string remarkText(std::string_view file, const Remark& remark) {
  const std::string text = oneLine(remark.text);
  const std::string name = oneLine(file);
  if (remark.at.line == 0) return ascii::cat({name, ": ", text});
  return ascii::cat(
      {name, ":", std::to_string(remark.at.line), ":", std::to_string(remark.at.column), ": ", text});
}

const Entry* Table::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string_view Value::kind() const {
  static constexpr std::string_view kKinds[] = {
      "a string", "a whole number", "a number", "true or false", "a list", "a table", "a date or time"};
  return kKinds[data.index()];
}

namespace {

// Line `number` of `text`, from 1.
std::string_view lineOf(std::string_view text, unsigned number) {
  for (; number > 1 && !text.empty(); --number)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

// What the parser of the library leaves to be guessed: a text without quotation marks, a line `Key value` as OpenDKIM has it.
std::string_view advice(std::string_view line, std::string_view description) {
  if (description.find("could not determine value type") != std::string_view::npos) {
    return "; a text stands in quotation marks";
  }
  // A block of a page, put behind the shipped file.
  if (description.find("cannot redefine existing table") != std::string_view::npos) {
    return "; that section stands further up: its keys go there, or the block into a file in conf.d";
  }
  const auto word = std::find_if_not(line.begin(), line.end(), ascii::isAlnum);
  if (word != line.begin() && word != line.end() && ascii::isWsp(*word) &&
      line.find('=') == std::string_view::npos) {
    return "; write key = value (files of OpenDKIM and others: --import-opendkim, see alignd-migration(7))";
  }
  return {};
}

}  // namespace

std::variant<Table, Remark> parseDocument(std::string_view text, unsigned file) {
  try {
    return convertTable(toml::parse(text), file, 0);
  } catch (const toml::parse_error& error) {
    const Position at = positionOf(error.source(), file);
    const std::string_view what = error.description();
    return Remark{at, ascii::cat({what, advice(lineOf(text, at.line), what)})};
  }
}

}  // namespace alignd::conf
