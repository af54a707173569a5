// key=value pairs on one line: the same data as the JSON line, for those who grep. Nested keys are joined by
// dots (dmarc.result=pass, dkim.0.d=example.org).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::report {

/// Same calls as JsonWriter, so that one description of the line serves both.
class KeyValueWriter {
 public:
  explicit KeyValueWriter(std::string& out) : out_(out) {}

  void beginObject(std::string_view key = {});
  void endObject();
  void beginArray(std::string_view key);
  void endArray() { endObject(); }

  void text(std::string_view key, std::string_view value);
  void textIf(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void number(std::string_view key, std::int64_t value);
  void milliseconds(std::string_view key, std::int64_t microseconds);
  void flag(std::string_view key) { raw(key, "true"); }
  void flagIf(std::string_view key, bool value) {
    if (value) flag(key);
  }
  void element(std::string_view value) { text({}, value); }

 private:
  struct Level {
    std::size_t prefix;     // length of path_ before this level
    std::size_t index = 0;  // of the next element, in an array
    bool array = false;
  };
  void raw(std::string_view key, std::string_view value);
  void extendPath(std::string_view key);
  std::string& out_;
  std::string path_;
  std::vector<Level> levels_;
};

}  // namespace alignd::report
