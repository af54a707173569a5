#include "verifier/dmarc/tree_walk.h"

#include <algorithm>

namespace alignd::dmarc {

namespace {

// Section 4.10 step 4: of a name with 8 labels or more, 7 remain after the first question.
constexpr std::size_t kMaxParentLabels = 7;

}  // namespace

WalkPlan planWalk(const dns::Name& domain) {
  WalkPlan plan;
  plan.domain = domain;
  const std::size_t labels = domain.labelCount();
  const std::size_t parents = labels == 0 ? 0 : std::min(labels - 1, kMaxParentLabels);
  plan.names.reserve(1 + parents);
  plan.names.push_back(domain);
  for (std::size_t count = parents; count > 0; --count) plan.names.push_back(domain.suffix(count));
  return plan;
}

WalkPlan planList(const dns::Name& domain, const PublicSuffixList& list) {
  WalkPlan plan{domain, {domain}, domain.labelCount()};
  const auto organizational = dns::Name::parse(list.organizationalDomain(domain.text()));
  if (!organizational || *organizational == domain || !domain.isWithin(*organizational)) return plan;
  plan.names.push_back(*organizational);
  plan.fixedLabels = organizational->labelCount();
  return plan;
}

std::optional<dns::Question> policyQuestion(const dns::Name& name) {
  auto under = name.under("_dmarc");
  if (!under) return std::nullopt;
  return dns::Question{*std::move(under), dns::Type::TXT};
}

void Walk::see(const WalkPlan& plan, std::size_t index, Sight sight) {
  if (ended_ || sight == Sight::Nothing) return;
  const int here = static_cast<int>(index);
  const int labels = static_cast<int>(plan.names[index].labelCount());
  const bool previousRecord = shortest_ != kNone && shortest_ == here - 1;
  // Section 4.10.1: a record at the domain itself is preferred to every other.
  const bool own = policy_ == 0 || index == 0;
  shortest_ = here;
  if (sight == Sight::Record || plan.fixedLabels) {
    policy_ = own ? 0 : here;
    return;
  }
  ended_ = true;
  if (sight == Sight::PsdNo || index == 0) {
    // Rule 1; and psd=y where the walk started, which rule 2 leaves out: rule 3, the only record there is.
    organizational_ = labels;
    policy_ = own ? 0 : here;
    return;
  }
  // Rule 2: the domain one label below. Its record, when it has one, goes before the one of the PSD.
  organizational_ = labels + 1;
  const bool below = previousRecord && static_cast<int>(plan.names[index - 1].labelCount()) == labels + 1;
  policy_ = own ? 0 : below ? here - 1 : here;
}

std::size_t Walk::organizationalLabels(const WalkPlan& plan) const {
  if (plan.fixedLabels) return *plan.fixedLabels;
  if (organizational_ != kNone) return static_cast<std::size_t>(organizational_);
  // Rule 3, the record at the name with the fewest labels; without any record the domain itself.
  return shortest_ == kNone ? plan.domain.labelCount()
                            : plan.names[static_cast<std::size_t>(shortest_)].labelCount();
}

std::optional<std::size_t> Walk::policyIndex() const {
  if (policy_ == kNone) return std::nullopt;
  return static_cast<std::size_t>(policy_);
}

}  // namespace alignd::dmarc
