// A TOML file as a plain tree with positions: all that the rest of conf/ sees of it. document.cpp alone
// includes the TOML library, whose headers are slow to compile.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace alignd::conf {

struct Position {
  unsigned line = 0;  // from 1; 0: the file as a whole
  unsigned column = 0;
  unsigned file = 0;  // which of those that are read, in the order in which they were opened
};

/// Something to be said about a place in the file.
struct Remark {
  Position at;
  std::string text;
};
/// `file:line:column: text`; without a line `file: text`. One line: what is not printable US-ASCII in the text is
/// written \xHH, in the file's name too.
std::string remarkText(std::string_view file, const Remark& remark);

struct Value;

struct Entry;
struct Table {
  std::vector<Entry> entries;  // in the order of the file
  const Entry* find(std::string_view key) const;
};
using Array = std::vector<Value>;

/// Dates and times have no place in these settings: they come as `Unsupported`.
struct Unsupported {};

struct Value {
  Position at;
  std::variant<std::string, std::int64_t, double, bool, Array, Table, Unsupported> data;
  /// "a string", "a number" ...: for messages.
  std::string_view kind() const;
};

struct Entry {
  std::string key;
  Position at;  // of the key
  Value value;
};

/// The file's text as a tree, or the one thing that makes it no TOML.
std::variant<Table, Remark> parseDocument(std::string_view text, unsigned file = 0);

}  // namespace alignd::conf
