#include "verifier/cause/evidence.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::cause {

namespace {

using dkim::Reason;

bool within(std::string_view domain, std::string_view parent) {
  return domain == parent || (domain.size() > parent.size() && domain.ends_with(parent) &&
                              domain[domain.size() - parent.size() - 1] == '.');
}

// How much a failure says about what happened to the message: what is known of its content first, then of its key.
int weight(const dkim::SignatureResult& signature) {
  switch (signature.reason) {
    case Reason::BodyHashMismatch:
    case Reason::SignatureMismatch: return keyDiffers(signature) ? 5 : 6;
    case Reason::Expired:
    case Reason::NotYetValid:
    case Reason::TooOld: return 4;
    case Reason::KeyNotFound:
    case Reason::KeyDnsFailure: return 2;
    case Reason::NotEvaluated:
    case Reason::WorkLimit: return 0;
    default: return signature.status == dkim::Status::Pass ? 7 : 3;
  }
}

bool hasFinding(const dkim::SignatureResult& signature, std::string_view finding) {
  // What follows a Subject's tag, the sender wrote.
  constexpr std::string_view kTag = "subject_tag=";
  const std::string_view whole = signature.diagnosis;
  const std::string_view all = whole.substr(0, std::min(whole.find(kTag), whole.size()) + kTag.size());
  for (std::size_t at = all.find(finding); at != std::string_view::npos; at = all.find(finding, at + 1)) {
    const bool begins = at == 0 || all[at - 1] == ' ';
    const std::size_t end = at + finding.size();
    if (begins && (end == all.size() || all[end] == ';' || all[end] == '=')) return true;
  }
  return false;
}

}  // namespace

bool ofAuthor(const Verdict& verdict, std::string_view domain) {
  const std::string_view author = verdict.author.domain;
  const std::string_view organization = verdict.dmarc.organizationalDomain;
  if (domain.empty() || author.empty()) return false;
  if (!organization.empty()) return within(domain, organization);
  return within(domain, author) || (within(author, domain) && domain.find('.') != std::string_view::npos);
}

bool strictlyApart(const Verdict& verdict, dmarc::Identifier::Kind kind) {
  const bool dkim = kind == dmarc::Identifier::Kind::Dkim;
  return (dkim ? verdict.dmarc.adkim : verdict.dmarc.aspf) == dmarc::Alignment::Strict;
}

bool ofAuthor(const Verdict& verdict, const dkim::SignatureResult& signature) {
  if (!signature.domainAscii.empty()) return ofAuthor(verdict, signature.domainAscii);
  std::string_view written = signature.domain;
  if (written.ends_with('.')) written.remove_suffix(1);
  return ofAuthor(verdict, ascii::toLower(written));
}

const dkim::SignatureResult* ownSignature(const Verdict& verdict) {
  const dkim::SignatureResult* best = nullptr;
  for (const auto& signature : verdict.dkim.signatures) {
    if (!ofAuthor(verdict, signature)) continue;
    if (signature.passes() && !strictlyApart(verdict, dmarc::Identifier::Kind::Dkim)) continue;
    if (best == nullptr || weight(signature) > weight(*best)) best = &signature;
  }
  return best;
}

bool ownSpf(const Verdict& verdict) {
  return verdict.spf && ofAuthor(verdict, verdict.spf->domain);
}

bool unreadableSignature(const Verdict& verdict) {
  return std::any_of(verdict.dkim.signatures.begin(), verdict.dkim.signatures.end(),
                     [](const auto& signature) { return !signature.passes() && signature.domain.empty(); });
}

bool overLimits(const spf::Result& spf) {
  return spf.status == spf::Status::PermError &&
         (spf.text.starts_with("more than 10 terms") || overVoids(spf));
}

bool overVoids(const spf::Result& spf) {
  constexpr std::string_view kWhat = " void lookups";
  return spf.status == spf::Status::PermError && spf.text.starts_with("more than ") &&
         std::string_view(spf.text).substr(0, 40).find(kWhat) != std::string_view::npos;
}

const dmarc::WalkStep* brokenPolicy(const Verdict& verdict) {
  const bool unusable = verdict.dmarc.status == dmarc::Status::PermError;  // it is read, and has no policy
  const auto& walk = verdict.dmarc.walk;
  const auto found = std::find_if(walk.begin(), walk.end(), [&](const dmarc::WalkStep& step) {
    const bool there = step.answer == dns::Status::Ok || step.answer == dns::Status::DanglingCname;
    return step.asked && there && step.record.empty() != unusable && !step.problem.empty();
  });
  return found == walk.end() ? nullptr : &*found;
}

bool keyDiffers(const dkim::SignatureResult& signature) {
  return hasFinding(signature, "key_differs");
}

bool keyLoops(const dkim::SignatureResult& signature) {
  const bool absent = signature.reason == Reason::KeyNotFound || signature.reason == Reason::KeyDnsFailure;
  if (!absent || signature.chain.empty()) return false;
  const dns::Name& last = signature.chain.back().target;
  return std::any_of(signature.chain.begin(), signature.chain.end(),
                     [&](const dns::Hop& hop) { return hop.owner == last; });
}

bool handedOn(const Verdict& verdict) {
  const std::string_view path = verdict.envelope.mailFrom;
  const bool rewritten = path.size() > 5 && ascii::equalIgnoreCase(path.substr(0, 3), "SRS") &&
                         (path[3] == '0' || path[3] == '1') &&
                         std::string_view("=+-").find(path[4]) != std::string_view::npos;
  return rewritten || !verdict.arc.sets.empty();
}

bool throughList(const Verdict& verdict) {
  return !verdict.listId.empty() ||
         std::any_of(verdict.dkim.signatures.begin(), verdict.dkim.signatures.end(),
                     [](const auto& signature) { return hasFinding(signature, "subject_tag"); });
}

std::string keyName(const dkim::SignatureResult& signature) {
  return ascii::cat({signature.selector, "._domainkey.", signature.domainAscii});
}

}  // namespace alignd::cause
