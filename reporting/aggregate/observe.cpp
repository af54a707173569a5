#include "reporting/aggregate/observe.h"

#include <algorithm>
#include <array>

#include "dns/data/address.h"
#include "dns/data/ascii.h"
#include "dns/data/name.h"
#include "reporting/aggregate/rua.h"
#include "verifier/dmarc/record.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

constexpr std::size_t kMaxSignatures = 100;  // RFC 9990 section 3.1.3
constexpr std::size_t kMaxText = 300;        // of what explains

template <std::size_t N>
bool oneOf(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool isPolicy(std::string_view word) {
  return oneOf(word, std::array<std::string_view, 3>{"none", "quarantine", "reject"});
}

bool isDkimResult(std::string_view word) {
  return oneOf(word, std::array<std::string_view, 7>{"none", "pass", "fail", "policy", "neutral", "temperror",
                                                     "permerror"});
}

bool isSpfResult(std::string_view word) {
  return oneOf(word, std::array<std::string_view, 8>{"none", "pass", "fail", "softfail", "policy", "neutral",
                                                     "temperror", "permerror"});
}

// What may stand in a file name and a Subject: letters, digits, hyphen, underscore and dots.
bool isPlainDomain(std::string_view domain) {
  return !domain.empty() && dns::Name::parse(domain) && std::all_of(domain.begin(), domain.end(), [](char c) {
    return ascii::isAlnum(c) || c == '-' || c == '_' || c == '.';
  });
}

std::string cut(std::string_view text) {
  return std::string(text.substr(0, kMaxText));
}

// A verdict line cuts long texts, which then end in "[+N]".
bool isCut(std::string_view text) {
  if (!text.ends_with(']')) return false;
  text.remove_suffix(1);
  while (!text.empty() && ascii::isDigit(text.back())) text.remove_suffix(1);
  return text.ends_with("[+");
}

std::string domainOf(std::string_view path) {
  const auto at = path.rfind('@');
  return at == std::string_view::npos ? std::string() : cut(ascii::toLower(path.substr(at + 1)));
}

// "body_hash_mismatch" as people write it.
std::string inWords(std::string_view reason) {
  std::string out(reason);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

const LoggedStep* policyStep(const LoggedDmarc& dmarc) {
  for (const LoggedStep& step : dmarc.walk) {
    if (step.name == dmarc.policyDomain && !step.record.empty() && !isCut(step.record)) return &step;
  }
  return nullptr;
}

PublishedPolicy publishedPolicy(const LoggedDmarc& dmarc) {
  PublishedPolicy out;
  out.domain = ascii::toLower(dmarc.policyDomain);
  out.method = dmarc.method == "psl" ? "psl" : dmarc.method == "treewalk" ? "treewalk" : "";
  out.p = dmarc.p;
  out.sp = dmarc.sp.empty() ? out.p : dmarc.sp;  // RFC 9989 section 4.7: sp defaults to p, np to sp
  out.np = dmarc.np.empty() ? out.sp : dmarc.np;
  out.fo = dmarc.fo.empty() ? "0" : cut(dmarc.fo);
  out.adkim = dmarc.adkim == "s" ? "s" : "r";
  out.aspf = dmarc.aspf == "s" ? "s" : "r";
  out.testing = dmarc.testing;
  return out;
}

// Tags of RFC 7489 are no error: nearly every record still has them.
std::string recordError(const LoggedStep* step) {
  std::string out;
  if (step == nullptr) return out;
  const auto record = dmarc::parseRecord(step->record);
  if (!record) return out;
  for (const std::string& problem : record->problems) {
    if (problem.starts_with("ignored, historic tag")) continue;
    if (out.size() + problem.size() > 2 * kMaxText) break;
    if (!out.empty()) out += "; ";
    out += cut(problem);
  }
  return out;
}

// Section 3.1.3: aligned passes first, strictly aligned before the others, then passes, then the rest.
int rank(const LoggedSignature& signature, const LoggedMessage& message) {
  if (signature.result != "pass") return 3;
  if (ascii::equalIgnoreCase(signature.domain, message.from)) return 0;
  for (const LoggedIdentifier& identifier : message.dmarc.identifiers) {
    if (identifier.kind == "dkim" && identifier.aligned && identifier.selector == signature.selector &&
        ascii::equalIgnoreCase(identifier.domain, signature.domain)) {
      return 1;
    }
  }
  return 2;
}

std::vector<DkimRow> dkimRows(const LoggedMessage& message) {
  std::vector<std::pair<int, const LoggedSignature*>> chosen;
  for (const LoggedSignature& signature : message.dkim) {
    // Validation was attempted, of something that can be named.
    if (signature.reason == "not_evaluated" || signature.domain.empty() || !isDkimResult(signature.result))
      continue;
    chosen.emplace_back(rank(signature, message), &signature);
  }
  std::sort(chosen.begin(), chosen.end());  // among equals as they stand in the line
  if (chosen.size() > kMaxSignatures) chosen.resize(kMaxSignatures);
  std::vector<DkimRow> out;
  out.reserve(chosen.size());
  for (const auto& [unused, signature] : chosen) {
    const bool plain = signature->result == "pass" && signature->reason == "verified";
    out.push_back({cut(ascii::toLower(signature->domain)), cut(signature->selector), signature->result,
                   plain ? std::string() : inWords(cut(signature->reason))});
  }
  return out;
}

// MAIL FROM alone: for the null path RFC 7208 section 2.4 makes it postmaster at the HELO name.
std::optional<SpfRow> spfRow(const LoggedMessage& message) {
  if (!message.hasSpf || message.spf.domain.empty() || !isSpfResult(message.spf.result)) return std::nullopt;
  const bool broken = message.spf.result == "permerror" || message.spf.result == "temperror";
  return SpfRow{cut(ascii::toLower(message.spf.domain)), message.spf.result,
                broken ? cut(message.spf.reason) : std::string()};
}

// What was done with the message, as a disposition.
std::string_view applied(const LoggedMessage& message) {
  if (message.action == "reject") return "reject";
  if (message.action == "mark" || message.action == "hold") return "quarantine";
  return "none";
}

void addReason(Row& row, std::string_view type, std::string_view comment) {
  row.reasons.push_back({std::string(type), cut(comment)});
}

bool isOverride(std::string_view word) {
  return oneOf(word, std::array<std::string_view, 5>{"local_policy", "mailing_list", "other",
                                                     "policy_test_mode", "trusted_forwarder"});
}

// Why what was done is not what the policy asks for: MUST be told (section 3.1.1.9).
void explainDifference(Row& row, const LoggedMessage& message) {
  if (message.dmarc.result == "temperror") {
    addReason(row, "other", "a temporary DNS error prevented the check");
  } else if (message.dmarc.result == "permerror") {
    addReason(row, "other", cat({"no policy applies: ", message.dmarc.reason}));
  } else if (message.cause == "spf" || message.cause == "author") {
    addReason(row, "local_policy", cat({"refused for ", message.cause}));
  } else if (!message.rule.empty()) {
    addReason(row, "local_policy", cat({"rule ", message.rule}));
  } else if (message.action != message.would) {
    addReason(row, "local_policy", "results are recorded, policies are not enforced here");
  } else if (row.disposition == "quarantine") {
    addReason(row, "local_policy", "reject is applied as quarantine here");
  } else {
    addReason(row, "local_policy", "");
  }
}

void evaluate(Row& row, const LoggedMessage& message) {
  const LoggedDmarc& dmarc = message.dmarc;
  const std::string_view policy = dmarc.policy.empty() ? dmarc.p : dmarc.policy;
  row.dkim = dmarc.alignedDkim;
  row.spf = dmarc.alignedSpf;
  row.disposition = applied(message);
  const bool passes = dmarc.result == "pass";
  // Another filter's refusal does not make p=none another policy.
  if ((message.cause == "spf" || message.cause == "author") && policy == "none") row.disposition = "none";
  if (passes && row.disposition == "none") row.disposition = policy == "none" ? "none" : "pass";
  if (isOverride(message.overrideType)) addReason(row, message.overrideType, message.overrideComment);
  const bool differs =
      passes ? row.disposition != "none" && row.disposition != "pass" : row.disposition != policy;
  if (differs && row.reasons.empty()) explainDifference(row, message);
  // policy_test_mode explains one step down, not that nothing was done at all.
  if (differs && !passes && row.reasons.size() == 1 && row.reasons[0].type == "policy_test_mode" &&
      row.disposition != dmarc.disposition) {
    explainDifference(row, message);
  }
}

// The line may hide local parts ([log] local_parts).
bool isOwnReport(const LoggedMessage& message, const Options& options) {
  if (options.email.empty()) return false;
  return ascii::equalIgnoreCase(message.mailFrom, options.email) ||
         (message.report && domainOf(message.mailFrom) == domainOf(options.email));
}

Unreported unreported(const LoggedMessage& message, const Options& options) {
  const LoggedDmarc& dmarc = message.dmarc;
  if (!message.exempt.empty()) return Unreported::Exempt;
  if (!message.hasDmarc || dmarc.policyDomain.empty()) return Unreported::NoPolicy;
  if (!isPolicy(dmarc.p) || !isPlainDomain(dmarc.policyDomain) || !isPlainDomain(message.from))
    return Unreported::Malformed;
  for (const std::string* word : {&dmarc.sp, &dmarc.np}) {
    if (!word->empty() && !isPolicy(*word)) return Unreported::Malformed;
  }
  if (message.action == "tempfail") return Unreported::Deferred;
  if (isOwnReport(message, options)) return Unreported::OwnReport;
  // Reports about reports go to and fro for ever. What does not pass may be anybody's, and is told.
  if (message.report && dmarc.result == "pass") return Unreported::ReportMail;
  return Unreported::No;
}

}  // namespace

std::string_view unreportedWord(Unreported why) {
  switch (why) {
    case Unreported::No: return "reported";
    case Unreported::Exempt: return "not evaluated";
    case Unreported::NoAddress: return "client not known";
    case Unreported::NoPolicy: return "no policy";
    case Unreported::NoRua: return "no reports asked for";
    case Unreported::Deferred: return "deferred";
    case Unreported::OwnReport: return "own report mail";
    case Unreported::ReportMail: return "report mail";
    case Unreported::Malformed: return "malformed";
  }
  return "";
}

Observation observe(const LoggedMessage& message, const Options& options) {
  Observation out;
  out.why = unreported(message, options);
  if (out.why != Unreported::No) return out;
  out.policy = publishedPolicy(message.dmarc);
  const LoggedStep* step = policyStep(message.dmarc);
  if (step != nullptr) out.rua = urisOfRecord(step->record, "rua");
  if (out.rua.empty()) out.rua = message.dmarc.rua;
  if (message.dmarc.rua.empty()) {  // none that is a URI
    out.why = Unreported::NoRua;
    return out;
  }
  const auto address = IpAddress::parse(message.client);
  if (!address) {
    out.why = Unreported::NoAddress;
    return out;
  }
  out.error = recordError(step);
  Row& row = out.row;
  row.sourceIp = address->unmapped().text();
  row.headerFrom = cut(ascii::toLower(message.from));
  row.envelopeFrom = domainOf(message.mailFrom);
  if (options.envelopeTo && message.recipientDomains.size() == 1) {
    row.envelopeTo = cut(ascii::toLower(message.recipientDomains[0]));
  }
  row.dkimResults = dkimRows(message);
  row.spfResult = spfRow(message);
  evaluate(row, message);
  return out;
}

}  // namespace alignd::reporting
