// The public keys behind ARC-Message-Signatures and ARC-Seals: the same records as DKIM's (RFC 8617
// section 4.1), without what only concerns the i= of DKIM.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns/data/name.h"
#include "dns/table/lookups.h"
#include "verifier/arc/options.h"
#include "verifier/dkim/public_key.h"
#include "verifier/work.h"

namespace alignd::arc {

/// What a step of the validation came to.
struct Outcome {
  bool pass = false;
  bool transient = false;  // DNS trouble: it may be different a minute later
  std::string text;        // why not, as a sentence fragment; may hold foreign octets
};

struct Keys {
  std::vector<const dkim::KeyRecord*> usable;  // owned by `records`
  std::shared_ptr<const dkim::KeySet> records;
  Outcome fault;  // when none is usable
  /// Set: the records are beyond their TTL, because their servers said this (RFC 8767). Then a signature that they do
  /// not verify is DNS trouble: the key may have been changed.
  std::string stale;
};

/// What it comes to that none of `keys` made a signature.
Outcome notVerified(const Keys& keys);

/// The keys of this type at `name`. An answer that is missing counts as DNS trouble.
Keys findKeys(const dns::Name& name, dkim::KeyType type, const Options& options, dns::Lookups& lookups);

/// Whether one of the keys made the signature; nothing when `work`, if there is one, does not reach for it.
std::optional<bool> verifies(const Keys& keys, const dkim::Digest& digest, std::string_view signature,
                             WorkBudget* work);

}  // namespace alignd::arc
