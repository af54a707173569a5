// Where keys come from, when their servers answer and when they do not.
#pragma once

#include <string>

#include "dns/data/name.h"
#include "dns/table/lookups.h"

namespace alignd::dkim {

/// The answer that keys are read from.
struct KeyAnswer {
  const dns::Answer* answer = nullptr;  // null: it is not known yet
  const dns::Answer* failure =
      nullptr;  // set: `answer` is beyond its TTL, and this is what its servers say now

  bool stale() const { return failure != nullptr; }
  /// "key served stale: SERVFAIL from ..."; empty for one that is fresh. May hold foreign octets.
  std::string staleText() const;
};

/// Needs the TXT records at `name` (RFC 6376 section 3.6.2). A failure that has a last good answer beside it, which is
/// the operator's choice ([dns] serve_stale, RFC 8767), is read as that answer. A key so old may only help a signature:
/// where it does not verify, the failure is what counts, since the key may have been changed in the meantime.
KeyAnswer findKey(const dns::Name& name, dns::Lookups& lookups);

}  // namespace alignd::dkim
