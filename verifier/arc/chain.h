// The ARC fields of a message put together to sets, and steps 1 to 3 of RFC 8617 section 5.2: whether they
// can be a chain at all, before any DNS or crypto.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/arc/fields.h"
#include "verifier/dkim/signature.h"
#include "verifier/message/header_block.h"

namespace alignd::arc {

/// The fields of one instance. Numbers are indices in the HeaderBlock.
struct ChainSet {
  std::optional<std::size_t> results;  // ARC-Authentication-Results
  std::optional<std::size_t> message;  // ARC-Message-Signature
  std::optional<std::size_t> seal;     // ARC-Seal
  dkim::Signature signature;           // of `message`
  bool defaultForm = false;            // it has no c=
  Seal sealed;                         // of `seal`

  bool empty() const { return !results && !message && !seal; }
  bool complete() const { return results && message && seal; }
};

/// Filled field by field, in any order. Bounded: fields beyond three a set, for 50 sets, are not parsed.
class Chain {
 public:
  void reset() noexcept;

  /// The field at `index` has just been added. An ARC field is parsed and kept; other fields change nothing.
  /// Gives the name of the key that an ARC-Seal or ARC-Message-Signature needs, valid until the next call;
  /// null for other fields and for those that cannot verify.
  const dns::Name* add(const message::HeaderBlock& header, std::size_t index, std::size_t maximumSignedNames,
                       dkim::Syntax syntax = dkim::Syntax::Tolerant);

  /// No ARC field at all: the status is `none`.
  bool empty() const { return fields_ == 0; }

  /// When the header is complete: why this is no valid structure, as a sentence fragment; empty when it is
  /// one, and then sets() are instances 1 to N, each complete. May hold foreign octets.
  std::string problem() const;

  /// Instance i stands at i - 1. Sets in gaps are empty.
  const std::vector<ChainSet>& sets() const { return sets_; }

 private:
  const dns::Name* addResults(std::string_view value, std::size_t index);
  const dns::Name* addMessage(std::string_view value, std::size_t index, std::size_t maximumSignedNames,
                              dkim::Syntax syntax);
  const dns::Name* addSeal(std::string_view value, std::size_t index, dkim::Syntax syntax);
  ChainSet* place(int instance, std::optional<std::size_t> ChainSet::* member, std::size_t index,
                  std::string_view name);
  void note(std::string problem);

  std::vector<ChainSet> sets_;
  std::size_t fields_ = 0;
  std::string fieldProblem_;  // the first one that a single field showed
};

}  // namespace alignd::arc
