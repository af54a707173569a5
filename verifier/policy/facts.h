// What a decision needs beyond the Verdict.
#pragma once

#include <string>

#include "verifier/message/header_block.h"
#include "verifier/verdict.h"

namespace alignd::policy {

struct Facts {
  std::string listId;  // RFC 2919 section 2: the identifier between angle brackets, lower case; "" without
                       // exactly one
  /// The check of this author domain has met temporary errors for hours (FailureMemory): deferring more mail
  /// of it would end in bounces.
  bool persistentFailure = false;
};

Facts factsOf(const message::HeaderBlock& header, const Verdict& verdict);

}  // namespace alignd::policy
