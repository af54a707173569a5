#include "verifier/cause/explain.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "dns/data/ascii.h"
#include "verifier/cause/evidence.h"
#include "verifier/excerpt.h"

namespace alignd::cause {

namespace {

using ascii::cat;
using dkim::Reason;

constexpr std::size_t kMaxName = 100;      // of a domain: the rest is in the log
constexpr std::size_t kMaxSaid = 250;      // of what servers said
constexpr std::size_t kMaxSignatures = 3;  // told one by one

std::string shortened(std::string_view name) {
  return excerpt(name, kMaxName);
}

std::string bounded(const std::string& text) {
  return excerpt(text, kMaxText);
}

std::string nameOf(const dkim::SignatureResult& signature) {
  return shortened(signature.domainAscii.empty() ? signature.domain : signature.domainAscii);
}

bool alignedIdentifier(const Verdict& verdict, dmarc::Identifier::Kind kind, std::string_view domain) {
  const auto& all = verdict.dmarc.identifiers;
  return std::any_of(all.begin(), all.end(), [&](const dmarc::Identifier& one) {
    return one.kind == kind && one.aligned && one.domain == domain;
  });
}

// Of a name that passed.
std::string_view alignment(const Verdict& verdict, dmarc::Identifier::Kind kind, std::string_view domain) {
  if (verdict.dmarc.status == dmarc::Status::Pass && alignedIdentifier(verdict, kind, domain)) return "";
  if (verdict.dmarc.status != dmarc::Status::Fail) return "";
  const bool strict = ofAuthor(verdict, domain) && strictlyApart(verdict, kind);
  return strict ? " but is not aligned (strict)" : " but is not aligned";
}

// The alias that leads nowhere is what has to be mended.
std::string keyMissing(const dkim::SignatureResult& signature) {
  std::string out = cat({" has no key at ", shortened(keyName(signature))});
  if (signature.chain.empty()) return out;
  const std::string target = shortened(signature.chain.back().target.text());
  if (!keyLoops(signature)) return cat({out, ", an alias of ", target, ", where none is"});
  return cat({out, ", whose aliases lead in a circle: ", shortened(signature.chain.back().owner.text()),
              " points back to ", target});
}

// "DNS did not give the key s1._domainkey.bank.example: timeout (no answer from 192.0.2.53:53 ...)". Names of keys and
// servers, no identity.
std::string keyUntold(const dkim::SignatureResult& signature) {
  std::string_view said = signature.text;
  constexpr std::string_view kPrefix = "key lookup failed: ";
  if (said.starts_with(kPrefix)) said.remove_prefix(kPrefix.size());
  if (said.empty()) said = signature.selector;
  return cat({": DNS did not give its key, ", excerpt(said, kMaxSaid)});
}

std::string changed(const dkim::SignatureResult& signature) {
  if (keyDiffers(signature)) {
    return cat({" was not made with the key at ", shortened(keyName(signature))});
  }
  return signature.reason == Reason::BodyHashMismatch ? " fails, the body was changed"
                                                      : " fails, a signed field was changed";
}

// What is wrong with the field: the tag and what stands in it, of tags that hold no identity; else the reason's word.
std::string fieldFault(const dkim::SignatureResult& signature) {
  switch (signature.reason) {
    case Reason::UnknownVersion:
    case Reason::MissingTag:
    case Reason::UnknownAlgorithm:
    case Reason::UnknownCanonicalization:
    case Reason::UnknownQueryMethod:
    case Reason::ExpiresBeforeSigned:
      if (!signature.text.empty()) return excerpt(signature.text, kMaxSaid);
      break;
    default: break;
  }
  return std::string(dkim::reasonWord(signature.reason));
}

// Why a signature does not pass. The result's own text may quote an identity: these never do. No parentheses: in
// Authentication-Results they are left out.
std::string failure(const dkim::SignatureResult& signature) {
  switch (signature.reason) {
    case Reason::BodyHashMismatch:
    case Reason::SignatureMismatch: return changed(signature);
    case Reason::KeyNotFound: return keyMissing(signature);
    case Reason::KeyDnsFailure: return keyLoops(signature) ? keyMissing(signature) : keyUntold(signature);
    case Reason::KeyRevoked: return cat({": its key ", shortened(keyName(signature)), " is revoked"});
    case Reason::KeySyntax: return cat({": its key ", shortened(keyName(signature)), " is damaged or cut"});
    case Reason::WeakKey: return cat({": its key ", shortened(keyName(signature)), " is too short"});
    case Reason::KeyTesting: return cat({": its key ", shortened(keyName(signature)), " is in testing mode"});
    case Reason::KeyVersion:
    case Reason::KeyWrongType:
    case Reason::KeyWrongHash:
    case Reason::KeyWrongService:
    case Reason::KeyStrictIdentity:
    case Reason::KeyTooLarge:
    case Reason::KeyBadExponent:
      return cat({": its key ", shortened(keyName(signature)),
                  " does not allow it: ", dkim::reasonWord(signature.reason)});
    case Reason::Expired: return " has expired";
    case Reason::NotYetValid: return " is dated in the future";
    case Reason::TooOld: return " is too old";
    case Reason::WeakAlgorithm: return " uses rsa-sha1, which does not count any more";
    case Reason::UnsignedBody: return " leaves a part of the body unsigned";
    case Reason::UncoveredField: return " does not cover a field that stands more than once";
    case Reason::FromNotSigned: return " does not sign From";
    case Reason::WorkLimit:
    case Reason::NotEvaluated: return " was not evaluated, there are too many";
    case Reason::TakenOver: return cat({": ", dkim::statusWord(signature.status), " at the border host"});
    default: return cat({" is not valid: ", fieldFault(signature)});
  }
}

std::string signatureText(const Verdict& verdict, const dkim::SignatureResult& signature) {
  using Kind = dmarc::Identifier::Kind;
  const std::string name = nameOf(signature);
  std::string out = name.empty() ? std::string("a signature that names no domain") : "signature of " + name;
  if (signature.passes()) {
    return cat({out, " passes", alignment(verdict, Kind::Dkim, signature.domainAscii)});
  }
  return out + failure(signature);
}

// The author's own first; among equals as they stand in the header.
std::vector<const dkim::SignatureResult*> inOrder(const Verdict& verdict) {
  std::vector<const dkim::SignatureResult*> out;
  for (const bool own : {true, false}) {
    for (const auto& signature : verdict.dkim.signatures) {
      if (ofAuthor(verdict, signature) == own) out.push_back(&signature);
    }
  }
  return out;
}

// What SPF says of itself, where no macro can have put a local part into the names it asked for.
std::string spfSays(const spf::Result& spf) {
  const bool plain = spf.path.size() < 2 && spf.mechanism.find('%') == std::string::npos;
  return plain ? excerpt(spf.text, kMaxSaid) : std::string();
}

std::string spfUntold(const spf::Result& spf) {
  const std::string says = spfSays(spf);
  return cat({"SPF of ", shortened(spf.domain), " could not be looked up", says.empty() ? "" : ", ", says});
}

std::string spfBroken(const spf::Result& spf) {
  std::string says = spfSays(spf);
  if (says.empty() && !spf.mechanism.empty()) says = cat({"it breaks at ", shortened(spf.mechanism)});
  return cat({"SPF of ", shortened(spf.domain), " cannot be evaluated", says.empty() ? "" : ", ", says});
}

// What could have aligned, and why it is not known.
std::string untold(const Verdict& verdict) {
  std::string out;
  if (verdict.spf && verdict.spf->status == spf::Status::TempError) out = spfUntold(*verdict.spf);
  for (const auto* signature : inOrder(verdict)) {
    if (signature->status != dkim::Status::TempError || !ofAuthor(verdict, *signature)) continue;
    return cat({out, out.empty() ? "" : "; ", signatureText(verdict, *signature)});
  }
  return out;
}

std::string refused(const spf::Result& spf) {
  const std::string client = spf.client ? spf.client->text() : "the client";
  return cat({"SPF does not authorise ", client, " for ", shortened(spf.domain),
              spf.status == spf::Status::SoftFail ? " (softfail)" : ""});
}

}  // namespace

std::string spfText(const Verdict& verdict) {
  if (!verdict.spf) return {};
  const spf::Result& spf = *verdict.spf;
  const std::string domain = shortened(spf.domain);
  switch (spf.status) {
    case spf::Status::Pass:
      return cat({"SPF passes for ", domain, alignment(verdict, dmarc::Identifier::Kind::Spf, spf.domain)});
    case spf::Status::Fail:
    case spf::Status::SoftFail: return refused(spf);
    case spf::Status::Neutral:
      return cat({"SPF of ", domain, " does not say whether ", spf.client ? spf.client->text() : "the client",
                  " may send"});
    case spf::Status::None:
      return domain.empty() ? "SPF has no domain to check" : cat({"no SPF for ", domain});
    case spf::Status::TempError: return bounded(spfUntold(spf));
    case spf::Status::PermError: return bounded(spfBroken(spf));
  }
  return {};
}

std::string dkimText(const Verdict& verdict) {
  const auto signatures = inOrder(verdict);
  if (signatures.empty()) return "no signature";
  std::string out;
  std::size_t told = 0;
  std::string last;
  for (const auto* signature : signatures) {
    std::string text = signatureText(verdict, *signature);
    if (text == last) continue;  // an RSA and an Ed25519 signature of one signer
    if (told == kMaxSignatures || out.size() + text.size() > kMaxText) break;
    out += cat({told > 0 ? "; " : "", text});
    last = std::move(text);
    ++told;
  }
  return bounded(out);
}

std::string explain(const Verdict& verdict) {
  if (verdict.author.ambiguous()) return message::problemReason(verdict.author);
  if (verdict.takenOver.methods.dmarc) return verdict.dmarc.text;
  if (verdict.dmarc.status == dmarc::Status::TempError && !verdict.dmarc.discoveryFailed) {
    if (std::string text = untold(verdict); !text.empty()) return bounded(text);
  }
  if (verdict.dmarc.status != dmarc::Status::Fail) return verdict.dmarc.text;
  const std::string spf = spfText(verdict);
  return bounded(cat({spf, spf.empty() ? "" : "; ", dkimText(verdict)}));
}

std::string summary(const Verdict& verdict) {
  std::string out = cat({word(whyOf(verdict)), ": ", explain(verdict)});
  if (const std::string text = remedy(verdict); !text.empty()) out += cat({"; to mend: ", text});
  return out;
}

}  // namespace alignd::cause
