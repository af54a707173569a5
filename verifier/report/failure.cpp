#include "verifier/report/failure.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/dkim/base64.h"
#include "verifier/dkim/canonical_header.h"
#include "verifier/report/json.h"

namespace alignd::report {

namespace {

using ascii::cat;

constexpr std::size_t kMaxUris = 10;
constexpr std::size_t kMaxRecords = 10;        // of SPF
constexpr std::size_t kMaxRecord = 4000;       // octets of one
constexpr std::size_t kMaxCanonical = 32'000;  // octets of DKIM-Canonicalized-Header, before base64
constexpr std::size_t kMaxText = 400;

// RFC 9989 section 4.7: values between colons; blanks around them are tolerated.
bool asksFor(std::string_view fo, char what) {
  while (!fo.empty()) {
    const auto end = std::min(fo.find(':'), fo.size());
    const std::string_view value = ascii::trimWsp(fo.substr(0, end));
    if (value.size() == 1 && ascii::lower(value[0]) == what) return true;
    fo.remove_prefix(std::min(end + 1, fo.size()));
  }
  return false;
}

bool failed(const dkim::SignatureResult& signature) {
  return signature.status != dkim::Status::Pass && signature.status != dkim::Status::TempError &&
         signature.reason != dkim::Reason::NotEvaluated && signature.reason != dkim::Reason::TakenOver &&
         signature.reason != dkim::Reason::WorkLimit;
}

bool spfFailed(const Verdict& verdict) {
  return verdict.spf &&
         (verdict.spf->status == spf::Status::Fail || verdict.spf->status == spf::Status::SoftFail ||
          verdict.spf->status == spf::Status::PermError);
}

// The domain would be aligned, had its mechanism passed.
bool wouldAlign(std::string_view domain, const dmarc::Result& dmarc) {
  if (domain == dmarc.authorDomain) return true;
  if (dmarc.adkim == dmarc::Alignment::Strict) return false;
  const std::string_view organization = dmarc.organizationalDomain;
  return !organization.empty() && domain.ends_with(organization) &&
         (domain.size() == organization.size() || domain[domain.size() - organization.size() - 1] == '.');
}

// The one signature that is told of: an aligned one that failed, else any.
const dkim::SignatureResult* toldSignature(const Verdict& verdict) {
  const dkim::SignatureResult* any = nullptr;
  for (const auto& signature : verdict.dkim.signatures) {
    if (!failed(signature) || signature.domainAscii.empty()) continue;
    if (wouldAlign(signature.domainAscii, verdict.dmarc)) return &signature;
    if (any == nullptr) any = &signature;
  }
  return any;
}

std::string_view failureWord(FailureKind kind, const dkim::SignatureResult* signature) {
  if (kind == FailureKind::Dmarc) return "dmarc";
  if (kind == FailureKind::Spf) return "spf";
  if (signature == nullptr) return "signature";
  if (signature->reason == dkim::Reason::BodyHashMismatch) return "bodyhash";
  return signature->reason == dkim::Reason::KeyRevoked ? "revoked" : "signature";
}

// What a sender wrote, where a parser may stop at nothing but the end of the line.
std::string oneLine(std::string_view text) {
  std::string out = plainLines(text.substr(0, kMaxText));
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '\r' || c == '\n' || c == '\t'; }, ' ');
  return out;
}

// A word of RFC 8601 that needs no quotes, or nothing.
std::string_view plainValue(std::string_view text) {
  const bool plain = !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return ascii::isAlnum(c) || std::string_view("-_.").find(c) != std::string_view::npos;
  });
  return plain ? text : std::string_view("unknown");
}

// One method only (RFC 6591 section 3.1).
std::string authResults(FailureKind kind, const Verdict& verdict, const dkim::SignatureResult* signature,
                        std::string_view authservId) {
  const std::string head = cat({"Authentication-Results: ", plainValue(authservId), ";\r\n "});
  if (kind == FailureKind::Spf) {
    return cat({head, "spf=", spf::statusWord(verdict.spf->status),
                " smtp.mailfrom=", plainValue(verdict.spf->domain), "\r\n"});
  }
  if (kind == FailureKind::Dkim && signature != nullptr) {
    return cat({head, "dkim=", dkim::statusWord(signature->status), " header.d=",
                plainValue(signature->domainAscii), " header.s=", plainValue(signature->selector), "\r\n"});
  }
  return cat({head, "dmarc=", dmarc::statusWord(verdict.dmarc.status),
              " header.from=", plainValue(verdict.dmarc.authorDomain), "\r\n"});
}

