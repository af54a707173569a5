#include "milter/registry.h"

#include "verifier/verification.h"

namespace alignd::milter {

void Registry::add(Verification& verification) {
  const std::lock_guard lock(mutex_);
  verifications_.insert(&verification);
}

void Registry::remove(Verification& verification) {
  const std::lock_guard lock(mutex_);
  verifications_.erase(&verification);
}

std::size_t Registry::connections() const {
  const std::lock_guard lock(mutex_);
  return verifications_.size();
}

void Registry::stop() {
  stopping_.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  for (Verification* verification : verifications_) verification->interrupt();
}

}  // namespace alignd::milter
