#include "verifier/authres/upstream.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/authres/removal.h"
#include "verifier/dkim/signature.h"

namespace alignd::authres {

namespace {

using Results = std::vector<const MethodResult*>;

// The results of one method; none when one of them cannot be relied on.
Results of(const Parsed& field, std::string_view method) {
  Results out;
  for (const auto& result : field.results) {
    if (result.method != method) continue;
    if (!result.wellFormed || result.version != 1 || result.result == "temperror") return {};
    out.push_back(&result);
  }
  return out;
}

const MethodResult* single(const Parsed& field, std::string_view method) {
  const Results results = of(field, method);
  return results.size() == 1 ? results.front() : nullptr;
}

std::string property(const MethodResult& result, std::string_view type, std::string_view name) {
  return std::string(result.property(type, name).value_or(""));
}

// The domain of an identity or of a bare domain, in A-labels and lower case; empty when it is no host name.
std::string domainOf(std::string_view identity) {
  const auto at = identity.rfind('@');
  return dkim::hostName(at == std::string_view::npos ? identity : identity.substr(at + 1));
}

std::optional<IpAddress> addressOf(const MethodResult& result, std::string_view type, std::string_view name) {
  const auto value = result.property(type, name);
  return value ? IpAddress::parse(*value) : std::nullopt;
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
  static constexpr std::array<std::pair<std::string_view, Status>, 3> kWords{
      {{"pass", Status::Pass}, {"fail", Status::Fail}, {"permerror", Status::PermError}}};
  const auto address = addressOf(result, "policy", "iprev");
  if (!address) return std::nullopt;
  for (const auto& [word, status] : kWords) {
    if (word == result.result) return IprevResult{status, origin(field, result), address};
  }
  return std::nullopt;
}

// Of the null path, the HELO name stands for MAIL FROM (RFC 7208 section 2.4).
std::optional<spf::Result> spf(const Parsed& field, const MethodResult& result, bool nullPath) {
  using enum spf::Status;
  const auto status = statusOf(result.result, std::array{None, Neutral, Pass, Fail, SoftFail, PermError});
  const auto mailFrom = result.property("smtp", "mailfrom");
  const auto helo = result.property("smtp", "helo");
  if (!status || (!mailFrom && helo && !nullPath)) return std::nullopt;
  spf::Result out;
  out.status = *status;
  out.nullPath = !mailFrom && nullPath;
  out.domain = domainOf(mailFrom.value_or(helo.value_or("")));
  if (*status != None && out.domain.empty()) return std::nullopt;
  out.text = origin(field, result);
  return out;
}

std::optional<dkim::Result> dkim(const Parsed& field, const Results& results) {
  using enum dkim::Status;
  if (results.size() > kMaxTakenSignatures) return std::nullopt;
  dkim::Result out;
  for (const MethodResult* one : results) {
    if (one->result == "none") continue;
    const auto status = statusOf(one->result, std::array{Pass, Fail, Policy, Neutral, PermError});
    if (!status) return std::nullopt;
    auto& signature = out.signatures.emplace_back();
    signature.status = *status;
    signature.reason = dkim::Reason::TakenOver;
    signature.text = origin(field, *one);
    signature.identity = property(*one, "header", "i");
    signature.domain = property(*one, "header", "d");
    if (signature.domain.empty()) signature.domain = domainOf(signature.identity);
    signature.domainAscii = domainOf(signature.domain);
    signature.selector = property(*one, "header", "s");
    signature.algorithm = property(*one, "header", "a");
    signature.headerB = property(*one, "header", "b");
    if (*status == Pass && signature.domainAscii.empty()) return std::nullopt;
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
  out.remote = addressOf(result, "smtp", "remote-ip");
  const std::string oldest = property(result, "header", "oldest-pass");
  if (!oldest.empty() && oldest.size() <= 2 && std::all_of(oldest.begin(), oldest.end(), ascii::isDigit)) {
    out.oldestPass = std::stoi(oldest);
  }
  return out;
}

std::optional<dmarc::Result> dmarc(const Parsed& field, const MethodResult& result) {
  using enum dmarc::Status;
  const auto status = statusOf(result.result, std::array{None, Pass, Fail, PermError});
  dmarc::Result out;
  out.authorDomain = domainOf(property(result, "header", "from"));
  if (!status || out.authorDomain.empty()) return std::nullopt;
  out.status = *status;
  out.text = origin(field, result);
  out.discoveryMethod.clear();
  const std::string policy = ascii::toLower(property(result, "policy", "dmarc"));
  for (const auto one : {dmarc::Policy::None, dmarc::Policy::Quarantine, dmarc::Policy::Reject}) {
    if (policy != dmarc::policyWord(one)) continue;
    out.hasPolicy = true;
    out.selected = out.effective = one;
  }
  if (out.status == Fail && !out.hasPolicy) return std::nullopt;
  return out;
}

}  // namespace

bool isUpstream(const Parsed& field, const std::vector<std::string>& ids) {
  return field.head == Head::Id && field.version == 1 && !field.unterminated && field.skipped == 0 &&
         std::any_of(ids.begin(), ids.end(),
                     [&](const std::string& id) { return sameId(field.authservId, id); });
}

Upstream takeOver(const Parsed& field, const Methods& methods, bool nullPath) {
  Upstream out;
  out.authservId = field.authservId;
  if (const auto* one = single(field, "iprev"); one != nullptr && methods.iprev)
    out.iprev = iprev(field, *one);
  if (const auto* one = single(field, "spf"); one != nullptr && methods.spf) {
    out.spf = spf(field, *one, nullPath);
  }
  if (const auto all = of(field, "dkim"); !all.empty() && methods.dkim) out.dkim = dkim(field, all);
  if (const auto* one = single(field, "arc"); one != nullptr && methods.arc) out.arc = arc(field, *one);
  if (const auto* one = single(field, "dmarc"); one != nullptr && methods.dmarc)
    out.dmarc = dmarc(field, *one);
  return out;
}

void UpstreamSearch::begin(const UpstreamOptions& options) {
  options_ = &options;
  open_ = true;
  trace_.begin(options.networks);
}

bool UpstreamSearch::field(std::string_view name, std::string_view value) {
  if (!open_) return false;
  name = ascii::trimWsp(name);
  if (ascii::equalIgnoreCase(name, "Received")) {
    open_ = trace_.received(value) == Trace::State::Open;
    return false;
  }
  if (!std::any_of(options_->ids.begin(), options_->ids.end(),
                   [&](const std::string& id) { return claimsId(name, value, id); })) {
    return false;
  }
  open_ = false;  // the topmost alone counts, whatever is wrong with it
  found_ = parse(value);
  return isUpstream(found_, options_->ids);
}

}  // namespace alignd::authres
