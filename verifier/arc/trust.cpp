#include "verifier/arc/trust.h"

#include <algorithm>
#include <optional>

#include "dns/data/ascii.h"
#include "verifier/authres/parser.h"
#include "verifier/dkim/signature.h"

namespace alignd::arc {

namespace {

constexpr std::size_t kMaxWitnesses = 8;

// The domain of an address or of a bare domain; empty when it is no host name.
std::string domainOf(std::string_view identity) {
  const auto at = identity.rfind('@');
  if (at != std::string_view::npos) identity.remove_prefix(at + 1);
  if (!identity.empty() && identity.back() == '.') identity.remove_suffix(1);
  return dkim::hostName(identity);
}

// header.d is the signing domain; Google writes header.i alone, whose domain is d= or below it.
std::string signingDomain(const authres::MethodResult& result) {
  const auto d = result.property("header", "d");
  const auto i = result.property("header", "i");
  std::string byD = d ? domainOf(*d) : std::string();
  std::string byI = i ? domainOf(*i) : std::string();
  if (!d) return byI;
  if (i && byI != byD && !byI.ends_with("." + byD)) return {};  // they contradict each other
  return byD;
}

std::string witnessedDomain(const authres::MethodResult& result) {
  if (result.method == "dkim") return signingDomain(result);
  std::optional<std::string_view> value;
  if (result.method == "spf") value = result.property("smtp", "mailfrom");
  if (result.method == "dmarc") value = result.property("header", "from");
  return value ? domainOf(*value) : std::string();
}

}  // namespace

bool isTrusted(std::string_view sealDomain, const Options& options) {
  return std::any_of(options.trustedSealers.begin(), options.trustedSealers.end(),
                     [&](std::string_view listed) {
                       if (listed.ends_with('.')) listed.remove_suffix(1);
                       return !listed.empty() && ascii::equalIgnoreCase(listed, sealDomain);
                     });
}

int trustedFrom(const std::vector<ChainSet>& sets, const Options& options) {
  std::size_t first = sets.size() + 1;
  while (first > 1 && isTrusted(sets[first - 2].sealed.domain, options)) --first;
  return first > sets.size() ? 0 : static_cast<int>(first);
}

std::vector<Witness> witnesses(std::string_view payload) {
  std::vector<Witness> out;
  const auto parsed = authres::parse(payload);
  if (parsed.unterminated || parsed.head == authres::Head::Malformed || parsed.version != 1) return out;
  for (const auto& result : parsed.results) {
    if (!result.wellFormed || result.result != "pass" || result.version != 1) continue;
    std::string domain = witnessedDomain(result);
    if (domain.find('.') == std::string::npos) continue;
    if (out.size() == kMaxWitnesses) break;
    out.push_back({result.method, std::move(domain)});
  }
  return out;
}

bool speaksFor(const Witness& witness, std::string_view authorDomain) {
  if (authorDomain.empty()) return false;
  if (witness.domain == authorDomain) return true;
  return witness.method != "dmarc" && authorDomain.ends_with("." + witness.domain);
}

}  // namespace alignd::arc
