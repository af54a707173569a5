#include "verifier/authres/upstream.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "dns/ascii.h"
#include "verifier/authres/removal.h"

namespace alignd::authres {

namespace {

using Results = std::vector<const MethodResult*>;

// The results of one method; nothing when the method is not to be taken over or one of them cannot be relied
// on.
std::optional<Results> of(const Parsed& field, std::string_view method, const Options& options) {
  if (std::find(options.upstreamMethods.begin(), options.upstreamMethods.end(), method) ==
      options.upstreamMethods.end()) {
    return std::nullopt;
  }
  Results out;
  for (const auto& result : field.results) {
    if (result.method != method) continue;
    if (!result.wellFormed || result.version != 1) return std::nullopt;
    out.push_back(&result);
  }
  if (out.empty()) return std::nullopt;
  return out;
}

const MethodResult* single(const std::optional<Results>& results) {
  return results && results->size() == 1 ? results->front() : nullptr;
}

std::string property(const MethodResult& result, std::string_view type, std::string_view name) {
  return std::string(result.property(type, name).value_or(""));
}

std::string domainOf(std::string_view identity) {
  const auto at = identity.rfind('@');
  return ascii::toLower(at == std::string_view::npos ? identity : identity.substr(at + 1));
}

std::string origin(const Parsed& field, const MethodResult& result) {
  return ascii::cat({"as ", field.authservId, " found", result.reason.empty() ? "" : ": ", result.reason});
}

// The status whose word this is, by the same tables that write it.
template <class Status, std::size_t Size>
std::optional<Status> statusOf(std::string_view word, const std::array<Status, Size>& all) {
  for (const Status one : all) {
    if (statusWord(one) == word) return one;
  }
  return std::nullopt;
}

std::optional<IprevResult> iprev(const Parsed& field, const MethodResult& result) {
  using Status = IprevResult::Status;
  static constexpr std::array<std::pair<std::string_view, Status>, 4> kWords{
      {{"pass", Status::Pass},
       {"fail", Status::Fail},
       {"temperror", Status::TempError},
       {"permerror", Status::PermError}}};
  for (const auto& [word, status] : kWords) {
    if (word == result.result) return IprevResult{status, origin(field, result)};
  }
  return std::nullopt;
}

std::optional<spf::Result> spf(const Parsed& field, const MethodResult& result) {
  using enum spf::Status;
  const auto status =
      statusOf(result.result, std::array{None, Neutral, Pass, Fail, SoftFail, TempError, PermError});
  const auto mailFrom = result.property("smtp", "mailfrom");
  const auto helo = result.property("smtp", "helo");
  if (!status || (*status == Pass && !mailFrom && !helo)) return std::nullopt;
  spf::Result out;
  out.status = *status;
  out.identity = mailFrom ? spf::Identity::MailFrom : spf::Identity::Helo;
  out.domain = domainOf(mailFrom.value_or(helo.value_or("")));
  out.text = origin(field, result);
  return out;
}

dkim::Reason reasonOf(dkim::Status status) {
  if (status == dkim::Status::Pass) return dkim::Reason::Verified;
  return status == dkim::Status::Fail ? dkim::Reason::SignatureMismatch : dkim::Reason::NotEvaluated;
}

std::optional<dkim::Result> dkim(const Parsed& field, const Results& results) {
  using enum dkim::Status;
  dkim::Result out;
  for (const MethodResult* one : results) {
    if (one->result == "none") continue;
    const auto status = statusOf(one->result, std::array{Pass, Fail, Policy, Neutral, TempError, PermError});
    if (!status) return std::nullopt;
    auto& signature = out.signatures.emplace_back();
    signature.status = *status;
    signature.reason = reasonOf(*status);
    signature.text = origin(field, *one);
    signature.identity = property(*one, "header", "i");
    signature.domain = property(*one, "header", "d");
    if (signature.domain.empty()) signature.domain = domainOf(signature.identity);
    signature.domainAscii = ascii::toLower(signature.domain);
    signature.selector = property(*one, "header", "s");
    signature.algorithm = property(*one, "header", "a");
    signature.headerB = property(*one, "header", "b");
    if (*status == Pass && signature.domain.empty()) return std::nullopt;
    for (const auto& other : out.signatures) {
      const bool same = !other.headerB.empty() && other.headerB == signature.headerB;
      if (same && other.status != signature.status) return std::nullopt;
    }
  }
  out.fields = out.signatures.size();
  return out;
}

std::optional<arc::Result> arc(const Parsed& field, const MethodResult& result) {
  using enum arc::Status;
  const auto status = statusOf(result.result, std::array{None, Pass, Fail});
  if (!status) return std::nullopt;
  arc::Result out;
  out.status = *status;
  out.text = origin(field, result);
  const std::string oldest = property(result, "header", "oldest-pass");
  if (!oldest.empty() && oldest.size() <= 2 && std::all_of(oldest.begin(), oldest.end(), ascii::isDigit)) {
    out.oldestPass = std::stoi(oldest);
  }
  return out;
}

std::optional<dmarc::Result> dmarc(const Parsed& field, const MethodResult& result) {
  using enum dmarc::Status;
  const auto status = statusOf(result.result, std::array{None, Pass, Fail, TempError, PermError});
  const auto from = result.property("header", "from");
  if (!status || (*status == Pass && !from)) return std::nullopt;
  dmarc::Result out;
  out.status = *status;
  out.authorDomain = domainOf(from.value_or(""));
  out.text = origin(field, result);
  const std::string policy = ascii::toLower(property(result, "policy", "dmarc"));
  for (const auto one : {dmarc::Policy::Quarantine, dmarc::Policy::Reject}) {
    if (policy == dmarc::policyWord(one)) out.effective = one;
  }
  if (!policy.empty()) out.policyDomain = out.authorDomain;
  return out;
}

}  // namespace

bool isUpstream(const Parsed& field, const Options& options) {
  return field.head == Head::Id && field.version == 1 && !field.unterminated && field.skipped == 0 &&
         std::any_of(options.upstreamIds.begin(), options.upstreamIds.end(),
                     [&](const std::string& id) { return sameId(field.authservId, id); });
}

Upstream takeOver(const Parsed& field, const Options& options) {
  Upstream out;
  if (const auto* one = single(of(field, "iprev", options))) out.iprev = iprev(field, *one);
  if (const auto* one = single(of(field, "spf", options))) out.spf = spf(field, *one);
  if (const auto results = of(field, "dkim", options)) out.dkim = dkim(field, *results);
  if (const auto* one = single(of(field, "arc", options))) out.arc = arc(field, *one);
  if (const auto* one = single(of(field, "dmarc", options))) out.dmarc = dmarc(field, *one);
  return out;
}

}  // namespace alignd::authres
