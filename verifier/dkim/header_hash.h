// The header part of a signature: which fields it covers, and their digest (RFC 6376 sections 3.7 and 5.4.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/dkim/canonicalize.h"
#include "verifier/dkim/crypto.h"
#include "verifier/message/header_block.h"
#include "verifier/work.h"

namespace alignd::dkim {

/// The signature field that is being verified: its b= counts as empty, and h= never picks it.
struct OwnField {
  std::size_t index = 0;   // in the HeaderBlock
  std::size_t bBegin = 0;  // what is left out, as offsets in the field's value: Signature::bBegin, bEnd
  std::size_t bEnd = 0;
};

/// A header that differs in one field, for diagnosis: what would the digest be then?
struct HeaderVariant {
  std::size_t index = 0;  // in the HeaderBlock
  std::optional<std::string>
      replacement;  // the whole field instead, without final CRLF; none: the field is not there
};

/// Hashes header fields for all signatures of one message: each field is canonicalized at most once per
/// algorithm. Usage: start(), then hash() as often as there are signatures. Reusable; one thread.
class HeaderHasher {
 public:
  /// At most `budget` canonical octets are hashed for one message (DESIGN.md decision 16). All that is done is counted
  /// in `work`, when there is one, and ends when that is used up; it must outlive this object.
  explicit HeaderHasher(std::size_t budget, WorkBudget* work = nullptr) : budget_(budget), work_(work) {}

  /// The header is complete. It must not change until reset() or the next start(); no field's view is kept
  /// beyond.
  void start(const message::HeaderBlock& header);
  void reset() noexcept;

  /// The digest that a signature over `names` (lower case, in the order of h=) signs. Every mention of a name
  /// takes the next field of that name from the bottom of the header upwards; mentions beyond the last one
  /// add nothing, so that a field added later changes the digest (RFC 6376 section 5.4.2). Nothing when the
  /// budget is used up.
  std::optional<Digest> hash(Canonicalization canonicalization, std::span<const std::string> names,
                             const OwnField& own, const HeaderVariant* variant = nullptr);

  /// How many fields of this name the header has. `name` in lower case.
  std::size_t count(std::string_view name) const { return group(name).size(); }
  /// The fields of this name, top down, as indices in the HeaderBlock.
  std::span<const std::uint32_t> group(std::string_view name) const;
  /// The canonical form of a field, without final CRLF; good until the next call. It is not charged to the
  /// budget.
  std::string_view canonical(Canonicalization canonicalization, std::size_t index);

  /// Canonical octets hashed so far.
  std::size_t hashed() const { return hashed_; }
  /// Before octets of the header are gone through for something else than a digest: they count as hashed ones do. False
  /// when the budget is used up.
  bool charge(std::size_t octets);

 private:
  // A field by its name.
  struct Named {
    std::uint32_t hash;   // of the name in lower case: most names are told apart by it
    std::uint32_t begin;  // in names_
    std::uint32_t length;
    std::uint32_t field;
  };
  std::string_view nameOf(const Named& field) const {
    return std::string_view(names_).substr(field.begin, field.length);
  }
  bool spend(const Work& work) const { return work_ == nullptr || work_->spend(work); }

  std::size_t budget_;
  WorkBudget* work_;
  std::size_t hashed_ = 0;
  const message::HeaderBlock* header_ = nullptr;
  std::string names_;                  // all names in lower case, one after the other
  std::vector<Named> named_;           // sorted: those of a name together, top down
  std::vector<std::uint32_t> byName_;  // their fields
  std::vector<std::uint32_t> cursor_;  // per group (at the position of its first field): fields taken so far
  std::vector<std::size_t> moved_;     // the places in cursor_ that are not 0
  struct Slice {
    std::size_t begin = 0;
    std::size_t length = 0;
    bool made = false;
  };
  std::string relaxed_;  // relaxed forms of the fields that were needed
  std::vector<Slice> slices_;
  std::string own_;  // the signature's own field without b=, scratch
  std::string ownCanonical_;
  std::string replaced_;
  Sha256 digest_;
};

}  // namespace alignd::dkim
