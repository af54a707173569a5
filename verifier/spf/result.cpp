#include "verifier/spf/result.h"

namespace alignd::spf {

std::string_view statusWord(Status status) {
  switch (status) {
    case Status::None: return "none";
    case Status::Neutral: return "neutral";
    case Status::Pass: return "pass";
    case Status::Fail: return "fail";
    case Status::SoftFail: return "softfail";
    case Status::TempError: return "temperror";
    case Status::PermError: return "permerror";
  }
  return "unknown";
}

}  // namespace alignd::spf
