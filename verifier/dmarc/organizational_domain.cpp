#include "verifier/dmarc/organizational_domain.h"

#include "verifier/dmarc/check.h"
#include "verifier/dmarc/tree_walk.h"

namespace alignd::dmarc {

std::optional<std::string> organizationalDomain(std::string_view domain, const Options& options,
                                                dns::Lookups& lookups) {
  const auto name = dns::Name::parse(domain);
  if (!name || name->isRoot()) return std::nullopt;
  if (options.organizationalDomain == OrganizationalDomain::Psl && options.list) {
    return options.list->organizationalDomain(name->text());
  }
  const WalkPlan plan = planWalk(*name);
  bool missing = false;
  Walk walk;
  // All names are asked for at once, not one after the other; the walk then reads them in order.
  for (const auto& step : plan.names) {
    if (const auto question = policyQuestion(step)) missing = lookups.find(*question) == nullptr || missing;
  }
  if (missing) return std::nullopt;
  for (std::size_t i = 0; i < plan.names.size() && !walk.ended(); ++i) {
    const auto question = policyQuestion(plan.names[i]);
    if (!question) continue;  // too long to exist
    const dns::Answer* answer = lookups.find(*question);
    if (answer == nullptr || answer->failed()) return std::nullopt;
    walk.see(plan, i, sightOf(*policyOf(*answer, options.strictSyntax)));
  }
  return name->suffix(walk.organizationalLabels(plan)).text();
}

}  // namespace alignd::dmarc
