#include "verifier/dkim/result.h"

#include <utility>

namespace alignd::dkim {

std::string_view statusWord(Status status) {
  switch (status) {
    case Status::Pass: return "pass";
    case Status::Fail: return "fail";
    case Status::Policy: return "policy";
    case Status::Neutral: return "neutral";
    case Status::TempError: return "temperror";
    case Status::PermError: return "permerror";
  }
  return "unknown";
}

std::string_view reasonWord(Reason reason) {
  switch (reason) {
    case Reason::Verified: return "verified";
    case Reason::BodyHashMismatch: return "body_hash_mismatch";
    case Reason::SignatureMismatch: return "signature_mismatch";
    case Reason::Syntax: return "syntax";
    case Reason::DuplicateTag: return "duplicate_tag";
    case Reason::UnknownVersion: return "unknown_version";
    case Reason::MissingTag: return "missing_tag";
    case Reason::UnknownAlgorithm: return "unknown_algorithm";
    case Reason::UnknownCanonicalization: return "unknown_canonicalization";
    case Reason::UnknownQueryMethod: return "unknown_query_method";
    case Reason::BadDomain: return "bad_domain";
    case Reason::IdentityOutside: return "identity_outside";
    case Reason::FromNotSigned: return "from_not_signed";
    case Reason::TooManyFields: return "too_many_fields";
    case Reason::ExpiresBeforeSigned: return "expires_before_signed";
    case Reason::KeyNotFound: return "key_not_found";
    case Reason::KeyDnsFailure: return "key_dns_failure";
    case Reason::KeyRevoked: return "key_revoked";
    case Reason::KeySyntax: return "key_syntax";
    case Reason::KeyVersion: return "key_version";
    case Reason::KeyWrongType: return "key_wrong_type";
    case Reason::KeyWrongHash: return "key_wrong_hash";
    case Reason::KeyWrongService: return "key_wrong_service";
    case Reason::KeyStrictIdentity: return "key_strict_identity";
    case Reason::KeyTooLarge: return "key_too_large";
    case Reason::KeyBadExponent: return "key_bad_exponent";
    case Reason::WeakAlgorithm: return "weak_algorithm";
    case Reason::WeakKey: return "weak_key";
    case Reason::Expired: return "expired";
    case Reason::NotYetValid: return "not_yet_valid";
    case Reason::TooOld: return "too_old";
    case Reason::UnsignedBody: return "unsigned_body";
    case Reason::UncoveredField: return "uncovered_field";
    case Reason::KeyTesting: return "key_testing";
    case Reason::WorkLimit: return "work_limit";
    case Reason::NotEvaluated: return "not_evaluated";
    case Reason::TakenOver: return "taken_over";
  }
  return "unknown";
}

void conclude(SignatureResult& result, Status status, Reason reason, std::string text) {
  result.status = status;
  result.reason = reason;
  result.text = std::move(text);
}

}  // namespace alignd::dkim
