#include "verifier/policy/failure_memory.h"

namespace alignd::policy {

bool FailureMemory::persists(const Verdict& verdict, Time now) {
  const std::string& domain = verdict.author.domain;
  if (domain.empty() || verdict.exemption != Exemption::None) return false;
  if (verdict.takenOver.methods.dmarc) return false;  // says nothing of our own checks
  const std::lock_guard lock(mutex_);
  if (verdict.dmarc.status != dmarc::Status::TempError) {
    domains_.erase(domain);
    return false;
  }
  const auto known = domains_.find(domain);
  // Nobody tried for longer than the patience: what it failed on then may be over and back again.
  if (known != domains_.end() && now - known->second.last <= patience_) {
    known->second.last = now;
    return now - known->second.since >= patience_;
  }
  if (known == domains_.end() && domains_.size() >= maximum_) domains_.erase(domains_.begin());
  if (maximum_ > 0) domains_.insert_or_assign(domain, Failing{now, now});
  return false;
}

std::size_t FailureMemory::size() const {
  const std::lock_guard lock(mutex_);
  return domains_.size();
}

}  // namespace alignd::policy
