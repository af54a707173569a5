// Which rule of the table a message meets.
#pragma once

#include <string_view>
#include <vector>

#include "verifier/cause/why.h"
#include "verifier/policy/options.h"
#include "verifier/verdict.h"

namespace alignd::policy {

/// True when `domain` is `pattern`, or below it for `*.` patterns. Case does not matter.
bool matchesDomain(std::string_view pattern, std::string_view domain);
/// True when `recipient` (no angle brackets) is `pattern`: an address, or `@` and a domain.
bool matchesRecipient(std::string_view pattern, std::string_view recipient);

/// The rules that a message to this recipient meets, in order: all that match up to the first that names an authenticated
/// fact, which ends the search. Without a recipient (""), rules that name some never match. `why` is the message's cause.
std::vector<const Rule*> findRules(const Options& options, const Verdict& verdict, cause::Why why,
                                   std::string_view recipient);

/// True when the rule names a fact that the sender cannot simply write (DESIGN.md decision 15). Networks that hold a
/// sixteenth of all IPv4 addresses together, or a 4096th of IPv6, are none; nor is a pattern for all below a public
/// suffix, `*.com` or `*.co.uk`: everybody can be there.
bool namesAuthenticatedFact(const Rule& rule);

}  // namespace alignd::policy
