// Taking over what a trusted border MTA found (RFC 8601 section 4.1): its results instead of our own
// evaluation, for messages that come directly from its address. Whether they do is the caller's business.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "verifier/arc/result.h"
#include "verifier/authres/options.h"
#include "verifier/authres/parser.h"
#include "verifier/dkim/result.h"
#include "verifier/dmarc/result.h"
#include "verifier/spf/result.h"
#include "verifier/verdict.h"

namespace alignd::authres {

/// Per method what was taken over; what is not set has to be evaluated here.
struct Upstream {
  std::optional<IprevResult> iprev;
  std::optional<spf::Result> spf;  // status, identity, domain
  std::optional<dkim::Result>
      dkim;  // a result a signature: status, domain, selector, identity, algorithm, headerB
  std::optional<arc::Result> arc;      // status, oldestPass
  std::optional<dmarc::Result> dmarc;  // status, authorDomain, effective
};

/// True when the field was written under one of the listed ids (Options::upstreamIds), in a version that we
/// read, and nothing in it is left open.
bool isUpstream(const Parsed& field, const Options& options);

/// The results of `field`, which isUpstream() has passed, for the methods of Options::upstreamMethods. A
/// method is left to be evaluated here when one of its results is malformed, or has a word that RFC 8601 does
/// not define for it, or when there are two where there can be one; of dkim, also when two results for the
/// same header.b disagree (RFC 6008 section 4). The text of each result says where it comes from.
Upstream takeOver(const Parsed& field, const Options& options);

}  // namespace alignd::authres
