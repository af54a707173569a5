// What the parts of a verdict say about its cause: shared by whyOf() and the texts.
#pragma once

#include <string_view>

#include "verifier/verdict.h"

namespace alignd::cause {

/// True when `domain` (A-labels) belongs to the organization of the author. Without an organizational domain (no
/// policy was found) the author domain, and what is above or below it.
bool ofAuthor(const Verdict& verdict, std::string_view domain);
/// Likewise of what signed as `signature` says. A d= that is no host name, but for a dot at its end, is still the
/// author's: who wrote it meant him.
bool ofAuthor(const Verdict& verdict, const dkim::SignatureResult& signature);

/// Whether a name of the author's organization that passed is kept apart by adkim=s or aspf=s alone. (Below a public
/// suffix, psd=y, it is another organization.)
bool strictlyApart(const Verdict& verdict, dmarc::Identifier::Kind kind);

/// The signature of the author's organization that says most about a failure; null when there is none.
const dkim::SignatureResult* ownSignature(const Verdict& verdict);

/// A signature that does not even tell whose it is stands in the message.
bool unreadableSignature(const Verdict& verdict);

/// SPF was checked for a name of the author's organization.
bool ownSpf(const Verdict& verdict);
/// Its record asks for more than RFC 7208 section 4.6.4 allows, wherever it breaks: the whole is too large.
bool overLimits(const spf::Result& spf);
/// Likewise, and it is names without an address of which there are too many.
bool overVoids(const spf::Result& spf);

/// Where a DMARC record was meant to be and cannot be used, alone or among several; null when nothing was.
const dmarc::WalkStep* brokenPolicy(const Verdict& verdict);

/// b= was made with another key than the one at its selector (verifier/dkim/diagnosis.h).
bool keyDiffers(const dkim::SignatureResult& signature);
/// There is no key because its aliases lead in a circle: that does not go away by waiting.
bool keyLoops(const dkim::SignatureResult& signature);

/// Signs that somebody handed the message on: an ARC set, or a path rewritten by SRS. Anybody can write them: good
/// for a guess, never for a decision.
bool handedOn(const Verdict& verdict);
/// Likewise signs of a mailing list: List-Id, or a Subject that verifies without its tag.
bool throughList(const Verdict& verdict);

/// The name a key is looked up at: "s1._domainkey.example.org".
std::string keyName(const dkim::SignatureResult& signature);

}  // namespace alignd::cause
