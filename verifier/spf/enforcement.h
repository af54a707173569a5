// What SPF alone would have done with a message. Carried out at end of message, and never when dmarc=pass:
// the caller sees to both.
#pragma once

#include <optional>
#include <string>

#include "verifier/spf/options.h"
#include "verifier/spf/result.h"

namespace alignd::spf {

/// An SMTP reply that refuses a message.
struct Refusal {
  bool permanent = false;    // 550; otherwise 451
  std::string replyCode;     // "550", "451"
  std::string enhancedCode;  // RFC 7372: "5.7.23" for a fail, "4.7.24" for a temperror
  std::string text;          // one line, printable US-ASCII; says so where it quotes the domain's explanation
};

/// Nothing unless the options ask for it: reject a fail, defer a temperror. `helo` counts with
/// HeloCheck::Decide, for its fail alone (RFC 7208 section 2.4: a definite result decides); null when it was
/// not checked. softfail, neutral and none are never refused (sections 8.2 and 8.5), permerror neither: it is
/// the domain's mistake, not the client's.
std::optional<Refusal> refusal(const Result& mailFrom, const Result* helo, const Options& options);

}  // namespace alignd::spf
