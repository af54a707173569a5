// The DMARC check of one message: RFC 9989 section 5.3.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dns/table/lookups.h"
#include "verifier/dmarc/options.h"
#include "verifier/dmarc/result.h"
#include "verifier/message/author.h"

namespace alignd::dmarc {

enum class IdentifierState {
  Pass,       // authenticated
  Fail,       // not, or there is nothing to authenticate
  TempError,  // could not be told: counts as a check that was prevented (section 5.3.6) when it could have
              // aligned
  PermError,  // not, and never will be
  Possible,   // not known yet (prepared() alone)
};

/// What SPF or one signature has to say.
struct IdentifierInput {
  Identifier::Kind kind = Identifier::Kind::Dkim;
  std::string domain;    // A-labels, lower case; empty when there is none
  std::string selector;  // of a signature
  IdentifierState state = IdentifierState::Fail;
};

/// Asks ahead, all at once, for the names of the walk that begins at `authorDomain` (A-labels).
void askAhead(const std::string& authorDomain, dns::Lookups& lookups);

/// The result, or nothing while it is blocked on answers that could still change it; `lookups` knows which.
/// Never blocked on others: a result that no missing answer can change is given at once; the order in which
/// answers come changes nothing. Unless it is pass, the result is also whose the names are that did not help: it waits for the
/// author's organization where one of them may belong to it. Failed answers make
/// temperror only when some answer in their place would have changed the result (DESIGN.md decision 2); "the
/// result" is the word and, unless it is pass, the policy. An answer in place of a failed one is taken to be
/// usable, and above a record that is known to be relaxed: what a top-level domain might publish does not void an
/// aligned pass below it. After Lookups::close() there is always a result.
std::optional<Result> evaluate(const message::Author& author, const std::vector<IdentifierInput>& identifiers,
                               const Options& options, dns::Lookups& lookups);

/// Before the crypto: true when evaluate() will complete however the Possible identifiers end. Says what is
/// needed like evaluate().
bool prepared(const message::Author& author, const std::vector<IdentifierInput>& identifiers,
              const Options& options, dns::Lookups& lookups);

}  // namespace alignd::dmarc
