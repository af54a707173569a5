#include "verifier/arc/result.h"

namespace alignd::arc {

std::string_view statusWord(Status status) {
  switch (status) {
    case Status::None: return "none";
    case Status::Pass: return "pass";
    case Status::Fail: return "fail";
  }
  return "unknown";
}

}  // namespace alignd::arc
