#include "dns/data/ascii.h"
#include "verifier/cause/evidence.h"
#include "verifier/cause/explain.h"
#include "verifier/excerpt.h"

namespace alignd::cause {

namespace {

using ascii::cat;
using dkim::Reason;

constexpr std::size_t kMaxName = 120;  // of a domain: the rest is in the log

std::string shortened(std::string_view name) {
  return excerpt(name, kMaxName);
}

bool sealsPass(const Verdict& verdict) {
  return verdict.arc.status == arc::Status::Pass && !verdict.arc.sets.empty();
}

// What the receiver can do for mail that honest hands have changed or passed on.
std::string trustSeal(const Verdict& verdict) {
  const std::string sealer = shortened(verdict.arc.sets.back().sealDomain);
  return cat({"; here: trust the ARC seal of ", sealer, ", if you know it"});
}

// ---- keys

// What to do with the record of `name`, which is there.
std::string usableKey(Reason reason, const std::string& name) {
  switch (reason) {
    case Reason::KeyRevoked:
      return cat({"sign with a selector whose key is published, or publish the key at ", name, " again"});
    case Reason::KeySyntax: return cat({"publish the whole key at ", name, ", unchanged, in one TXT record"});
    case Reason::KeyVersion: return cat({"begin the record of ", name, " with v=DKIM1"});
    case Reason::KeyWrongType:
      return cat({"publish at ", name, " the key that fits a= of the signature, with its k="});
    case Reason::KeyWrongHash: return cat({"leave h= out of the record of ", name, ", or write h=sha256"});
    case Reason::KeyWrongService: return cat({"leave s= out of the record of ", name, ", or write s=email"});
    case Reason::KeyStrictIdentity:
      return cat({"take s out of t= in the record of ", name, ", or sign with i= at the very domain of d="});
    case Reason::KeyTesting: return cat({"take y out of t= in the record of ", name, " when signing works"});
    case Reason::KeyTooLarge:
    case Reason::KeyBadExponent:
    case Reason::WeakKey: return cat({"sign with a new RSA key of 2048 bits, and publish it at ", name});
    default: return cat({"publish a usable key at ", name});
  }
}

std::string missingKey(const dkim::SignatureResult& signature) {
  const std::string domain = shortened(signature.domainAscii);
  const std::string name = shortened(keyName(signature));
  if (signature.chain.empty()) {
    return cat(
        {domain, ": publish the key as TXT record of ", name, ", or sign with a selector that has one"});
  }
  const std::string owner = shortened(signature.chain.back().owner.text());
  const std::string target = shortened(signature.chain.back().target.text());
  const std::string other = cat({domain, ": point ", name, " to where it is"});
  if (keyLoops(signature)) {
    const bool alone = signature.chain.size() == 1;  // it points to itself
    return cat({alone ? domain : cat({"whoever runs the zone of ", owner}), ": publish the key at ", owner,
                ", which points back to ", target, alone ? "" : "; or ", alone ? std::string() : other});
  }
  return cat({"whoever runs the zone of ", target, ": publish the key there; or ", other});
}

std::string keyRemedy(const Verdict& verdict, Why why) {
  const dkim::SignatureResult* signature = ownSignature(verdict);
  if (signature == nullptr) return {};
  if (why == Why::KeyMissing) return missingKey(*signature);
  const bool alias = !signature->chain.empty();
  const std::string name = shortened(alias ? signature->chain.back().target.text() : keyName(*signature));
  const std::string who =
      alias ? cat({"whoever runs the zone of ", name}) : shortened(signature->domainAscii);
  if (why == Why::KeyUnusable) return cat({who, ": ", usableKey(signature->reason, name)});
  return cat({who, ": publish the key that signs at ", name,
              ", or keep the old one there until the last message it signed has arrived"});
}

// ---- signatures

std::string signerRemedy(const Verdict& verdict) {
  const dkim::SignatureResult* signature = ownSignature(verdict);
  const std::string author = shortened(verdict.author.domain);
  if (signature == nullptr) {  // one that does not tell whose it is
    return cat({author,
                ", if the signature is its own: mend what its signer writes, v=, a=, d= and the rest ",
                "of it cannot be read"});
  }
  const auto signer = [&](std::string_view what) { return cat({author, ": have its signer ", what}); };
  switch (signature->reason) {
    case Reason::WeakAlgorithm: return signer("use rsa-sha256 in place of rsa-sha1");
    case Reason::UnsignedBody: return signer("sign the whole body, without l=");
    case Reason::UncoveredField: return signer("name in h= once more each field that may stand only once");
    case Reason::FromNotSigned: return signer("sign From: name it in h=");
    case Reason::BadDomain: return signer("write plain host names into d= and s=, without a dot at the end");
    case Reason::IdentityOutside: return signer("leave i= out, or write one at d= or below it");
    case Reason::TooManyFields: return signer("name fewer fields in h=");
    case Reason::WorkLimit:
    case Reason::NotEvaluated: return signer("sign once or twice, not more: what is beyond is not evaluated");
    default: return signer(cat({"write what RFC 6376 asks for (", dkim::reasonWord(signature->reason), ")"}));
  }
}

std::string expiredRemedy(const Verdict& verdict) {
  const dkim::SignatureResult* signature = ownSignature(verdict);
  const std::string author = shortened(verdict.author.domain);
  switch (signature == nullptr ? Reason::Expired : signature->reason) {
    case Reason::NotYetValid: return cat({author, ": set the clock of its signer, t= lies in the future"});
    case Reason::ExpiresBeforeSigned: return cat({author, ": have its signer write an x= after t=, or none"});
    case Reason::TooOld: return cat({author, ": deliver sooner; here: the maximum age of the settings"});
    default: return cat({author, ": have its signer write a later x=, or none, and deliver sooner"});
  }
}

// ---- what happened on the way

std::string modifiedRemedy(const Verdict& verdict) {
  const std::string author = shortened(verdict.author.domain);
  if (!verdict.listId.empty()) {
    return cat({"the list ", shortened(verdict.listId), ": leave Subject and body alone, or send as itself",
                sealsPass(verdict) ? trustSeal(verdict) : "; here: a rule for this list"});
  }
  if (sealsPass(verdict)) {
    return cat({shortened(verdict.arc.sets.back().sealDomain),
                ", which handed it on: change nothing that is signed", trustSeal(verdict)});
  }
  if (!verdict.arc.sets.empty()) {
    return cat({shortened(verdict.arc.sets.back().sealDomain),
                ", or whoever handed it on behind it: change nothing that is signed, or seal after the last "
                "change; ",
                "its ARC seal is broken too"});
  }
  return cat({"whoever handed it on: change nothing that is signed; ", author,
              " itself, when its own gateway changes mail after it is signed"});
}

std::string forwardedRemedy(const Verdict& verdict) {
  std::string out =
      cat({shortened(verdict.author.domain), ": sign its mail, a signature survives forwarding"});
  if (verdict.dmarc.spfUntold) {
    return cat({out, "; here: have the relay that took it in say in Received who gave it to it"});
  }
  if (sealsPass(verdict)) return out + trustSeal(verdict);
  if (verdict.arc.sets.empty()) return out;
  return cat(
      {out, "; ", shortened(verdict.arc.sets.back().sealDomain), ", which handed it on: mend its ARC seal"});
}

std::string unalignedRemedy(const Verdict& verdict) {
  const std::string author = shortened(verdict.author.domain);
  const auto remedy = [&](const std::string& who) {
    return cat({author, ", if ", shortened(who), " sends for it: have its mail signed with d=", author,
                "; otherwise nobody, it is not the author's mail"});
  };
  for (const auto& signature : verdict.dkim.signatures) {
    if (signature.passes()) return remedy(signature.domainAscii);
  }
  return remedy(verdict.spf ? verdict.spf->domain : std::string());
}

std::string forgedRemedy(const Verdict& verdict) {
  const std::string client = verdict.client.address ? verdict.client.address->text() : "the client";
  const std::string author = shortened(verdict.author.domain);
  return cat({"nobody, unless ", client, " sends for ", author, ": then ", author,
              " lists it in SPF and signs its mail"});
}

std::string authorRemedy(const Verdict& verdict) {
  using enum message::AuthorProblem;
  switch (verdict.author.problem) {
    case NoFrom:
    case NoAddress: return "the sender: write a From field with an address";
    case NoDomain:
    case BadDomain: return "the sender: write an address into From whose domain is a host name";
    case SeveralDomains:
      return "the sender: write into From addresses of one domain, and who sends into Sender";
    case HiddenAddress: return "the sender: write one address into From, and none into the name beside it";
    case HeaderTooLong: return "the sender: write a shorter header";
    default: return "the sender: write one From field with one address";
  }
}

// ---- records

std::string spfRemedy(const Verdict& verdict) {
  if (!verdict.spf) return {};
  const spf::Result& spf = *verdict.spf;
  const std::string domain = shortened(spf.domain);
  if (overVoids(spf)) {
    return cat({domain, ": take the names that have no address out of its SPF record and what it includes"});
  }
  if (overLimits(spf)) {
    return cat(
        {domain, ": name fewer hosts in its SPF record, as ip4: and ip6:; what it includes counts too"});
  }
  const std::string holder = spf.path.empty() ? domain : shortened(spf.path.back());
  if (spf.mechanism.empty()) return cat({holder, ": mend its SPF record"});
  return cat({holder, ": correct ", shortened(spf.mechanism), " in its SPF record, or take it out",
              holder == domain ? "" : cat({"; ", domain, " includes it"})});
}

std::string policyRemedy(const Verdict& verdict) {
  const auto* step = brokenPolicy(verdict);
  const std::string zone = shortened(step == nullptr ? verdict.author.domain : step->name);
  if (step != nullptr && step->answer == dns::Status::DanglingCname) {
    return cat(
        {zone, ": point _dmarc.", zone, " to where the record is, or publish it there without an alias"});
  }
  return cat({zone, ": leave exactly one record at _dmarc.", zone,
              ", which begins with v=DMARC1; and has p=none, p=quarantine or p=reject"});
}

// The name whose servers did not answer.
std::string unanswered(const Verdict& verdict) {
  const auto temporary = [](dns::Status status) {
    return status != dns::Status::Ok && status != dns::Status::NoData && status != dns::Status::NoSuchName;
  };
  if (verdict.dmarc.discoveryFailed) {
    for (const auto& step : verdict.dmarc.walk) {
      if (step.asked && temporary(step.answer)) return cat({"_dmarc.", step.name});
    }
  }
  if (verdict.spf && verdict.spf->status == spf::Status::TempError) return verdict.spf->domain;
  for (const auto& signature : verdict.dkim.signatures) {
    if (signature.status != dkim::Status::TempError || !ofAuthor(verdict, signature)) continue;
    return signature.chain.empty() ? keyName(signature) : signature.chain.back().target.text();
  }
  return verdict.author.domain;
}

std::string troubleRemedy(const Verdict& verdict) {
  return cat({"nobody yet, it is tried again; when it lasts: whoever runs the name servers of ",
              shortened(unanswered(verdict)), ", or of your own resolver when many names fail"});
}

std::string remedyOf(const Verdict& verdict, Why why) {
  const std::string author = shortened(verdict.author.domain);
  switch (why) {
    case Why::Aligned:
    case Why::Exempt: return {};
    case Why::NoPolicy: return cat({author, ": publish a DMARC record at _dmarc.", author});
    case Why::PolicyBroken: return policyRemedy(verdict);
    case Why::AmbiguousAuthor: return authorRemedy(verdict);
    case Why::DnsTrouble: return troubleRemedy(verdict);
    case Why::Modified: return modifiedRemedy(verdict);
    case Why::KeyMissing:
    case Why::KeyMismatch:
    case Why::KeyUnusable: return keyRemedy(verdict, why);
    case Why::SignatureExpired: return expiredRemedy(verdict);
    case Why::SignatureUnusable: return signerRemedy(verdict);
    case Why::StrictAlignment:
      return cat({author, ": sign and send as ", author, " itself, or drop adkim=s and aspf=s"});
    case Why::SpfBroken: return spfRemedy(verdict);
    case Why::UnalignedSigner: return unalignedRemedy(verdict);
    case Why::Forwarded: return forwardedRemedy(verdict);
    case Why::Forged: return forgedRemedy(verdict);
    case Why::Unsigned: return cat({author, ": sign its mail, and say in SPF who sends it"});
  }
  return {};
}

}  // namespace

std::string remedy(const Verdict& verdict) {
  return excerpt(remedyOf(verdict, whyOf(verdict)), kMaxText);
}

std::string recordToMend(const Verdict& verdict) {
  const std::string& author = verdict.author.domain;
  switch (whyOf(verdict)) {
    case Why::KeyMissing:
    case Why::KeyMismatch:
    case Why::KeyUnusable: {
      const dkim::SignatureResult* signature = ownSignature(verdict);
      if (signature == nullptr) return {};
      if (signature->chain.empty()) return keyName(*signature);
      const dns::Hop& last = signature->chain.back();
      return (keyLoops(*signature) ? last.owner : last.target).text();
    }
    case Why::SpfBroken: {
      if (!verdict.spf) return {};
      const spf::Result& spf = *verdict.spf;
      return overLimits(spf) || spf.path.empty() ? spf.domain : spf.path.back();
    }
    case Why::NoPolicy: return cat({"_dmarc.", author});
    case Why::PolicyBroken: {
      const auto* step = brokenPolicy(verdict);
      return cat({"_dmarc.", step == nullptr ? author : step->name});
    }
    default: return {};
  }
}

}  // namespace alignd::cause
