// Trusted sealers: whose ARC-Authentication-Results may speak for the author domain (RFC 8617 section 7.2.1,
// DESIGN.md decision 10). Pure functions; crypto has been done by the caller.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verifier/arc/chain.h"
#include "verifier/arc/options.h"

namespace alignd::arc {

/// True when the domain is listed (ASCII case and a final dot do not matter; subdomains are not meant).
bool isTrusted(std::string_view sealDomain, const Options& options);

/// The lowest instance from which on, up to N, every sealer is listed; 0 when sealer N is not. `sets` is a
/// valid structure.
int trustedFrom(const std::vector<ChainSet>& sets, const Options& options);

/// A domain that an ARC-Authentication-Results says has been authenticated.
struct Witness {
  std::string method;  // "dkim", "spf" or "dmarc"
  std::string domain;  // A-labels, lower case: header.d (or of header.i), smtp.mailfrom, header.from
};

/// What `dkim=pass`, `spf=pass` (of MAIL FROM) and `dmarc=pass` in the payload say. Results that are not
/// well-formed, that have a property twice, and a payload with an open comment or quoted-string say nothing.
/// At most 50.
std::vector<Witness> witnesses(std::string_view payload);

/// True when the witness speaks for the author domain without any question to DNS: it names the domain
/// itself, or (dkim and spf) a domain above it, whose owner runs the author's name as well. Everything else
/// hangs on organizational domains (RFC 9989 section 4.4).
bool speaksFor(const Witness& witness, std::string_view authorDomain);

}  // namespace alignd::arc
