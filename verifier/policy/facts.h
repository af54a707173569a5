// What a decision needs beyond the Verdict: what its caller alone knows.
#pragma once

#include <optional>
#include <string>

#include "verifier/cause/why.h"

namespace alignd::policy {

struct Facts {
  std::string queueId;  // of the MTA, for replies; may be empty
  /// DNS has failed for hours on a question that this message hangs on (FailureMemory): deferring more would end in
  /// bounces.
  bool persistentFailure = false;
  /// The cause, of a verdict that is not whole: one that was read from its line. Otherwise whyOf() says it.
  std::optional<cause::Why> why{};
};

}  // namespace alignd::policy
