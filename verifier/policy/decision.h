// What is to be done with a message, and why.
#pragma once

#include <optional>
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

/// What enforce does when [policy] quarantine, reject and ambiguous_author all say the same.
struct Alternatives {
  Action mark = Action::Mark;
  Action hold = Action::Hold;
  Action reject = Action::Reject;
};

struct Decision {
  Outcome taken;                             // what the mode allows
  Outcome wouldBe;                           // what mode = "enforce" does; equal to `taken` there
  std::optional<Alternatives> alternatives;  // of a message that fails, or has no single author
  std::string rule;                          // name of the rule that applied; empty when none
  std::string overrideType;  // RFC 9990 reason type: "local_policy", "trusted_forwarder", "policy_test_mode"
                             // ...; or ""
  std::string overrideComment;
};

}  // namespace alignd::policy
