// Which rule of the table a message meets.
#pragma once

#include <string_view>

#include "verifier/policy/options.h"
#include "verifier/verdict.h"

namespace alignd::policy {

/// True when `domain` is `pattern`, or below it for `*.` patterns. Case does not matter.
bool matchesDomain(std::string_view pattern, std::string_view domain);
/// True when `recipient` (no angle brackets) is `pattern`: an address, or `@` and a domain.
bool matchesRecipient(std::string_view pattern, std::string_view recipient);

/// The first rule that matches for this recipient; null when none does. Without a recipient (""), rules that
/// name some never match.
const Rule* findRule(const Options& options, const Verdict& verdict, std::string_view recipient);

/// True when the rule names a fact that the sender cannot simply write (DESIGN.md decision 15). A network of
/// prefix 0 is none.
bool namesAuthenticatedFact(const Rule& rule);

}  // namespace alignd::policy
