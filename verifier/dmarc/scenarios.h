// Walks over answers that are not all known: every way they can end. This is what "a DNS failure counts only
// if some possible answer would change the result" (DESIGN.md decision 2, RFC 9989 section 5.3.6) is decided
// with.
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "verifier/dmarc/tree_walk.h"

namespace alignd::dmarc {

/// What is known about the answer for one name.
struct Knowledge {
  enum class Kind {
    Known,    // `sight` is what stands there
    Failed,   // will not be known: a DNS failure. It may be any sight
    Missing,  // not here yet. It will be one sight, any
  };
  Kind kind = Kind::Missing;
  Sight sight = Sight::Nothing;
};

/// A plan with what is known of its names, in the same order.
struct KnownWalk {
  WalkPlan plan;
  std::vector<Knowledge> names;
};

/// The two walks of an alignment check at their end.
struct WalkPair {
  Walk author;
  Walk identifier;
  friend auto operator<=>(const WalkPair&, const WalkPair&) = default;
};

/// All pairs that the failed answers leave possible; sorted, distinct, never empty.
using Scenario = std::vector<WalkPair>;

/// One scenario for every way the missing answers can still come, distinct. With nothing missing it is one
/// scenario, with nothing failed either it holds one pair. `identifier` may be null: then only the author's
/// walk is followed. A name that both walks ask has one answer for both. Nothing when there are more
/// scenarios than kMaxScenarios.
///
/// Equal intermediate states merge, so the work grows with the number of different ends (the organizational
/// domain and the policy record are among 8 names each), not with the number of combinations.
std::optional<std::vector<Scenario>> explore(const KnownWalk& author, const KnownWalk* identifier);

inline constexpr std::size_t kMaxScenarios = 512;

/// The one pair there is when every name of both walks is known, as nearly always when it counts: what explore() would
/// give, without any memory. Nothing otherwise.
std::optional<WalkPair> followKnown(const KnownWalk& author, const KnownWalk* identifier);

}  // namespace alignd::dmarc
