#include "verifier/report/keyvalue.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/report/json.h"

namespace alignd::report {

namespace {

// What stands bare after "=": nothing that ends a word, a quote or an escape for any reader.
bool bare(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return ascii::isAlnum(c) || std::string_view("-_.:/@+,*").find(c) != std::string_view::npos;
  });
}

}  // namespace

void KeyValueWriter::extendPath(std::string_view key) {
  if (levels_.back().array) {
    path_ += std::to_string(levels_.back().index++);
  } else {
    path_ += key;
  }
}

void KeyValueWriter::beginObject(std::string_view key) {
  const std::size_t before = path_.size();
  if (!levels_.empty()) {
    extendPath(key);
    path_ += '.';
  }
  levels_.push_back({before});
}

void KeyValueWriter::beginArray(std::string_view key) {
  beginObject(key);
  levels_.back().array = true;
}

void KeyValueWriter::endObject() {
  path_.resize(levels_.back().prefix);
  levels_.pop_back();
}

void KeyValueWriter::raw(std::string_view key, std::string_view value) {
  const std::size_t before = path_.size();
  extendPath(key);
  if (!out_.empty() && out_.back() != ' ') out_ += ' ';
  out_ += path_;
  out_ += '=';
  out_ += value;
  path_.resize(before);
}

void KeyValueWriter::text(std::string_view key, std::string_view value) {
  if (value.size() <= bounds_.text && bare(value)) return raw(key, value);
  std::string quoted;
  appendJsonString(quoted, value, bounds_.text);
  raw(key, quoted);
}

void KeyValueWriter::number(std::string_view key, std::int64_t value) {
  raw(key, std::to_string(value));
}

void KeyValueWriter::milliseconds(std::string_view key, std::int64_t microseconds) {
  const std::string rest = std::to_string(microseconds % 1000);
  raw(key, std::to_string(microseconds / 1000) + "." + std::string(3 - rest.size(), '0') + rest);
}

}  // namespace alignd::report
