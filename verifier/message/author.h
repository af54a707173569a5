// The author domain: who the message says wrote it (RFC 9989 section 3.2.2, RFC 5322 section 3.6.2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/message/header_block.h"

namespace alignd::message {

/// Why no author domain can be named. Ambiguity is an answer of its own, never a guess (DESIGN.md decision
/// 3).
enum class AuthorProblem {
  None,            // one author domain
  NoFrom,          // no From field at all
  SeveralFrom,     // more than one field that some reader takes for From
  SeveralDomains,  // addresses of more than one domain
  NoAddress,       // no address at all: empty, a name, `MAILER-DAEMON <>`
  NoDomain,        // an address without a domain, or a domain literal
  BadDomain,       // a domain that is no host name or does not survive IDNA
  Unparsable,      // a field that some readers take for From and others do not
  HiddenAddress,   // a second address, or junk, that another reader could take for the author
  TooLong,         // over the limits (addresses, depth, bytes)
  HeaderTooLong,   // the header goes on beyond what was kept of it: another From may stand there
};
/// "no From field", "several From fields" ...: for reasons and logs.
std::string_view problemText(AuthorProblem problem);
/// "no_from", "several_from" ...: for keys in logs and rules.
std::string_view problemWord(AuthorProblem problem);

struct Author {
  AuthorProblem problem = AuthorProblem::NoFrom;
  std::string domain;                // A-labels, lower case; empty unless problem is None
  std::string asWritten;             // the domain as it stood in From (may hold U-labels)
  std::size_t offset = 0;            // where in the From value the problem stands
  std::string found;                 // what stands there, as it came; at most 64 octets
  std::vector<std::string> domains;  // all that were found, A-labels, distinct, in order; at most 200
  bool ambiguous() const { return problem != AuthorProblem::None; }
};

/// The problem with what stands there: "several author domains: 'b@two.example' at octet 15 of From". Printable ASCII,
/// at most 350 octets.
std::string problemReason(const Author& author);

/// Who wrote the message. Looks at every field that some reader could take for From, also at what stands behind a line end
/// in the middle of another field (`Subject: hi` CR `From: x@example.org`): octets that cannot be
/// seen (blanks, controls, NUL, anything outside ASCII) around or in the name do not make it another field.
/// One domain, in A-labels, or the problem; never a guess. Sender, Resent-From and the like play no part.
Author findAuthor(const HeaderBlock& header);

}  // namespace alignd::message
