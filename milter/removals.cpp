#include "milter/removals.h"

#include "dns/data/ascii.h"
#include "dns/data/reuse.h"
#include "verifier/authres/removal.h"
#include "verifier/message/line_ends.h"

namespace alignd::milter {

namespace {

std::string withoutLineEnds(std::string_view value) {
  std::string out(value);
  for (std::size_t i = message::findFieldEnd(out); i != std::string::npos;
       i = message::findFieldEnd(out, i)) {
    out[i] = ' ';
  }
  return out;
}

}  // namespace

void Removals::begin(const authres::Options& ours, bool keepValues) {
  ours_ = &ours;
  keepValues_ = keepValues;
  results_ = 0;
  dispositions_ = 0;
  removedResults_ = 0;
  end();
}

void Removals::end() noexcept {
  emptyForReuse(entries_);
  emptyForReuse(values_);
  emptyForReuse(names_);
  counts_.clear();
}

// MTAs number the fields of one name from 1, in any case. Counted from the first time that it is asked.
int Removals::ordinalOf(const std::string& name) {
  for (std::size_t at = 0; at < names_.size();) {
    const std::size_t end = names_.find('\n', at);
    ++counts_[ascii::toLower(std::string_view(names_).substr(at, end - at))];
    at = end + 1;
  }
  names_.clear();
  return counts_[name];
}

void Removals::field(std::string_view name, std::string_view value, Claim claim) {
  // `Name :` is a field of that name (RFC 5322 section 4.5.8); MTAs count it among its kind.
  name = ascii::trimWsp(name);
  names_ += name;
  names_ += '\n';
  if (ascii::equalIgnoreCase(name, kDispositionField)) {
    entries_.push_back({Entry::Kind::Disposition, ++dispositions_, {}});
    return;
  }
  const bool results = ascii::equalIgnoreCase(name, kResultsField);
  if (results) ++results_;
  if (claim == Claim::Kept || !authres::claimsOurId(name, value, *ours_)) return;
  if (claim == Claim::Forged) ++removedResults_;
  if (results) {
    entries_.push_back({Entry::Kind::Results, results_, {}});
  } else {
    std::string lower = ascii::toLower(name);
    const int ordinal = ordinalOf(lower);
    entries_.push_back({Entry::Kind::Other, ordinal, std::move(lower)});
  }
  if (keepValues_) values_.push_back(withoutLineEnds(value));
}

}  // namespace alignd::milter
