// What DKIM found: one result a signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/answer.h"

namespace alignd::dkim {

/// The words of RFC 8601 section 2.7.1 (`none` is the absence of results).
enum class Status { Pass, Fail, Policy, Neutral, TempError, PermError };
/// "pass", "fail" ...
std::string_view statusWord(Status status);

/// What exactly happened. standards.md section 1.5 maps each to a Status.
enum class Reason {
  Verified,
  BodyHashMismatch,
  SignatureMismatch,
  // the field itself
  Syntax,  // tag list, base64, number or list that is not in the grammar
  DuplicateTag,
  UnknownVersion,
  MissingTag,
  UnknownAlgorithm,
  UnknownCanonicalization,
  UnknownQueryMethod,
  BadDomain,        // d= or s= that is no host name (decision 14), or d= of one label
  IdentityOutside,  // i= is not within d=
  FromNotSigned,
  TooManyFields,        // h= over the cap
  ExpiresBeforeSigned,  // x= not after t=
  // the key
  KeyNotFound,
  KeyDnsFailure,
  KeyRevoked,
  KeySyntax,
  KeyVersion,
  KeyWrongType,       // k= against a=
  KeyWrongHash,       // h= of the key against a=
  KeyWrongService,    // s= without email
  KeyStrictIdentity,  // t=s and i= is a subdomain
  KeyTooLarge,
  KeyBadExponent,
  // local policy
  WeakAlgorithm,  // rsa-sha1
  WeakKey,        // RSA under 1024 bits
  Expired,
  NotYetValid,
  TooOld,          // over the maximum age of the settings
  UnsignedBody,    // octets after l=
  UncoveredField,  // a once-only field stands more often than it was signed (when set to policy)
  KeyTesting,      // it verifies, but the key is in testing mode and that is set not to count
  WorkLimit,       // body digests, canonicalized bytes
  NotEvaluated,    // over the cap of signatures
  TakenOver,       // judged by another host of ours, not here
};
inline constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::TakenOver) + 1;
/// "body_hash_mismatch" ...: the machine-readable form in the verdict line.
std::string_view reasonWord(Reason reason);

/// A field that stands in the message and that h= does not cover.
struct UncoveredField {
  std::string name;
  bool further = false;  // h= covers one of this name, and another stands beside it
  friend bool operator==(const UncoveredField&, const UncoveredField&) = default;
};

struct SignatureResult {
  Status status = Status::Neutral;
  Reason reason = Reason::Syntax;
  std::string
      text;  // the reason as a sentence fragment: which tag, which rule, which hop. Foreign octets unescaped.

  std::size_t field = 0;         // index in the HeaderBlock
  std::string domain;            // d= as written; may be empty when it could not be read
  std::string domainAscii;       // d= in A-labels, lower case; empty when it is no host name
  std::string selector;          // s= as written
  std::string identity;          // i= decoded, or "@" + d= when absent
  std::string algorithm;         // a= as written
  std::string signature;         // b= without white space, as written
  std::string headerB;           // the first octets of it, unique in the message (RFC 6008 section 4)
  std::string canonicalization;  // c= as understood, "relaxed/simple"
  std::optional<std::uint64_t> bodyLength;  // l=
  std::optional<std::uint64_t> signedAt;    // t=, unix seconds
  std::optional<std::uint64_t> expiresAt;   // x=

  std::uint64_t unsignedBytes = 0;        // of the canonicalized body, after l=
  std::vector<UncoveredField> uncovered;  // once-only fields that stand more often than signed
  std::string tolerated;                  // what is in no grammar and was taken all the same (decision 7)
  std::vector<std::string> signedFields;  // h= in lower case
  bool recipientSigned = false;           // an envelope recipient stands in a signed To or Cc
  int keyBits = 0;
  bool keyTesting = false;        // t=y
  bool keyAuthenticated = false;  // DNSSEC
  bool keyStale = false;  // beyond its TTL, because its servers fail (RFC 8767); `text` says what they said
  std::vector<dns::Hop> chain;  // CNAMEs on the way to the key
  std::string diagnosis;        // why a failing signature failed, short and machine-readable; may be empty

  /// Counts for DMARC.
  bool passes() const { return status == Status::Pass; }
};

/// Sets what a signature comes to.
void conclude(SignatureResult& result, Status status, Reason reason, std::string text);

struct Result {
  std::vector<SignatureResult> signatures;  // evaluated and refused ones, in field order (top first)
  std::size_t fields = 0;                   // DKIM-Signature fields in the message
  std::size_t unparsed = 0;                 // of them over the parse cap
  std::size_t notEvaluated = 0;             // parsed, but over the cap of evaluations
};

}  // namespace alignd::dkim
