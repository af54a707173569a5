#include "dns/data/ascii.h"
#include "verifier/cause/evidence.h"
#include "verifier/cause/explain.h"

namespace alignd::cause {

namespace {

using ascii::cat;

std::string keyRemedy(const Verdict& verdict, Why why) {
  const dkim::SignatureResult* signature = ownSignature(verdict);
  if (signature == nullptr) return {};
  const std::string name = keyName(*signature);
  const std::string& domain = signature->domainAscii;
  if (why == Why::KeyMismatch) {
    return cat({domain, ": publish the key that signs at ", name,
                ", or keep the old one there until the last message it signed has arrived"});
  }
  if (signature->chain.empty()) {
    return cat(
        {domain, ": publish a usable key as TXT record of ", name, ", or sign with a selector that has one"});
  }
  const std::string owner = signature->chain.back().owner.text();
  const std::string target = signature->chain.back().target.text();
  return cat({"whoever runs the zone of ", target, ": publish the key there; or ", domain, ": point ", owner,
              " to where it is"});
}

std::string modifiedRemedy(const Verdict& verdict) {
  const std::string& author = verdict.author.domain;
  if (!verdict.listId.empty()) {
    return cat({"the list ", verdict.listId, ": change neither Subject nor body, or send as itself; ",
                "here: trust its ARC seal or a rule of its own"});
  }
  if (verdict.arc.sets.size() > 0) {
    return cat({verdict.arc.sets.back().sealDomain,
                ", which handed it on: change nothing that is signed; here: trust its ARC seal"});
  }
  return cat({"whoever handed it on: change nothing that is signed; ", author,
              " itself, when its own gateway changes mail after it is signed"});
}

std::string unalignedRemedy(const Verdict& verdict) {
  const std::string& author = verdict.author.domain;
  for (const auto& signature : verdict.dkim.signatures) {
    if (!signature.passes()) continue;
    return cat({author, ", if ", signature.domainAscii, " sends for it: have it sign as ", author,
                "; otherwise nobody, it is not the author's mail"});
  }
  return cat({author, ", if ", verdict.spf ? verdict.spf->domain : std::string(),
              " sends for it: have its mail signed as ", author,
              "; otherwise nobody, it is not the author's mail"});
}

}  // namespace

std::string remedy(const Verdict& verdict) {
  const std::string& author = verdict.author.domain;
  const Why why = whyOf(verdict);
  switch (why) {
    case Why::Aligned:
    case Why::Exempt: return {};
    case Why::NoPolicy: return cat({author, ": publish a DMARC record at _dmarc.", author});
    case Why::PolicyBroken:
      return cat({author, ": publish exactly one record that begins with v=DMARC1 and has p="});
    case Why::AmbiguousAuthor: return "the sender: write one From field with one address";
    case Why::DnsTrouble:
      return "nobody yet: it is tried again; when it lasts, whoever runs the servers that do not answer";
    case Why::Modified: return modifiedRemedy(verdict);
    case Why::KeyMissing:
    case Why::KeyMismatch:
    case Why::KeyUnusable: return keyRemedy(verdict, why);
    case Why::SignatureExpired:
      return cat({author, ": sign with a longer life (x=), check the clock of the signer, deliver sooner"});
    case Why::SignatureUnusable: return cat({author, ": mend what its signer writes, or use another one"});
    case Why::StrictAlignment:
      return cat({author, ": sign and send as ", author, " itself, or drop adkim=s and aspf=s"});
    case Why::SpfBroken:
      return cat({author, ": mend the SPF record of ", verdict.spf ? verdict.spf->domain : author});
    case Why::UnalignedSigner: return unalignedRemedy(verdict);
    case Why::Forwarded:
      return cat(
          {author, ": sign its mail, a signature survives forwarding; here: trust the forwarder's ARC seal"});
    case Why::Forged:
      return cat({"nobody, unless the client is one of ", author, "'s: then list it in SPF, and sign"});
    case Why::Unsigned: return cat({author, ": sign its mail, and say in SPF who sends it"});
  }
  return {};
}

std::string recordToMend(const Verdict& verdict) {
  const std::string& author = verdict.author.domain;
  switch (whyOf(verdict)) {
    case Why::KeyMissing:
    case Why::KeyMismatch:
    case Why::KeyUnusable: {
      const dkim::SignatureResult* signature = ownSignature(verdict);
      if (signature == nullptr) return {};
      return signature->chain.empty() ? keyName(*signature) : signature->chain.back().target.text();
    }
    case Why::SpfBroken: return verdict.spf ? verdict.spf->domain : std::string();
    case Why::NoPolicy: return cat({"_dmarc.", author});
    case Why::PolicyBroken: {
      for (const auto& step : verdict.dmarc.walk) {
        if (step.asked && !step.problem.empty()) return cat({"_dmarc.", step.name});
      }
      return cat({"_dmarc.", author});
    }
    default: return {};
  }
}

}  // namespace alignd::cause
