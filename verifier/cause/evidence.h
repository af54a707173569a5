// What the parts of a verdict say about its cause: shared by whyOf() and the texts.
#pragma once

#include <string_view>

#include "verifier/verdict.h"

namespace alignd::cause {

/// True when `domain` (A-labels) belongs to the organization of the author. Without an organizational domain (no
/// policy was found) the author domain, and what is above or below it.
bool ofAuthor(const Verdict& verdict, std::string_view domain);

/// Whether a name of the author's organization that passed is kept apart by adkim=s or aspf=s alone. (Below a public
/// suffix, psd=y, it is another organization.)
bool strictlyApart(const Verdict& verdict, dmarc::Identifier::Kind kind);

/// The signature of the author's organization that says most about a failure; null when there is none.
const dkim::SignatureResult* ownSignature(const Verdict& verdict);

/// SPF was checked for a name of the author's organization.
bool ownSpf(const Verdict& verdict);

/// b= was made with another key than the one at its selector (verifier/dkim/diagnosis.h).
bool keyDiffers(const dkim::SignatureResult& signature);
/// The key could not be had because its aliases lead in a circle: that does not go away by waiting.
bool keyLoops(const dkim::SignatureResult& signature);

/// Signs that somebody handed the message on: an ARC set, or a path rewritten by SRS. Anybody can write them: good
/// for a guess, never for a decision.
bool handedOn(const Verdict& verdict);
/// Likewise signs of a mailing list: List-Id, or a Subject that verifies without its tag.
bool throughList(const Verdict& verdict);

/// The name a key is looked up at: "s1._domainkey.example.org".
std::string keyName(const dkim::SignatureResult& signature);

}  // namespace alignd::cause
