// Who is checked: the domain and local part of MAIL FROM and HELO (RFC 7208 sections 2.3, 2.4 and 4.3).
#pragma once

#include <string>
#include <string_view>

#include "verifier/spf/result.h"

namespace alignd::spf {

/// <sender> of section 4.1, taken apart.
struct Sender {
  std::string localPart;   // as given; "postmaster" when there is none
  std::string domain;      // A-labels, without the final dot, in the case given; empty when `problem` is set
  std::string problem;     // why no domain can be checked, as a sentence fragment; foreign octets unescaped
  bool nullPath = false;   // MAIL FROM was <>
  bool asciiLocal = true;  // otherwise terms with %{s} or %{l} match nothing (RFC 8616 section 4)
};

/// The identity from the envelope. `mailFrom` is the reverse-path with or without angle brackets; a source
/// route (RFC 5321 appendix C) is skipped; the null path gives postmaster@HELO. The domain is what follows
/// the last "@" that is not quoted; an address that another reader could take apart in another way has none.
/// U-labels are taken in the MAIL FROM of an SMTPUTF8 message only; EHLO names are A-labels (RFC 8616 section
/// 4).
Sender senderOf(Identity identity, std::string_view mailFrom, std::string_view helo, bool smtputf8);

}  // namespace alignd::spf
