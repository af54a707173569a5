// key=value pairs on one line: the same data as the JSON line, for those who grep. Nested keys are joined by
// dots (dmarc.result=pass, dkim.0.d=example.org).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/report/bounds.h"

namespace alignd::report {

/// Same calls as JsonWriter, so that one description of the line serves both: the outermost is beginObject().
class KeyValueWriter {
 public:
  KeyValueWriter(std::string& out, Bounds& bounds) : out_(out), bounds_(bounds) {}
  /// Without bounds.
  explicit KeyValueWriter(std::string& out) : out_(out), bounds_(own_) {}
  KeyValueWriter(const KeyValueWriter&) = delete;
  KeyValueWriter& operator=(const KeyValueWriter&) = delete;
  ~KeyValueWriter() = default;

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
  template <class Write>
  void item(Write&& write) {
    const std::size_t before = out_.size();
    const std::size_t room = bounds_.items;
    const std::size_t index = levels_.back().index;
    write();
    const std::size_t used = out_.size() - before;
    if (used <= room) {
      bounds_.items = room - used;
      return;
    }
    out_.resize(before);
    levels_.back().index = index;
    bounds_.items = room;
    ++bounds_.leftOut;
  }
  void element(std::string_view value) {
    item([&] { text({}, value); });
  }

 private:
  struct Level {
    std::size_t prefix;     // length of path_ before this level
    std::size_t index = 0;  // of the next element, in an array
    bool array = false;
  };
  void raw(std::string_view key, std::string_view value);
  void extendPath(std::string_view key);
  std::string& out_;
  Bounds own_{.text = std::string::npos, .items = std::string::npos};
  Bounds& bounds_;
  std::string path_;
  std::vector<Level> levels_;
};

}  // namespace alignd::report
