// What a decision needs beyond the Verdict: what its caller alone knows.
#pragma once

#include <string>

namespace alignd::policy {

struct Facts {
  std::string queueId;  // of the MTA, for replies; may be empty
  /// DNS has failed for hours on a question that this message hangs on (FailureMemory): deferring more would end in
  /// bounces.
  bool persistentFailure = false;
};

}  // namespace alignd::policy
