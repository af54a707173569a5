#include "verifier/report/story.h"

#include <algorithm>
#include <initializer_list>

#include "dns/data/ascii.h"
#include "verifier/cause/explain.h"
#include "verifier/dkim/diagnosis.h"
#include "verifier/report/json.h"

namespace alignd::report {

namespace {

// A label of fixed width, so that the results stand under each other.
void line(std::string& out, std::string_view label, std::initializer_list<std::string_view> parts) {
  constexpr std::size_t kLabel = 10;
  out += label;
  out.append(kLabel - std::min(label.size(), kLabel - 1), ' ');
  for (auto part : parts) out += part;
  out += '\n';
}

void detail(std::string& out, std::initializer_list<std::string_view> parts) {
  line(out, "", parts);
}

// What led to an action, one word.
std::string ledTo(std::string_view cause) {
  return cause.empty() ? "" : ", by " + std::string(cause);
}

std::string because(std::string_view text) {
  return text.empty() ? "" : ": " + printable(text);
}

void authorStory(std::string& out, const message::Author& author) {
  if (!author.ambiguous()) return line(out, "author", {printable(author.domain)});
  line(out, "author", {"unknown: ", message::problemReason(author)});
  for (const auto& domain : author.domains) detail(out, {"could be ", printable(domain)});
}

void spfStory(std::string& out, std::string_view label, const spf::Result& spf) {
  line(out, label, {spf::statusWord(spf.status), "  ", printable(spf.domain), because(spf.text)});
  if (!spf.mechanism.empty()) detail(out, {"term ", printable(spf.mechanism)});
  for (const auto& domain : spf.path) detail(out, {"by the record of ", printable(domain)});
  if (spf.client) {  // it was evaluated here
    detail(out,
           {std::to_string(spf.terms), " of 10 terms, ", std::to_string(spf.voids), " of 2 void lookups"});
  }
  if (!spf.explanation.empty()) detail(out, {"the domain explains: ", printable(spf.explanation)});
}

void signatureStory(std::string& out, const dkim::SignatureResult& signature) {
  line(out, "dkim",
       {dkim::statusWord(signature.status), "  d=", printable(signature.domain),
        " s=", printable(signature.selector), " ", printable(signature.algorithm), because(signature.text)});
  if (!signature.chain.empty()) detail(out, {"key by ", printable(dns::chainText(signature.chain))});
  if (signature.keyBits > 0) {
    detail(out, {std::to_string(signature.keyBits), " bit key", signature.keyTesting ? ", testing (t=y)" : "",
                 signature.keyAuthenticated ? ", DNSSEC" : "", signature.keyStale ? ", beyond its TTL" : ""});
  }
  for (const auto& field : signature.uncovered) {
    detail(out, {"not covered: ", field.further ? "a further " : "the ", printable(field.name), " field"});
  }
  if (!signature.tolerated.empty()) detail(out, {"tolerated: ", printable(signature.tolerated)});
  if (signature.unsignedBytes > 0) {
    detail(out, {std::to_string(signature.unsignedBytes), " octets of the body are not signed (l=)"});
  }
  if (!signature.diagnosis.empty())
    detail(out, {"diagnosis: ", printable(dkim::diagnosisText(signature.diagnosis))});
}

void dkimStory(std::string& out, const dkim::Result& dkim) {
  if (dkim.signatures.empty()) line(out, "dkim", {"none  no signature"});
  for (const auto& signature : dkim.signatures) signatureStory(out, signature);
  if (dkim.unparsed + dkim.notEvaluated > 0) {
    detail(out, {std::to_string(dkim.unparsed + dkim.notEvaluated),
                 " more DKIM-Signature fields over the limits"});
  }
}

void arcStory(std::string& out, const arc::Result& arc) {
  line(out, "arc", {arc::statusWord(arc.status), because(arc.text)});
  for (const auto& set : arc.sets) {
    detail(out, {"i=", std::to_string(set.instance), " ", printable(set.sealDomain),
                 " cv=", printable(set.cv), ", seal ", set.seal, ", message signature ", set.message});
    if (!set.keyStale.empty()) detail(out, {"    ", printable(set.keyStale)});
  }
  if (!arc.trustedText.empty()) detail(out, {printable(arc.trustedText)});
}

void dmarcStory(std::string& out, const Verdict& verdict) {
  const dmarc::Result& dmarc = verdict.dmarc;
  line(out, "dmarc",
       {dmarc::statusWord(dmarc.status),
        because(verdict.author.ambiguous() ? message::problemReason(verdict.author) : dmarc.text)});
  for (const auto& step : dmarc.walk) {
    if (!step.asked) continue;
    const std::string found =
        step.record.empty() ? std::string(dns::statusName(step.answer)) : printable(step.record);
    detail(out, {"_dmarc.", printable(step.name), "  ", found, because(step.problem)});
  }
  if (!dmarc.record.empty()) {
    const bool passes = dmarc.status == dmarc::Status::Pass;  // nothing is applied to it
    detail(out, {"policy of ", printable(dmarc.policyDomain), ": ", dmarc::policyWord(dmarc.selected), " (",
                 dmarc.selectedTag, "=)", passes ? "" : ", applied ",
                 passes ? "" : dmarc::policyWord(dmarc.effective),
                 !passes && dmarc.testing ? " because of t=y" : ""});
  }
  for (const auto& identifier : dmarc.identifiers) {
    const bool spf = identifier.kind == dmarc::Identifier::Kind::Spf;
    detail(out, {spf ? "spf  " : "dkim ", printable(identifier.domain), because(identifier.text)});
  }
  if (!dmarc.comparison.empty()) detail(out, {"list and walk differ: ", printable(dmarc.comparison)});
}

void causeStory(std::string& out, const Verdict& verdict) {
  std::string text = cause::summary(verdict);
  constexpr std::string_view kTwice = "aligned: aligned: ";  // the cause, and the reason's own word
  if (text.starts_with(kTwice)) text.erase(0, std::string_view("aligned: ").size());
  line(out, "why", {printable(text)});
  if (const std::string name = cause::recordToMend(verdict); !name.empty())
    detail(out, {"the record to mend is at ", printable(name)});
}

void actionStory(std::string& out, const policy::Decision& decision) {
  line(out, "action", {policy::actionWord(decision.taken.action), ledTo(decision.taken.cause)});
  if (decision.wouldBe.action != decision.taken.action) {
    detail(out, {"with mode = \"enforce\": ", policy::actionWord(decision.wouldBe.action),
                 ledTo(decision.wouldBe.cause)});
  }
  if (!decision.rule.empty()) detail(out, {"by rule ", printable(decision.rule)});
  if (!decision.overrideType.empty()) {
    detail(out, {"policy overridden: ", decision.overrideType, " ", printable(decision.overrideComment)});
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string quoted;
  appendJsonString(quoted, text);
  std::string out;
  out.reserve(quoted.size());
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    // A quote needs no escape outside quotes.
    if (quoted[i] == '\\' && quoted[i + 1] == '"')
      ++i;
    else if (quoted[i] == '\\' && quoted[i + 1] == '\\')
      out += quoted[i++];
    out += quoted[i];
  }
  return out;
}

void appendStory(std::string& out, const Verdict& verdict, const policy::Decision& decision) {
  authorStory(out, verdict.author);
  if (verdict.takenOver.methods.any()) {
    line(out, "upstream", {"some results were taken over from ", printable(verdict.takenOver.from)});
  }
  if (verdict.spf) spfStory(out, "spf", *verdict.spf);
  // A name that was not told is not evaluated.
  if (verdict.spfHelo && !verdict.spfHelo->domain.empty()) spfStory(out, "spf helo", *verdict.spfHelo);
  dkimStory(out, verdict.dkim);
  arcStory(out, verdict.arc);
  dmarcStory(out, verdict);
  causeStory(out, verdict);
  actionStory(out, decision);
}

}  // namespace alignd::report