// RFC 6591 section 3.2.2. Whether marked mail comes into another folder is the next hop's business.
std::string_view deliveryResult(policy::Action action) {
  switch (action) {
    case policy::Action::Accept: return "delivered";
    case policy::Action::Hold: return "policy";
    case policy::Action::Reject: return "reject";
    case policy::Action::Mark:
    case policy::Action::TempFail: return "other";
  }
  return "other";
}

std::string identityAlignment(const dmarc::Result& dmarc) {
  if (dmarc.alignedDkim && dmarc.alignedSpf) return "none";
  if (!dmarc.alignedDkim && !dmarc.alignedSpf) return "dkim, spf";
  return dmarc.alignedDkim ? "spf" : "dkim";
}

std::string base64Field(std::string_view name, std::string_view octets) {
  const std::string all = dkim::encodeBase64(octets);
  std::string out = cat({name, ":"});
  for (std::size_t i = 0; i < all.size(); i += 76) out += cat({"\r\n ", all.substr(i, 76)});
  return out + "\r\n";
}

void signatureFields(std::string& out, const dkim::SignatureResult& signature,
                     const message::HeaderBlock& header, const FailureOptions& options,
                     std::string_view key) {
  out += cat({"DKIM-Domain: ", plainValue(signature.domainAscii), "\r\n"});
  const std::string identity =
      options.header.redact ? withoutLocalParts(signature.identity, key) : signature.identity;
  if (!identity.empty()) out += cat({"DKIM-Identity: ", oneLine(identity), "\r\n"});
  out += cat({"DKIM-Selector: ", plainValue(signature.selector), "\r\n"});
  // MUST NOT be told of a header that is redacted (RFC 6591 section 3.2.4).
  if (options.header.redact) return;
  const std::string canonical = dkim::canonicalHeader(header, signature.field, kMaxCanonical);
  if (!canonical.empty()) out += base64Field("DKIM-Canonicalized-Header", canonical);
}

// RFC 6591 section 4. A line may only be folded where a blank stands.
std::string spfField(const std::string& domain, const std::string& record) {
  std::string out = cat({"SPF-DNS: txt : ", plainValue(domain), " :\r\n \""});
  std::size_t line = 2;
  for (const char c : std::string_view(record).substr(0, kMaxRecord)) {
    if (c == ' ' && line > 60) {
      out += "\r\n";
      line = 0;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c >= ' ' && c < 0x7f ? c : '?';
    ++line;
  }
  return out + "\"\r\n";
}

std::string feedback(FailureKind kind, const Verdict& verdict, const policy::Decision& decision,
                     const message::HeaderBlock& header, const FailureOptions& options,
                     const FailureContext& context) {
  const dkim::SignatureResult* signature = toldSignature(verdict);
  std::string out = cat({"Auth-Failure: ", failureWord(kind, signature), "\r\n"});
  out += authResults(kind, verdict, signature, context.authservId);
  out += cat({"Identity-Alignment: ", identityAlignment(verdict.dmarc), "\r\n"});
  out += cat({"Delivery-Result: ", deliveryResult(decision.taken.action), "\r\n"});
  if (!context.queueId.empty()) out += cat({"Original-Envelope-Id: ", oneLine(context.queueId), "\r\n"});
  const std::string path = options.header.redact
                               ? withoutLocalParts(verdict.envelope.mailFrom, context.redactionKey)
                               : verdict.envelope.mailFrom;
  out += cat({"Original-Mail-From: <", oneLine(path), ">\r\n"});
  if (verdict.client.address) out += cat({"Source-IP: ", verdict.client.address->text(), "\r\n"});
  out += cat({"Reported-Domain: ", plainValue(verdict.dmarc.authorDomain), "\r\n"});
  if (signature != nullptr) signatureFields(out, *signature, header, options, context.redactionKey);
  if (verdict.spf && verdict.spf->status != spf::Status::Pass) {
    for (std::size_t i = 0; i < context.spfRecords.size() && i < kMaxRecords; ++i) {
      out += spfField(context.spfRecords[i].first, context.spfRecords[i].second);
    }
  }
  return out;
}

// Nobody shall follow a link of it by mistake (RFC 9991 section 7).
std::string shownBody(std::string_view body, std::size_t most) {
  std::string out = plainLines(body.substr(0, most));
  const std::string lower = ascii::toLower(out);
  for (auto at = lower.find("http"); at != std::string::npos; at = lower.find("http", at + 4)) {
    out[at + 1] = out[at + 2] = 'x';
  }
  return out;
}

}  // namespace

