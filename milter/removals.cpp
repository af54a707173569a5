#include "milter/removals.h"

#include "dns/data/ascii.h"
#include "dns/data/reuse.h"
#include "verifier/authres/removal.h"

namespace alignd::milter {

void Removals::begin(const authres::Options& ours, bool keepValues) {
  ours_ = &ours;
  keepValues_ = keepValues;
  results_ = 0;
  dispositions_ = 0;
  removedResults_ = 0;
  end();
}

void Removals::end() {
  emptyForReuse(entries_);
  emptyForReuse(values_);
}

void Removals::field(std::string_view name, std::string_view value, Claim claim) {
  // `Name :` is a field of that name (RFC 5322 section 4.5.8); MTAs count it among its kind.
  name = ascii::trimWsp(name);
  if (ascii::equalIgnoreCase(name, kDispositionField)) {
    entries_.push_back({false, ++dispositions_});
    return;
  }
  if (!ascii::equalIgnoreCase(name, kResultsField)) return;
  ++results_;
  if (claim == Claim::Kept || !authres::claimsOurId(name, value, *ours_)) return;
  if (claim == Claim::Forged) ++removedResults_;
  entries_.push_back({true, results_});
  if (keepValues_) values_.emplace_back(value);
}

}  // namespace alignd::milter
