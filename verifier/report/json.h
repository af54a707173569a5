// A JSON writer that cannot be misled: one line, pure ASCII, whatever bytes go in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "verifier/report/bounds.h"

namespace alignd::report {

/// Appends `text` as a JSON string with its quotes. Controls, DEL and everything beyond ASCII are escaped
/// (\uXXXX, so that neither a terminal nor a log reader is steered by them); octets that are no UTF-8 become
/// the six visible characters \\xHH. A NUL is escaped like any control. What does not fit into `most` octets between
/// the quotes is left out, and "[+N]" says how many octets of `text` that are.
void appendJsonString(std::string& out, std::string_view text, std::size_t most = std::string::npos);

/// Writes one JSON value. Keys are our own words and are not escaped. Members without a value (empty text,
/// false where `flag` is used) are left out, so that a line holds what there is to say.
class JsonWriter {
 public:
  /// Keeps within `bounds`, and counts there what it leaves out.
  JsonWriter(std::string& out, Bounds& bounds) : out_(out), bounds_(bounds) {}
  /// Without bounds.
  explicit JsonWriter(std::string& out) : out_(out), bounds_(own_) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() = default;

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
  /// An element of an array, or of what may be left out for want of room: all that `write` writes, or nothing.
  template <class Write>
  void item(Write&& write) {
    const std::size_t before = out_.size();
    const std::size_t room = bounds_.items;
    const bool first = first_;
    write();
    const std::size_t used = out_.size() - before;
    if (used <= room) {
      bounds_.items = room - used;
      return;
    }
    out_.resize(before);
    first_ = first;
    bounds_.items = room;
    ++bounds_.leftOut;
  }
  void element(std::string_view value) {
    item([&] { text({}, value); });
  }

 private:
  char* lead(std::string_view key, std::size_t size);
  void raw(std::string_view key, std::string_view value);
  std::string& out_;
  Bounds own_{.text = std::string::npos, .items = std::string::npos};
  Bounds& bounds_;
  bool first_ = true;
};

}  // namespace alignd::report
