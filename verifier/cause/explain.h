// The cause in words: what did not pass or did not align, by domain, and who can mend it.
#pragma once

#include <string>

#include "verifier/cause/why.h"

namespace alignd::cause {

/// No text is longer (octets).
inline constexpr std::size_t kMaxText = 400;

// Sentence fragments. They name domains, addresses and record names, never a local part. Octets from outside are
// those of domains and selectors, unescaped.

/// "SPF does not authorise 203.0.113.66 for bank.example". Empty when SPF was not checked.
std::string spfText(const Verdict& verdict);
/// "signature of esp.example passes but is not aligned", of at most three signatures, the author's own first.
std::string dkimText(const Verdict& verdict);
/// The reason of the DMARC result: of a failure both texts, of everything else what the check says, and of a temporary
/// one which server said what.
std::string explain(const Verdict& verdict);
/// Who can mend it, and how: "bank.example: publish the key at s1._domainkey.bank.example ...". Empty for a message
/// that passes or was not evaluated.
std::string remedy(const Verdict& verdict);
/// All of it in a line: "key_missing: signature of ... has no key at ...; to mend: bank.example: publish ...". Of at
/// most 2 * kMaxText and some octets.
std::string summary(const Verdict& verdict);
/// The name whose record would mend it: of the key (the last alias, where one leads nowhere), of the SPF or of the
/// DMARC record. Empty where no record would.
std::string recordToMend(const Verdict& verdict);

}  // namespace alignd::cause
