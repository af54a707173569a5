// Tag lists: the syntax of DKIM-Signature, of key records and of the ARC fields (RFC 6376 section 3.2).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::dkim {

/// A list with more tags is refused: real ones have less than twenty.
inline constexpr std::size_t kMaxTags = 100;

/// One `name=value`. Views and offsets are into the text that was parsed.
struct Tag {
  std::string_view name;     // case counts
  std::string_view value;    // without the white space around it; may be empty, which is not absent
  std::size_t rawBegin = 0;  // everything between "=" and ";" (or the end), white space included
  std::size_t rawEnd = 0;
};

enum class TagFault {
  None,
  Syntax,     // not in the grammar
  Duplicate,  // one name twice: the whole list is invalid, whatever the name
};

/// A parsed list. Does not own the text.
class TagList {
 public:
  /// Linear in `text`. Folding white space is taken in its obsolete form too (RFC 5322 section 4.2: lines of
  /// blanks only), for receivers must; octets over 127 are accepted in values (RFC 6376 section 3.2, RFC
  /// 8616).
  static TagList parse(std::string_view text);

  bool ok() const { return fault_ == TagFault::None; }
  /// What is not in the grammar and was taken all the same (DESIGN.md decision 7): a hyphen in the name of a tag, which
  /// then is one that nobody knows. A sentence fragment; empty when nothing was.
  const std::string& tolerated() const { return tolerated_; }
  TagFault fault() const { return fault_; }
  /// What is wrong, as a sentence fragment; empty when nothing is. May hold foreign octets.
  const std::string& problem() const { return problem_; }

  /// In order of appearance. Of a faulty list, what could be read of it (the first of equal names): for logs,
  /// and for nothing else.
  const std::vector<Tag>& tags() const { return tags_; }
  /// Null when absent. Ask ok() first.
  const Tag* find(std::string_view name) const;
  std::optional<std::string_view> value(std::string_view name) const;

 private:
  void parseTag(std::string_view text, std::size_t begin, std::size_t end);
  void fail(TagFault fault, std::string problem);

  std::vector<Tag> tags_;
  TagFault fault_ = TagFault::None;
  std::string problem_;
  std::string tolerated_;
};

/// "b= holds a no-break space" and the like, of a `text` (what is in front of the "b") that people pasted: no-break
/// spaces, quotation marks and backslashes of zone files. Empty when none of these is in it.
std::string pastedOctets(std::string_view text);
/// Adds a finding to a list of sentence fragments.
void addRemark(std::string& remarks, std::string_view remark);

/// `text` without the folding white space at either end.
std::string_view trimFws(std::string_view text);
/// `text` without any folding white space: for base64 and dkim-quoted-printable (RFC 6376
/// sections 2.10, 2.11).
std::string removeFws(std::string_view text);
/// Splits at every `separator`; the parts are trimmed of folding white space and may be empty.
std::vector<std::string_view> splitList(std::string_view text, char separator);

}  // namespace alignd::dkim
