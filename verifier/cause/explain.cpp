#include "verifier/cause/explain.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "dns/data/ascii.h"
#include "verifier/cause/evidence.h"

namespace alignd::cause {

namespace {

using ascii::cat;
using dkim::Reason;

constexpr std::size_t kMaxName = 100;      // of a domain: the rest is in the log
constexpr std::size_t kMaxSignatures = 3;  // told one by one

std::string shortened(std::string_view name) {
  return name.size() <= kMaxName ? std::string(name) : cat({name.substr(0, kMaxName), "..."});
}

std::string bounded(std::string text) {
  if (text.size() > kMaxText) {
    text.resize(kMaxText - 3);
    text += "...";
  }
  return text;
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
  return cat(
      {out, ", an alias of ", target, keyLoops(signature) ? ", which leads in a circle" : ", where none is"});
}

std::string changed(const dkim::SignatureResult& signature) {
  if (keyDiffers(signature)) {
    return cat({" was not made with the key at ", shortened(keyName(signature))});
  }
  return signature.reason == Reason::BodyHashMismatch ? " fails, the body was changed"
                                                      : " fails, a signed field was changed";
}

// Why a signature does not pass. The result's own text may quote an identity: these never do.
std::string failure(const dkim::SignatureResult& signature) {
  switch (signature.reason) {
    case Reason::BodyHashMismatch:
    case Reason::SignatureMismatch: return changed(signature);
    case Reason::KeyNotFound: return keyMissing(signature);
    case Reason::KeyDnsFailure:
      return keyLoops(signature) ? keyMissing(signature)
                                 : cat({": DNS did not give the key ", shortened(keyName(signature))});
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
      return cat({": its key ", shortened(keyName(signature)), " does not allow it (",
                  dkim::reasonWord(signature.reason), ")"});
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
    default: return cat({" is not valid (", dkim::reasonWord(signature.reason), ")"});
  }
}

std::string signatureText(const Verdict& verdict, const dkim::SignatureResult& signature) {
  using Kind = dmarc::Identifier::Kind;
  std::string out = cat({"signature of ", nameOf(signature)});
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
      if (ofAuthor(verdict, signature.domainAscii) == own) out.push_back(&signature);
    }
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
    case spf::Status::TempError: return cat({"SPF of ", domain, " could not be looked up"});
    case spf::Status::PermError:
      return bounded(cat({"SPF of ", domain, " cannot be evaluated",
                          spf.mechanism.empty() ? "" : ", it breaks at ", shortened(spf.mechanism)}));
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
  return bounded(std::move(out));
}

std::string explain(const Verdict& verdict) {
  if (verdict.author.ambiguous()) return message::problemReason(verdict.author);
  if (verdict.dmarc.status != dmarc::Status::Fail || verdict.takenOver.methods.dmarc)
    return verdict.dmarc.text;
  const std::string spf = spfText(verdict);
  return bounded(cat({spf, spf.empty() ? "" : "; ", dkimText(verdict)}));
}

}  // namespace alignd::cause
