#include "verifier/cause/why.h"

#include <algorithm>

#include "verifier/cause/evidence.h"

namespace alignd::cause {

namespace {

using dkim::Reason;

Why bySignature(const dkim::SignatureResult& signature) {
  if (signature.passes()) return Why::StrictAlignment;
  switch (signature.reason) {
    case Reason::BodyHashMismatch:
    case Reason::SignatureMismatch: return keyDiffers(signature) ? Why::KeyMismatch : Why::Modified;
    case Reason::Expired:
    case Reason::NotYetValid:
    case Reason::TooOld:
    case Reason::ExpiresBeforeSigned: return Why::SignatureExpired;
    case Reason::KeyNotFound:
    case Reason::KeyDnsFailure: return Why::KeyMissing;
    case Reason::KeyRevoked:
    case Reason::KeySyntax:
    case Reason::KeyVersion:
    case Reason::KeyWrongType:
    case Reason::KeyWrongHash:
    case Reason::KeyWrongService:
    case Reason::KeyStrictIdentity:
    case Reason::KeyTooLarge:
    case Reason::KeyBadExponent:
    case Reason::WeakKey:
    case Reason::KeyTesting: return Why::KeyUnusable;
    case Reason::TakenOver:
      return signature.status == dkim::Status::Fail ? Why::Modified : Why::SignatureUnusable;
    default: return Why::SignatureUnusable;
  }
}

bool somebodyAuthenticates(const Verdict& verdict) {
  return (verdict.spf && verdict.spf->status == spf::Status::Pass) ||
         std::any_of(verdict.dkim.signatures.begin(), verdict.dkim.signatures.end(),
                     [](const auto& signature) { return signature.passes(); });
}

bool clientRefused(const Verdict& verdict) {
  return verdict.spf &&
         (verdict.spf->status == spf::Status::Fail || verdict.spf->status == spf::Status::SoftFail);
}

// dmarc=fail: nothing of the author's organization is in order.
Why byFailure(const Verdict& verdict) {
  const bool own = ownSpf(verdict);
  if (own && verdict.spf->status == spf::Status::Pass &&
      strictlyApart(verdict, dmarc::Identifier::Kind::Spf)) {
    return Why::StrictAlignment;
  }
  if (const auto* signature = ownSignature(verdict)) return bySignature(*signature);
  if (own && verdict.spf->status == spf::Status::PermError) return Why::SpfBroken;
  if (unreadableSignature(verdict) && !somebodyAuthenticates(verdict)) return Why::SignatureUnusable;
  if (handedOn(verdict) || (throughList(verdict) && clientRefused(verdict))) return Why::Forwarded;
  if (somebodyAuthenticates(verdict)) return Why::UnalignedSigner;
  return clientRefused(verdict) ? Why::Forged : Why::Unsigned;
}

// Waiting mends it, unless all that is missing is a key whose aliases lead in a circle.
Why byTempError(const Verdict& verdict) {
  if (verdict.dmarc.discoveryFailed || (verdict.spf && verdict.spf->status == spf::Status::TempError)) {
    return Why::DnsTrouble;
  }
  bool loops = false;
  for (const auto& signature : verdict.dkim.signatures) {
    if (signature.status != dkim::Status::TempError || !ofAuthor(verdict, signature)) continue;
    if (!keyLoops(signature)) return Why::DnsTrouble;
    loops = true;
  }
  return loops ? Why::KeyMissing : Why::DnsTrouble;
}

}  // namespace

std::string_view word(Why why) {
  switch (why) {
    case Why::Aligned: return "aligned";
    case Why::Exempt: return "exempt";
    case Why::NoPolicy: return "no_policy";
    case Why::PolicyBroken: return "policy_broken";
    case Why::AmbiguousAuthor: return "ambiguous_author";
    case Why::DnsTrouble: return "dns_trouble";
    case Why::Modified: return "modified";
    case Why::KeyMissing: return "key_missing";
    case Why::KeyMismatch: return "key_mismatch";
    case Why::KeyUnusable: return "key_unusable";
    case Why::SignatureExpired: return "signature_expired";
    case Why::SignatureUnusable: return "signature_unusable";
    case Why::StrictAlignment: return "strict_alignment";
    case Why::SpfBroken: return "spf_broken";
    case Why::UnalignedSigner: return "unaligned_signer";
    case Why::Forwarded: return "forwarded";
    case Why::Forged: return "forged";
    case Why::Unsigned: return "unsigned";
  }
  return "unknown";
}

std::optional<Why> fromWord(std::string_view text) {
  for (std::size_t i = 0; i < kWhys; ++i) {
    if (const auto why = static_cast<Why>(i); word(why) == text) return why;
  }
  return std::nullopt;
}

Why whyOf(const Verdict& verdict) {
  if (verdict.exemption != Exemption::None) return Why::Exempt;
  if (verdict.author.ambiguous()) return Why::AmbiguousAuthor;
  switch (verdict.dmarc.status) {
    case dmarc::Status::Pass: return Why::Aligned;
    case dmarc::Status::Fail: return byFailure(verdict);
    case dmarc::Status::TempError: return byTempError(verdict);
    case dmarc::Status::PermError: return verdict.dmarc.spfUntold ? Why::Forwarded : Why::PolicyBroken;
    case dmarc::Status::None: return brokenPolicy(verdict) != nullptr ? Why::PolicyBroken : Why::NoPolicy;
  }
  return Why::Unsigned;
}

}  // namespace alignd::cause
