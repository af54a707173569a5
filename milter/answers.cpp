#include "milter/answers.h"

#include "dns/data/ascii.h"

namespace alignd::milter {

MtaKind kindOf(std::string_view version) {
  if (version.empty()) return MtaKind::Unknown;
  if (ascii::isDigit(version.front())) return MtaKind::Sendmail;
  return version.starts_with("Postfix ") ? MtaKind::Postfix : MtaKind::Other;
}

Answers answersFor(MtaKind kind, bool overTcp, bool dataEvent) {
  if (overTcp && kind != MtaKind::Sendmail)
    return {.recipients = !dataEvent, .data = dataEvent, .body = true};
  return {.body = kind != MtaKind::Postfix && kind != MtaKind::Sendmail};
}

void KnownMtas::seen(Offer offer, MtaKind kind) {
  if (kind == MtaKind::Unknown) return;
  const std::lock_guard lock(mutex_);
  const auto known = kinds_.find(offer);
  if (known != kinds_.end()) {
    if (known->second != kind) known->second = MtaKind::Other;
  } else if (kinds_.size() < kMost) {
    kinds_.emplace(offer, kind);
  }
}

MtaKind KnownMtas::kindOf(Offer offer) const {
  const std::lock_guard lock(mutex_);
  const auto known = kinds_.find(offer);
  return known == kinds_.end() ? MtaKind::Unknown : known->second;
}

}  // namespace alignd::milter
