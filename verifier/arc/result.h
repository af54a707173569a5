// What ARC found (RFC 8617).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/address.h"

namespace alignd::arc {

enum class Status { None, Pass, Fail };  // RFC 8617 section 10.1
std::string_view statusWord(Status status);

/// One ARC set, as far as it could be read.
struct Set {
  int instance = 0;
  std::string sealDomain;  // d= of the ARC-Seal, A-labels
  std::string sealSelector;
  std::string messageDomain;  // d= of the ARC-Message-Signature
  std::string messageSelector;
  std::string cv;
  std::string seal = "unchecked";     // "pass", "fail", "unchecked", "temperror" (which counts as fail)
  std::string message = "unchecked";  // likewise, of the ARC-Message-Signature
  std::string
      keyStale;  // not empty: one of its keys is beyond its TTL, because its servers said this (RFC 8767)
  std::string authResults;    // the AAR payload after i=
  bool fromSigned = false;    // From stands in h= of the ARC-Message-Signature
  bool unsignedBody = false;  // octets after its l=
};

struct Result {
  Status status = Status::None;
  std::string text;                 // reason of the first failure, with the instance
  bool transient = false;           // the failure was DNS trouble (a plain fail by RFC 8617 section 5.2.1)
  int oldestPass = -1;              // RFC 8617 section 5.2 step 5; -1 when not determined
  std::vector<Set> sets;            // 1..N
  std::optional<IpAddress> remote;  // who sent the message to the host that this was taken over from
  // Trusted sealers (DESIGN.md decision 10)
  int trustedInstance = 0;        // k whose AAR may be read; 0: none
  bool trustedPass = false;       // AAR k says DKIM or SPF passed in alignment with the author domain
  std::string trustedText;        // why, or why not
  bool trustedTransient = false;  // an override hung on an answer that did not come
};

}  // namespace alignd::arc
