// The header of one message as exact bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::message {

/// One header field as it came. `name` is everything before the colon (with the blanks before the colon, when
/// there are any); `value` everything after it, without the CRLF that ends the field; folds inside are CRLF +
/// WSP.
struct RawField {
  std::string_view name;
  std::string_view value;
};

/// A stored field. Views are valid until the block is changed.
struct Field {
  std::string_view whole;  // name, colon, value; no final CRLF
  std::string_view name;   // without blanks before the colon
  std::string_view value;  // after the colon, leading blank included
};

/// Fields in order of arrival (top of the message first), in one buffer that is reused from message to
/// message, of which an idle connection keeps little (dns/reuse.h).
class HeaderBlock {
 public:
  void clear() noexcept;
  /// Copies the field. Nothing is interpreted: NUL, bare CR and LF, 8-bit are kept.
  void add(const RawField& field);

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  std::size_t bytes() const { return buffer_.size(); }
  /// Octets of memory that are held, used or not.
  std::size_t held() const { return buffer_.capacity() + fields_.capacity() * sizeof(Entry); }
  Field operator[](std::size_t index) const;
  /// True when the field's name is `name` (ASCII case-insensitive, blanks before the colon ignored:
  /// `From :` is a From field, RFC 5322 section 4.5.8).
  bool is(std::size_t index, std::string_view name) const;
  /// Indices of the fields with this name, top to bottom.
  std::vector<std::size_t> find(std::string_view name) const;

 private:
  struct Entry {
    std::size_t start;
    std::uint32_t nameLength;  // trimmed
    std::uint32_t colon;       // from start
    std::size_t length;        // of the whole field
  };
  std::string buffer_;
  std::vector<Entry> fields_;
};

}  // namespace alignd::message
