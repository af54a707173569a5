// One cause a message: why it passed or did not, in one word of a closed list. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "verifier/verdict.h"

namespace alignd::cause {

/// alignd-verdicts(5) says of each what it means, who can mend it and how. Words once published stay.
enum class Why {
  Aligned,          // dmarc=pass
  Exempt,           // not evaluated
  NoPolicy,         // no DMARC record
  PolicyBroken,     // a record is there and cannot be used
  AmbiguousAuthor,  // nobody can say whose message it is
  DnsTrouble,       // an answer that could change the result did not come
  Modified,         // a signature of the author's was made of something else: the message was changed
  KeyMissing,   // no key where a signature of the author's says: no record, or an alias that leads nowhere
  KeyMismatch,  // the key there is not the one that signed
  KeyUnusable,  // the key there cannot be used: revoked, cut, too weak, of another type
  SignatureExpired,  // signed too long ago, or in the future
  SignatureUnusable,  // a signature, of the author's or of who can say whom, cannot be evaluated or is not accepted
  StrictAlignment,  // another name of the author's organization authenticates, and strict alignment forbids it
  SpfBroken,        // the SPF record of the author's cannot be evaluated
  UnalignedSigner,  // somebody else authenticates: an ESP that signs or sends as itself, or an impostor
  Forwarded,        // SPF is lost on the way, and there is no signature of the author's
  Forged,           // nothing authenticates, and the client is not authorised
  Unsigned,         // nothing authenticates, and SPF does not say that it should
};
inline constexpr std::size_t kWhys = 18;

/// "aligned", "key_missing" ...: for the verdict line, metrics, replies.
std::string_view word(Why why);
/// The cause of that word; nothing when there is none.
std::optional<Why> fromWord(std::string_view word);

/// The cause. Of a message that fails DMARC the one nearest to the author counts: a signature of the author's that
/// breaks says more than SPF, and SPF of the author's more than what others signed.
Why whyOf(const Verdict& verdict);

}  // namespace alignd::cause
