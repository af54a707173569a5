// A JSON writer that cannot be misled: one line, pure ASCII, whatever bytes go in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace alignd::report {

/// Appends `text` as a JSON string with its quotes. Controls, DEL and everything beyond ASCII are escaped
/// (\uXXXX, so that neither a terminal nor a log reader is steered by them); octets that are no UTF-8 become
/// the six visible characters \\xHH. A NUL is escaped like any control.
void appendJsonString(std::string& out, std::string_view text);

/// Writes one JSON value. Keys are our own words and are not escaped. Members without a value (empty text,
/// false where `flag` is used) are left out, so that a line holds what there is to say.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void beginObject(std::string_view key = {});
  void endObject();
  void beginArray(std::string_view key);
  void endArray();

  void text(std::string_view key, std::string_view value);  // always written
  void textIf(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void number(std::string_view key, std::int64_t value);
  void milliseconds(std::string_view key, std::int64_t microseconds);  // 12.345
  void flag(std::string_view key) { raw(key, "true"); }
  void flagIf(std::string_view key, bool value) {
    if (value) flag(key);
  }
  /// An element of an array.
  void element(std::string_view value);

 private:
  void lead(std::string_view key);
  void raw(std::string_view key, std::string_view value);
  std::string& out_;
  bool first_ = true;
};

}  // namespace alignd::report
