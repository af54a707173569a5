// Reads Authentication-Results values (RFC 8601 section 2.2), and what ARC-Authentication-Results holds after
// i=.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::authres {

/// `ptype.property=value`. Words that stand like a property without a ptype (`action=none`) have an empty
/// one.
struct Property {
  std::string type;   // lower case
  std::string name;   // lower case
  std::string value;  // quotes taken away; octets as they came
};

/// One resinfo.
struct MethodResult {
  std::string method;  // lower case
  int version = 1;     // of the method
  std::string result;  // lower case
  std::string reason;
  std::vector<Property> properties;  // in order; at most kMaxProperties
  bool wellFormed = true;            // nothing in it had to be skipped or guessed

  /// The value of `type.name` when it stands there exactly once; nothing otherwise: of two, nobody knows
  /// which counts.
  std::optional<std::string_view> property(std::string_view type, std::string_view name) const;
};

/// How the part before the first semicolon reads.
enum class Head {
  Id,         // authserv-id, and a version perhaps
  NoId,       // a resinfo stands there (`spf=pass ...; dkim=...`: Microsoft 365 writes such fields)
  Malformed,  // neither
};

struct Parsed {
  Head head = Head::Malformed;
  std::string authservId;             // quotes taken away, case kept; of a malformed head, its first word
  int version = 1;                    // authres-version; kMaxVersion when larger
  bool none = false;                  // no-result
  std::vector<MethodResult> results;  // at most kMaxResults
  std::size_t skipped = 0;            // resinfos over kMaxResults
  std::size_t errors = 0;             // places that are not in the grammar
  std::string firstError;             // what the first one is; our words only
  std::size_t headEnd = 0;  // offset of the semicolon that ends the head; the value's size when there is none
  bool unterminated = false;  // a comment or a quoted-string has no end

  bool clean() const { return errors == 0; }
};

inline constexpr std::size_t kMaxResults = 200;
inline constexpr std::size_t kMaxProperties = 50;
inline constexpr std::size_t kMaxCommentDepth = 100;
inline constexpr int kMaxVersion = 1'000'000;

/// `value` is what stands after the colon, folds included. CFWS may stand anywhere; after an error reading
/// goes on at the next semicolon. Values are read as people write them: octets over 127, and `/`, `=`, `:`
/// and `@` outside quotes. Linear in `value`; no exceptions.
Parsed parse(std::string_view value);

}  // namespace alignd::authres