FailureKind wantedFailure(const Verdict& verdict) {
  const dmarc::Result& dmarc = verdict.dmarc;
  if (verdict.exemption != Exemption::None || dmarc.policyDomain.empty() || dmarc.ruf.empty()) {
    return FailureKind::None;
  }
  if (dmarc.status != dmarc::Status::Pass && dmarc.status != dmarc::Status::Fail) return FailureKind::None;
  if (dmarc.psd == 'y' || verdict.reportMail || verdict.envelope.mailFrom.empty()) return FailureKind::None;
  const bool all = !dmarc.alignedDkim && !dmarc.alignedSpf;
  const bool any = !dmarc.alignedDkim || !dmarc.alignedSpf;
  const bool zero = asksFor(dmarc.fo, '0');
  const bool one = asksFor(dmarc.fo, '1');
  const bool dkim = asksFor(dmarc.fo, 'd');
  const bool spf = asksFor(dmarc.fo, 's');
  // Nothing that is known is the default.
  const bool none = !zero && !one && !dkim && !spf;
  if ((all && (zero || none)) || (any && one)) return FailureKind::Dmarc;
  if (dkim && toldSignature(verdict) != nullptr) return FailureKind::Dkim;
  return spf && spfFailed(verdict) ? FailureKind::Spf : FailureKind::None;
}

bool mayShowBody(const message::HeaderBlock& header) {
  const auto only = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = header.find(name);
    if (found.empty()) return std::string();
    if (found.size() > 1) return std::nullopt;
    const std::string_view value = header[found[0]].value;
    return ascii::toLower(ascii::trimWsp(value.substr(0, value.find(';'))));
  };
  const auto type = only("Content-Type");
  const auto encoding = only("Content-Transfer-Encoding");
  if (!type || !encoding) return false;
  return (type->empty() || *type == "text/plain") &&
         (encoding->empty() || *encoding == "7bit" || *encoding == "8bit");
}

std::string failureRecord(FailureKind kind, const Verdict& verdict, const policy::Decision& decision,
                          const message::HeaderBlock& header, const FailureOptions& options,
                          const FailureContext& context) {
  const std::string fields = feedback(kind, verdict, decision, header, options, context);
  const std::string shown = shownHeader(header, options.header, context.redactionKey);
  const std::string body =
      options.body > 0 && mayShowBody(header) ? shownBody(context.body, options.body) : std::string();
  std::string out;
  {
    JsonWriter w(out);
    w.beginObject();
    w.number("alignd_failure", 1);
    w.number("time", context.time);
    w.text("policy_domain", verdict.dmarc.policyDomain);
    w.text("from", verdict.dmarc.authorDomain);
    w.text("client", verdict.client.address ? verdict.client.address->text() : "");
    w.flagIf("redacted", options.header.redact);
    w.beginArray("ruf");
    for (std::size_t i = 0; i < verdict.dmarc.ruf.size() && i < kMaxUris; ++i)
      w.element(verdict.dmarc.ruf[i]);
    w.endArray();
    w.number("feedback", static_cast<std::int64_t>(fields.size()));
    w.number("header", static_cast<std::int64_t>(shown.size()));
    w.number("body", static_cast<std::int64_t>(body.size()));
    w.endObject();
  }
  out += '\n';
  out += fields;
  out += shown;
  out += body;
  return out;
}

}  // namespace alignd::report
