// Puts an Authentication-Results value together, folded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alignd::authres {

/// One resinfo (RFC 8601 section 2.2): a method, what came of it, and what it looked at. All members are safe
/// to print: values have been through encode.h, the rest are our own words, which live as long as the program.
struct Statement {
  std::string_view method;
  std::string_view result;
  std::string comment;  // without the brackets; may be empty
  std::string reason;   // a quoted-string; may be empty
  std::vector<std::pair<std::string_view, std::string>>
      properties;  // "header.d", "example.com"; empty values are dropped

  void add(std::string_view name, std::string value);
  /// Octets it takes in a field, folds not counted.
  std::size_t size() const;
};

/// Lines end where a blank may stand, before they pass 78 columns when that is possible; a longer value has a
/// line of its own, and since no value has over 762 octets, no line passes 998 (RFC 5322 section 2.1.1).
class FieldBuilder {
 public:
  explicit FieldBuilder(std::string authservId);
  void add(const Statement& statement);
  /// The value: what stands after "Authentication-Results: ". Without a statement it is `id; none`.
  std::string take();

 private:
  void separate(std::size_t length, std::string_view fold);
  void word(std::string_view text, std::string_view fold);
  void property(std::string_view name, std::string_view value);
  void quoted(std::string_view prefix, std::string_view text);

  std::string out_;
  std::size_t column_;
  bool any_ = false;
};

}  // namespace alignd::authres
