#include "verifier/report/line.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/arc/trust.h"
#include "verifier/cause/explain.h"
#include "verifier/report/json.h"
#include "verifier/report/keyvalue.h"

namespace alignd::report {

namespace {

// Signers write numbers of up to 76 digits, which are read as the largest of 64 bits (dkim::parseNumber).
std::int64_t bounded(std::uint64_t number) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(number, static_cast<std::uint64_t>(kMost)));
}

// 2026-11-22T03:14:15.926Z
std::array<char, 24> isoTime(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  std::array<char, 24> out{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                           '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
  const auto put = [&](std::size_t last, auto value) {
    for (; value > 0; value /= 10) out[last--] = static_cast<char>('0' + value % 10);
  };
  put(3, std::clamp(static_cast<int>(date.year()), 0, 9999));
  put(6, static_cast<unsigned>(date.month()));
  put(9, static_cast<unsigned>(date.day()));
  put(12, clock.hours().count());
  put(15, clock.minutes().count());
  put(18, clock.seconds().count());
  put(22, clock.subseconds().count());
  return out;
}

std::string_view exemptionWord(Exemption exemption) {
  switch (exemption) {
    case Exemption::None: return "";
    case Exemption::TrustedNetwork: return "trusted_network";
    case Exemption::Authenticated: return "authenticated";
    case Exemption::LocalSubmission: return "local_submission";
    case Exemption::Network: return "network";
    case Exemption::Recipient: return "recipient";
  }
  return "";
}

std::string_view iprevWord(IprevResult::Status status) {
  switch (status) {
    case IprevResult::Status::Pass: return "pass";
    case IprevResult::Status::Fail: return "fail";
    case IprevResult::Status::TempError: return "temperror";
    case IprevResult::Status::PermError: return "permerror";
  }
  return "";
}

// Texts that may hold addresses of persons.
struct Persons {
  const LocalPartFilter& filter;
  std::string room{};

  std::string_view address(std::string_view text) { return filter.address(text, room); }
  std::string_view sentence(std::string_view text) { return filter.sentence(text, room); }
};

template <class Writer>
void list(Writer& w, std::string_view key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  w.beginArray(key);
  for (const auto& value : values) w.element(value);
  w.endArray();
}

// The domains of the recipients, each once: what an aggregate report needs (RFC 9990 envelope_to).
template <class Writer>
void recipientDomains(Writer& w, const Envelope& envelope) {
  if (envelope.recipients.empty()) return;
  const bool one = envelope.recipients.size() == 1;  // mostly
  std::unordered_set<std::string_view> seen;
  w.beginArray("rcpt_domains");
  for (const auto& recipient : envelope.recipients) {
    const auto at = recipient.rfind('@');
    const auto domain =
        at == std::string::npos ? std::string_view() : std::string_view(recipient).substr(at + 1);
    if (one || seen.insert(domain).second) w.element(domain);
  }
  w.endArray();
}

template <class Writer>
void envelopePart(Writer& w, const Verdict& verdict, Persons& persons) {
  const auto& client = verdict.client;
  w.text("client", client.address ? client.address->text() : client.local ? "local" : "unknown");
  if (client.relay) w.text("relay", client.relay->text());
  w.textIf("client_name", verdict.client.name);
  w.textIf("helo", verdict.client.helo);
  w.text("mail_from", persons.address(verdict.envelope.mailFrom));
  recipientDomains(w, verdict.envelope);
  w.number("rcpts", static_cast<std::int64_t>(verdict.envelope.recipients.size()));
  w.flagIf("smtputf8", verdict.envelope.smtputf8);
  w.textIf("exempt", exemptionWord(verdict.exemption));
  w.textIf("auth_user", persons.address(verdict.client.authenticatedUser));
}

template <class Writer>
void spfPart(Writer& w, std::string_view key, const spf::Result& spf, Persons& persons) {
  w.beginObject(key);
  w.text("result", spf::statusWord(spf.status));
  w.text("identity", spf.identity == spf::Identity::Helo ? "helo" : "mailfrom");
  w.text("domain", spf.domain);
  w.flagIf("null_path", spf.nullPath);
  w.textIf("reason", persons.sentence(spf.text));
  w.textIf("mechanism", spf.mechanism);
  if (spf.prefixLength >= 0) w.number("prefix", spf.prefixLength);
  list(w, "path", spf.path);
  w.textIf("explanation", persons.sentence(spf.explanation));
  if (spf.client) {  // it was evaluated here
    w.number("terms", spf.terms);
    w.number("voids", spf.voids);
  }
  w.endObject();
}

template <class Writer>
void signaturePart(Writer& w, const dkim::SignatureResult& signature, UnixTime received, Persons& persons) {
  w.beginObject();
  w.text("result", dkim::statusWord(signature.status));
  w.text("d", signature.domain);
  w.text("s", signature.selector);
  w.textIf("i", persons.address(signature.identity));
  w.textIf("a", signature.algorithm);
  w.textIf("c", signature.canonicalization);
  w.textIf("b", signature.headerB);
  if (signature.keyBits > 0) w.number("bits", signature.keyBits);
  w.text("reason", dkim::reasonWord(signature.reason));
  w.textIf("text", persons.sentence(signature.text));
  w.textIf("cname", dns::chainText(signature.chain));
  w.flagIf("testing", signature.keyTesting);
  w.flagIf("dnssec", signature.keyAuthenticated);
  w.flagIf("stale", signature.keyStale);
  if (signature.signedAt) {
    const auto now = std::max<std::int64_t>(received.time_since_epoch().count(), 0);
    w.number("age_s", now - bounded(*signature.signedAt));
  }
  if (signature.bodyLength) w.number("l", bounded(*signature.bodyLength));
  if (signature.unsignedBytes > 0) w.number("unsigned_bytes", bounded(signature.unsignedBytes));
  std::vector<std::string> uncovered;
  uncovered.reserve(signature.uncovered.size());
  for (const auto& field : signature.uncovered) uncovered.push_back(field.name);
  list(w, "uncovered", uncovered);
  w.textIf("tolerated", signature.tolerated);
  w.flagIf("recipient_signed", signature.recipientSigned);
  w.textIf("diagnosis", persons.sentence(signature.diagnosis));
  w.endObject();
}

template <class Writer>
void dkimPart(Writer& w, const Verdict& verdict, Persons& persons) {
  w.beginArray("dkim");
  for (const auto& signature : verdict.dkim.signatures) {
    w.item([&] { signaturePart(w, signature, verdict.received, persons); });
  }
  w.endArray();
  if (verdict.dkim.unparsed > 0) w.number("dkim_unparsed", static_cast<std::int64_t>(verdict.dkim.unparsed));
  if (verdict.dkim.notEvaluated > 0) {
    w.number("dkim_not_evaluated", static_cast<std::int64_t>(verdict.dkim.notEvaluated));
  }
}

// The sealer's word for the author, were it trusted: what log --replay asks under other sealers. Organizational domains
// are left out, they would be questions to DNS.
bool vouches(const arc::Set& set, const message::Author& author) {
  if (!set.fromSigned || set.unsignedBody || author.ambiguous()) return false;
  const auto witnesses = arc::witnesses(set.authResults);
  return std::any_of(witnesses.begin(), witnesses.end(),
                     [&](const arc::Witness& witness) { return arc::speaksFor(witness, author.domain); });
}

template <class Writer>
void setPart(Writer& w, const arc::Set& set, const message::Author& author) {
  w.beginObject();
  w.number("i", set.instance);
  w.text("d", set.sealDomain);
  w.text("s", set.sealSelector);
  w.text("cv", set.cv);
  w.text("seal", set.seal);
  w.text("ams", set.message);
  if (set.messageDomain != set.sealDomain) w.textIf("ams_d", set.messageDomain);
  w.flagIf("vouches", vouches(set, author));
  w.textIf("stale", set.keyStale);
  w.endObject();
}

template <class Writer>
void arcPart(Writer& w, const Verdict& verdict, Persons& persons) {
  const arc::Result& arc = verdict.arc;
  w.beginObject("arc");
  w.text("result", arc::statusWord(arc.status));
  w.textIf("reason", persons.sentence(arc.text));
  w.flagIf("transient", arc.transient);
  if (arc.oldestPass >= 0) w.number("oldest_pass", arc.oldestPass);
  w.beginArray("sets");
  for (const auto& set : arc.sets) {
    w.item([&] { setPart(w, set, verdict.author); });
  }
  w.endArray();
  if (arc.trustedInstance > 0) w.number("trusted_instance", arc.trustedInstance);
  w.flagIf("trusted_pass", arc.trustedPass);
  w.flagIf("trusted_transient", arc.trustedTransient);
  w.textIf("trusted_text", persons.sentence(arc.trustedText));
  w.endObject();
}

// What another host of ours found, instead of us.
template <class Writer>
void takenOverPart(Writer& w, const TakenOver& taken) {
  if (!taken.methods.any()) return;
  w.beginObject("taken_over");
  w.text("from", taken.from);
  w.beginArray("methods");
  if (taken.methods.iprev) w.element("iprev");
  if (taken.methods.spf) w.element("spf");
  if (taken.methods.dkim) w.element("dkim");
  if (taken.methods.arc) w.element("arc");
  if (taken.methods.dmarc) w.element("dmarc");
  w.endArray();
  w.endObject();
}

template <class Writer>
void policyTags(Writer& w, const dmarc::Result& dmarc) {
  // RFC 9990 section 3.1.1.9: what the policy does to this message. To one that passes, nothing.
  const dmarc::Policy applied = dmarc.status == dmarc::Status::Pass ? dmarc::Policy::None : dmarc.effective;
  // Of a result that was taken over, only what is to be done is known.
  if (dmarc.record.empty() && dmarc.hasPolicy) w.text("disposition", dmarc::policyWord(applied));
  if (dmarc.record.empty()) return;
  w.text("policy_domain", dmarc.policyDomain);
  w.text("p", dmarc::policyWord(dmarc.published));
  if (dmarc.subdomain) w.text("sp", dmarc::policyWord(*dmarc.subdomain));
  if (dmarc.nonexistent) w.text("np", dmarc::policyWord(*dmarc.nonexistent));
  w.textIf("selected", dmarc.selectedTag);
  w.text("policy", dmarc::policyWord(dmarc.selected));
  w.text("disposition", dmarc::policyWord(applied));
  w.flagIf("t", dmarc.testing);
  w.text("adkim", dmarc.adkim == dmarc::Alignment::Strict ? "s" : "r");
  w.text("aspf", dmarc.aspf == dmarc::Alignment::Strict ? "s" : "r");
  if (dmarc.psd != 'u') w.text("psd", std::string_view(&dmarc.psd, 1));
  w.textIf("fo", dmarc.fo);
  list(w, "rua", dmarc.rua);
  list(w, "ruf", dmarc.ruf);
}

template <class Writer>
void identifierPart(Writer& w, const dmarc::Identifier& identifier) {
  w.beginObject();
  w.text("kind", identifier.kind == dmarc::Identifier::Kind::Spf ? "spf" : "dkim");
  w.text("domain", identifier.domain);
  w.textIf("selector", identifier.selector);
  w.flagIf("passed", identifier.passed);
  w.flagIf("aligned", identifier.aligned);
  w.textIf("org_domain", identifier.organizationalDomain);
  w.textIf("text", identifier.text);
  w.endObject();
}

template <class Writer>
void stepPart(Writer& w, const dmarc::WalkStep& step) {
  w.beginObject();
  w.text("name", step.name);
  w.text("answer", dns::statusName(step.answer));
  w.textIf("record", step.record);
  w.textIf("problem", step.problem);
  w.endObject();
}

template <class Writer>
void dmarcPart(Writer& w, const Verdict& verdict, Persons& persons) {
  const dmarc::Result& dmarc = verdict.dmarc;
  w.beginObject("dmarc");
  w.text("result", dmarc::statusWord(dmarc.status));
  w.textIf("reason", persons.sentence(cause::explain(verdict)));
  w.flagIf("discovery_failed", dmarc.discoveryFailed);
  w.textIf("org_domain", dmarc.organizationalDomain);
  policyTags(w, dmarc);
  w.beginArray("aligned");
  if (dmarc.alignedSpf) w.element("spf");
  if (dmarc.alignedDkim) w.element("dkim");
  w.endArray();
  w.beginArray("identifiers");
  for (const auto& identifier : dmarc.identifiers) {
    w.item([&] { identifierPart(w, identifier); });
  }
  w.endArray();
  w.textIf("method", dmarc.discoveryMethod);
  w.beginArray("walk");
  for (const auto& step : dmarc.walk) {
    if (step.asked) w.item([&] { stepPart(w, step); });
  }
  w.endArray();
  w.textIf("comparison", dmarc.comparison);
  w.endObject();
}

template <class Writer>
void actionPart(Writer& w, const policy::Decision& decision, Persons& persons) {
  w.text("action", policy::actionWord(decision.taken.action));
  w.text("would", policy::actionWord(decision.wouldBe.action));
  const policy::Action would = decision.wouldBe.action;
  if (const auto& other = decision.alternatives;
      other && (other->mark != would || other->hold != would || other->reject != would)) {
    w.beginObject("would_if");
    w.text("mark", policy::actionWord(other->mark));
    w.text("hold", policy::actionWord(other->hold));
    w.text("reject", policy::actionWord(other->reject));
    w.endObject();
  }
  w.textIf("cause", decision.wouldBe.cause);
  w.textIf("rule", decision.rule);
  w.textIf("override", decision.overrideType);
  w.textIf("override_comment", decision.overrideComment);
  if (!decision.taken.replyCode.empty()) {
    w.text("reply", persons.sentence(ascii::cat({decision.taken.replyCode, " ", decision.taken.enhancedCode,
                                                 " ", decision.taken.replyText})));
  }
}

template <class Writer>
void writeLine(Writer&& w, const Verdict& verdict, const policy::Decision& decision, const Context& context,
               const Bounds& bounds) {
  Persons persons{context.localParts};
  w.beginObject();
  w.number("v", kVersion);
  const auto time = isoTime(context.time);
  w.text("time", {time.data(), time.size()});
  w.textIf("host", context.host);
  w.text("queue_id", context.queueId);
  w.textIf("message_id", persons.address(verdict.messageId));
  envelopePart(w, verdict, persons);
  w.text("from", verdict.author.domain);
  const cause::Why why = cause::whyOf(verdict);
  w.text("why", cause::word(why));
  // Of those without a policy there are many, and it is always the same.
  if (why != cause::Why::NoPolicy) w.textIf("remedy", cause::remedy(verdict));
  if (verdict.exemption == Exemption::None) {
    if (verdict.author.ambiguous()) w.text("from_problem", message::problemWord(verdict.author.problem));
    w.textIf("list_id", verdict.listId);
    w.flagIf("report", verdict.reportMail);
    takenOverPart(w, verdict.takenOver);
    if (verdict.iprev) {
      w.beginObject("iprev");
      w.text("result", iprevWord(verdict.iprev->status));
      w.textIf("reason", verdict.iprev->text);
      w.endObject();
    }
    if (verdict.spf) spfPart(w, "spf", *verdict.spf, persons);
    if (verdict.spfHelo) spfPart(w, "spf_helo", *verdict.spfHelo, persons);
    dkimPart(w, verdict, persons);
    arcPart(w, verdict, persons);
    dmarcPart(w, verdict, persons);
  }
  actionPart(w, decision, persons);
  w.flagIf("persistent_failure", context.persistentFailure);
  w.number("removed_ar", static_cast<std::int64_t>(context.removedFields));
  w.number("dns_questions", static_cast<std::int64_t>(verdict.dnsQuestions));
  w.milliseconds("dns_ms", context.dnsTime.count());
  w.milliseconds("total_ms", context.totalTime.count());
  w.flagIf("deadline_missed", verdict.deadlineMissed);
  w.flagIf("work_refused", verdict.workRefused);
  w.number("header_bytes", static_cast<std::int64_t>(verdict.headerBytes));
  w.number("body_bytes", static_cast<std::int64_t>(verdict.bodyBytes));
  w.flagIf("header_truncated", verdict.headerTruncated);
  w.textIf("note", context.note);
  if (bounds.leftOut > 0) w.number("left_out", static_cast<std::int64_t>(bounds.leftOut));
  w.endObject();
}

// Gives the line's length.
std::size_t write(std::string& out, Format format, const Verdict& verdict, const policy::Decision& decision,
                  const Context& context, Bounds& bounds) {
  const std::size_t before = out.size();
  if (format == Format::Json) {
    writeLine(JsonWriter(out, bounds), verdict, decision, context, bounds);
  } else {
    writeLine(KeyValueWriter(out, bounds), verdict, decision, context, bounds);
  }
  return out.size() - before;
}

}  // namespace

void appendLine(std::string& out, Format format, const Verdict& verdict, const policy::Decision& decision,
                const Context& context) {
  const std::size_t before = out.size();
  const auto tryWithin = [&](Bounds bounds) {
    const std::size_t room = bounds.items;
    out.resize(before);
    const std::size_t length = write(out, format, verdict, decision, context, bounds);
    return std::pair{length, room - bounds.items};
  };
  auto [length, items] = tryWithin({});
  if (length <= kMaxLine) return;
  // Lists give way first, and then every text.
  constexpr std::size_t kCount = 32;  // of what was left out
  const std::size_t over = length - kMaxLine + kCount;
  std::tie(length, items) = tryWithin({.items = items - std::min(items, over)});
  if (length > kMaxLine) tryWithin({.text = 64, .items = 0});
}

}  // namespace alignd::report
