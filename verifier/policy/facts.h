// What a decision needs beyond the Verdict: what its caller alone knows.
#pragma once

#include <string>

namespace alignd::policy {

struct Facts {
  std::string queueId;  // of the MTA, for replies; may be empty
  /// The check of this author domain has met temporary errors for hours (FailureMemory): deferring more mail
  /// of it would end in bounces.
  bool persistentFailure = false;
};

}  // namespace alignd::policy
