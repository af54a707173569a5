// The DNS Tree Walk: RFC 9989 section 4.10, and what it finds (sections 4.10.1 and 4.10.2).
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dns/data/question.h"
#include "verifier/dmarc/options.h"

namespace alignd::dmarc {

/// The names that are looked at for one domain, longest first, and what decides about the organizational
/// domain.
struct WalkPlan {
  dns::Name domain;
  std::vector<dns::Name> names;  // without `_dmarc`; at most 8
  /// With a public suffix list: the labels of the organizational domain, whatever the records say. psd= then
  /// means nothing (RFC 7489 knows no such tag).
  std::optional<std::size_t> fixedLabels;
};

/// Steps 1, 3, 4 and 7: the domain, then its parents from the 7-label one on, down to the top-level domain.
WalkPlan planWalk(const dns::Name& domain);
/// RFC 7489 section 6.6.3: the domain, then its organizational domain by the list.
WalkPlan planList(const dns::Name& domain, const PublicSuffixList& list);

/// TXT at `_dmarc.` + name; nothing where that is too long to be asked.
std::optional<dns::Question> policyQuestion(const dns::Name& name);

/// What stands at one name, as far as the walk cares.
enum class Sight {
  Nothing,  // no record, or several
  Record,   // one record with psd=u
  PsdNo,
  PsdYes,
};

/// One walk under way: takes the sights in order. A small value, so that walks over answers that are not
/// known can be followed in all their forms at once.
class Walk {
 public:
  /// The sight at the plan's `index`-th name. After the end (psd=n, psd=y) nothing counts any more.
  void see(const WalkPlan& plan, std::size_t index, Sight sight);
  bool ended() const { return ended_; }

  /// Labels of the organizational domain (section 4.10.2), when all names have been seen or the walk has
  /// ended.
  std::size_t organizationalLabels(const WalkPlan& plan) const;
  /// Index of the name whose record is the policy record (section 4.10.1): at the domain itself, else at its
  /// organizational domain, else at its PSD. Nothing when there is none.
  std::optional<std::size_t> policyIndex() const;

  friend auto operator<=>(const Walk&, const Walk&) = default;

 private:
  static constexpr int kNone = -1;
  int shortest_ = kNone;        // index of the last name with a record
  int organizational_ = kNone;  // labels, where psd= decided
  int policy_ = kNone;
  bool ended_ = false;
};

}  // namespace alignd::dmarc
