#include "verifier/dmarc/result.h"

namespace alignd::dmarc {

std::string_view statusWord(Status status) {
  switch (status) {
    case Status::None: return "none";
    case Status::Pass: return "pass";
    case Status::Fail: return "fail";
    case Status::TempError: return "temperror";
    case Status::PermError: return "permerror";
  }
  return "unknown";
}

std::string_view policyWord(Policy policy) {
  switch (policy) {
    case Policy::None: return "none";
    case Policy::Quarantine: return "quarantine";
    case Policy::Reject: return "reject";
  }
  return "unknown";
}

}  // namespace alignd::dmarc
