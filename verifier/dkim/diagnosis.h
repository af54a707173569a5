// Why did it fail? Tries what usually happens to mail on its way. Only for signatures that failed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "verifier/dkim/header_hash.h"
#include "verifier/dkim/public_key.h"
#include "verifier/dkim/signature.h"
#include "verifier/message/header_block.h"
#include "verifier/work.h"

namespace alignd::dkim {

// A diagnosis is a list of findings with "; " between, each a word or word=value:
//   header_verifies, header_fails_too     the body hash did not verify; what about the header?
//   key_matches                           b= was made with this key (RSA tells): the signed fields were changed
//   key_differs                           b= was made with another key, or is damaged
//   header_verifies_as=simple|relaxed     c= names the other one
//   verifies_without=subject              with one field of that name less, it verifies: it was added
//   subject_tag=[list]                    without this tag in front of the Subject, it verifies
//   repeated=subject,to                   in the header more often than h= mentions them
//   changed=subject  missing=to           against the copies in z=
//   body_verifies_as=simple|relaxed       c= names the other one
//   body_prefix=1200                      so many octets of the canonical body are as signed, the rest was added
//   body_verifies_with=crlf|lf            with all line ends in this form
//   body_was_empty                        bh= is that of an empty body
//   body_dot=stuffed|removed              a dot in front of lines that start with one was added or lost

/// The signature that failed, and what it may cost to find out why.
struct FailedSignature {
  const message::HeaderBlock& block;
  HeaderHasher& hasher;
  const Signature& signature;
  OwnField own;                // the signature's field
  WorkBudget* work = nullptr;  // bounds the crypto; what is done with octets is bounded by `hasher`
};

/// The header's side. `keys` are the usable keys, at least one. `bodyFailed` says that the body hash is what did not
/// verify. Bounded: a handful of digests, one RSA operation or four Ed25519 ones a key, one look at the fields that z=
/// names; some hundred octets of text.
std::string diagnoseHeader(const FailedSignature& failed, std::span<const KeyRecord* const> keys,
                           bool bodyFailed);

/// The body's side, for a signature whose body hash did not verify: `field` is its index in `header`, `body`
/// the whole body as it came. Reads the body about ten times: for alignd-check, not for a mail flow. Empty
/// when nothing fits (or the field is no signature).
std::string diagnoseBody(const message::HeaderBlock& header, std::size_t field, std::string_view body);

/// A diagnosis as sentences for people; findings that are not known are left as they are. Foreign octets
/// unescaped.
std::string diagnosisText(std::string_view diagnosis);

}  // namespace alignd::dkim
