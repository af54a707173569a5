// A domain name, ready to be asked: lower case, without the final dot, within the limits of RFC 1035 section 2.3.4.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "dns/data/keyed_hash.h"

namespace alignd::dns {

inline constexpr std::size_t kMaxNameText = 253;  // 255 octets on the wire
inline constexpr std::size_t kMaxLabel = 63;

/// Labels are raw octets: a backslash is an octet like any other and escapes are never interpreted, so that a
/// hostile selector cannot change its meaning on the way to the resolver. A dot always separates labels.
/// ASCII letters are kept in lower case (RFC 4343); other octets are kept as they are. The root is the empty text.
class Name {
 public:
  Name() = default;  // the root

  /// `text` in presentation form, with or without the final dot; "" and "." are the root. Nothing for an empty
  /// label, a label over 63 octets or a name over 253 (RFC 1035 section 2.3.4).
  static std::optional<Name> parse(std::string_view text);

  const std::string& text() const { return text_; }
  bool isRoot() const { return text_.empty(); }
  std::size_t labelCount() const;

  /// The name without its leftmost label; the root's parent is the root.
  Name parent() const;
  /// The rightmost `labels` labels (all of them when there are fewer).
  Name suffix(std::size_t labels) const;
  /// `prefix` (one label or several, dots between) put in front. Nothing when the limits are exceeded.
  std::optional<Name> under(std::string_view prefix) const;
  /// True for the name itself and for every name below it.
  bool isWithin(const Name& ancestor) const;

  friend bool operator==(const Name&, const Name&) = default;
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace alignd::dns

template <>
struct std::hash<alignd::dns::Name> {
  std::size_t operator()(const alignd::dns::Name& name) const noexcept {
    return alignd::dns::keyedHash(name.text());
  }
};
