#include "verifier/authres/write.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/authres/encode.h"
#include "verifier/authres/field_builder.h"
#include "verifier/cause/explain.h"

namespace alignd::authres {

namespace {

// All dkim results together; passing ones are never left out (there are no more than the cap of evaluations).
constexpr std::size_t kMaxDkimOctets = std::size_t{16} * 1024;

Statement statement(std::string_view method, std::string_view result) {
  Statement out;
  out.method = method;
  out.result = result;
  return out;
}

constexpr std::size_t kMaxReason = 120;
constexpr std::size_t kMaxDnsReason = 240;
constexpr std::size_t kMaxDmarcReason = 240;  // it tells of SPF and of several signatures

// Of what DNS did not answer, each server is told with what it said.
void setReason(Statement& out, std::string_view text) {
  if (text.empty() || out.result == "pass") return;
  out.reason = quoteReason(text, out.result == "temperror" ? kMaxDnsReason : kMaxReason);
}

std::string_view iprevWord(IprevResult::Status status) {
  switch (status) {
    case IprevResult::Status::Pass: return "pass";
    case IprevResult::Status::Fail: return "fail";
    case IprevResult::Status::TempError: return "temperror";
    case IprevResult::Status::PermError: return "permerror";
  }
  return "permerror";
}

std::string addressText(const std::optional<IpAddress>& address) {
  return address ? encodeAddress(address->text()) : std::string();
}

Statement auth(const Client& client) {
  Statement out = statement("auth", "pass");
  out.add("smtp.auth", encodeUser(client.authenticatedUser));
  return out;
}

Statement iprev(const IprevResult& result) {
  Statement out = statement("iprev", iprevWord(result.status));
  setReason(out, result.text);
  out.add("policy.iprev", addressText(result.address));
  return out;
}

// RFC 8601 section 2.7.2: the identity that gave the result; section 4: no local part, for SPF does not
// authenticate it.
Statement spf(const spf::Result& result) {
  Statement out = statement("spf", spf::statusWord(result.status));
  setReason(out, result.text);
  const bool helo = result.identity == spf::Identity::Helo || result.nullPath;
  out.add(helo ? "smtp.helo" : "smtp.mailfrom", encodeDomain(result.domain));
  return out;
}

std::string ruleName(dkim::Reason reason) {
  std::string out(dkim::reasonWord(reason));
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

Statement dkimResult(const dkim::SignatureResult& signature) {
  Statement out = statement("dkim", dkim::statusWord(signature.status));
  out.properties.reserve(6);
  if (signature.passes() && signature.keyTesting) out.comment = "test mode";
  setReason(out, signature.text);
  out.add("header.d", encodeDomain(signature.domain));
  out.add("header.i", encodeIdentity(signature.identity));
  out.add("header.a", encodeToken(signature.algorithm));
  out.add("header.s", encodeDomain(signature.selector));
  out.add("header.b", encodeBase64(signature.headerB));
  if (signature.status == dkim::Status::Policy && signature.reason != dkim::Reason::TakenOver) {
    out.add("policy.dkim-rules", ruleName(signature.reason));
  }
  return out;
}

// Junk signatures must not push the rest out of the field: those that were not evaluated are in the log
// alone, and failing ones go, last first, when there is no room.
std::vector<Statement> dkimResults(const dkim::Result& result) {
  std::vector<Statement> out;
  std::size_t octets = 0;
  for (const auto& signature : result.signatures) {
    if (signature.reason == dkim::Reason::NotEvaluated && result.signatures.size() > 1) continue;
    out.push_back(dkimResult(signature));
    octets += out.back().size();
  }
  for (std::size_t i = out.size(); octets > kMaxDkimOctets && i-- > 0;) {
    if (out[i].result == "pass") continue;
    octets -= out[i].size();
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (out.empty()) out.push_back(statement("dkim", "none"));
  return out;
}

// RFC 8617 section 6.
Statement arc(const arc::Result& result, const std::optional<IpAddress>& remote) {
  Statement out = statement("arc", arc::statusWord(result.status));
  if (result.status == arc::Status::None) return out;
  setReason(out, result.text);
  if (result.status == arc::Status::Pass && result.oldestPass >= 0) {
    out.add("header.oldest-pass", std::to_string(result.oldestPass));
  }
  out.add("smtp.remote-ip", addressText(remote));
  return out;
}

// RFC 9989 section 9. Without one author domain there is nothing to be evaluated, and that is never left
// unsaid (DESIGN.md decision 3).
Statement dmarc(const Verdict& verdict, const policy::Decision& decision) {
  const dmarc::Result& result = verdict.dmarc;
  const bool ambiguous = verdict.author.ambiguous();
  Statement out = statement(
      "dmarc", ambiguous ? dmarc::statusWord(dmarc::Status::PermError) : dmarc::statusWord(result.status));
  if (out.result != "pass") {
    const std::string text = ascii::cat({cause::word(cause::whyOf(verdict)), ": ", cause::explain(verdict)});
    out.reason = quoteReason(text, kMaxDmarcReason);
  }
  if (!ambiguous && result.hasPolicy) {
    out.add("policy.dmarc", std::string(dmarc::policyWord(result.effective)));
  }
  if (!decision.overrideType.empty()) {
    out.add("policy.override", encodeToken(decision.overrideType));
    if (!decision.overrideComment.empty())
      out.add("policy.override-comment", quoteReason(decision.overrideComment));
  }
  out.add("policy.rule", encodeToken(decision.rule));
  if (!ambiguous) out.add("header.from", encodeDomain(verdict.author.domain));
  return out;
}

// Those of one method stand together.
std::vector<Statement> statements(const Verdict& verdict, const policy::Decision& decision,
                                  const Options& options) {
  std::vector<Statement> out;
  out.reserve(6 + verdict.dkim.signatures.size());
  if (!verdict.client.authenticatedUser.empty()) out.push_back(auth(verdict.client));
  if (verdict.exemption != Exemption::None) return out;
  if (verdict.iprev) out.push_back(iprev(*verdict.iprev));
  if (verdict.spf) out.push_back(spf(*verdict.spf));
  if (verdict.spfHelo && options.reportHelo) out.push_back(spf(*verdict.spfHelo));
  for (Statement& one : dkimResults(verdict.dkim)) out.push_back(std::move(one));
  const bool taken = verdict.takenOver.methods.arc;
  out.push_back(arc(verdict.arc, taken ? verdict.arc.remote : verdict.client.address));
  out.push_back(dmarc(verdict, decision));
  return out;
}

}  // namespace

std::string write(const Verdict& verdict, const policy::Decision& decision, const Options& options) {
  FieldBuilder builder(encodeAuthservId(options.authservId));
  for (const Statement& one : statements(verdict, decision, options)) builder.add(one);
  return builder.take();
}

std::vector<std::string> writeEach(const Verdict& verdict, const policy::Decision& decision,
                                   const Options& options) {
  std::vector<std::string> out;
  const auto all = statements(verdict, decision, options);
  for (auto one = all.begin(); one != all.end();) {
    FieldBuilder builder(encodeAuthservId(options.authservId));
    const std::string_view method = one->method;
    for (; one != all.end() && one->method == method; ++one) builder.add(*one);
    out.push_back(builder.take());
  }
  if (out.empty()) out.push_back(FieldBuilder(encodeAuthservId(options.authservId)).take());
  return out;
}

}  // namespace alignd::authres
