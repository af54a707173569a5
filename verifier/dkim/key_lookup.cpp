#include "verifier/dkim/key_lookup.h"

#include "dns/data/ascii.h"

namespace alignd::dkim {

std::string KeyAnswer::staleText() const {
  if (failure == nullptr) return {};
  return ascii::cat({"key served stale: ", failure->detail.empty() ? dns::statusName(failure->status)
                                                                   : std::string_view(failure->detail)});
}

KeyAnswer findKey(const dns::Name& name, dns::Lookups& lookups) {
  const dns::Answer* answer = lookups.find({name, dns::Type::TXT});
  if (answer == nullptr || !answer->lastGood) return {answer, nullptr};
  return {answer->lastGood.get(), answer};
}

}  // namespace alignd::dkim
