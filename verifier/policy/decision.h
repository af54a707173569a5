// What is to be done with a message, and why.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alignd::policy {

enum class Action { Accept, Mark, Hold, TempFail, Reject };  // from mild to severe
std::string_view actionWord(Action action);                  // "accept", "mark", "hold", "tempfail", "reject"

struct Outcome {
  Action action = Action::Accept;
  std::string cause;         // "dmarc", "spf", "author", "rule" ...: what led to it; empty for a plain accept
  std::string replyCode;     // "550"; empty when nothing is refused
  std::string enhancedCode;  // "5.7.1"
  std::string replyText;     // US-ASCII, within 5321 section 4.5.3.1.5; every foreign octet already made safe
};

struct Decision {
  Outcome taken;             // what the mode allows
  Outcome wouldBe;           // what mode = "enforce" does; equal to `taken` there
  std::string rule;          // name of the rule that applied; empty when none
  std::string overrideType;  // RFC 9990 reason type: "local_policy", "trusted_forwarder", "policy_test_mode"
                             // ...; or ""
  std::string overrideComment;
};

}  // namespace alignd::policy
