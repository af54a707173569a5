// What a verdict line says of persons: the local parts of addresses, kept, hashed or left out.
#pragma once

#include <string>
#include <string_view>

namespace alignd::report {

enum class LocalParts { Keep, Hash, Drop };

/// Cheap to copy; `key` must outlive it.
class LocalPartFilter {
 public:
  LocalPartFilter() = default;
  LocalPartFilter(LocalParts mode, std::string_view key) : mode_(mode), key_(key) {}

  /// `text` is one address, or what has the form of one (a Message-ID, a login): what stands before its last "@" is
  /// hidden, all of it when there is none. A hash is the first 16 hexadecimal digits of HMAC-SHA256 (RFC 2104); left out,
  /// the "@" stays, so that a null path is told from others. The view is of `text` or of `room`.
  std::string_view address(std::string_view text, std::string& room) const;
  /// The same for every address within a sentence: before an "@" a run of dot-atoms and quoted strings, up to a blank, a
  /// comma, a colon, a semicolon or a bracket.
  std::string_view sentence(std::string_view text, std::string& room) const;

 private:
  void appendHidden(std::string& out, std::string_view localPart) const;
  LocalParts mode_ = LocalParts::Keep;
  std::string_view key_;
};

}  // namespace alignd::report
