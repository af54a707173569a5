#include "verifier/policy/decision.h"

namespace alignd::policy {

std::string_view actionWord(Action action) {
  switch (action) {
    case Action::Accept: return "accept";
    case Action::Mark: return "mark";
    case Action::Hold: return "hold";
    case Action::TempFail: return "tempfail";
    case Action::Reject: return "reject";
  }
  return "unknown";
}

}  // namespace alignd::policy
