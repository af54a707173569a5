// check_host() of RFC 7208 section 4.
#pragma once

#include <optional>
#include <string>

#include "dns/data/address.h"
#include "dns/data/time.h"
#include "dns/table/lookups.h"
#include "verifier/spf/carry.h"
#include "verifier/spf/options.h"
#include "verifier/spf/result.h"
#include "verifier/spf/trace.h"

namespace alignd::spf {

/// One check: who connected and what it claimed.
struct Request {
  IpAddress client;
  std::string helo;      // the last HELO or EHLO argument
  std::string mailFrom;  // reverse-path, with or without angle brackets; "" is the null path
  Identity identity = Identity::MailFrom;
  std::string receiver;  // our host name, for %{r}; "" is "unknown"
  UnixTime now{};        // for %{t}
  bool smtputf8 = false;
  std::string
      domain;  // <domain> where it is not the sender's own (section 4.1), for tools; A-labels; "" otherwise
};

/// Evaluates one identity over the answers known so far. Nothing: it is blocked on an answer that
/// lookups.find() was asked for; run it again, from its start, when lookups.collect() says that one came.
/// Pure: same answers, same result. Bounded by the limits of section 4.6.4, whatever the records say. `carry`
/// goes from run to run of one evaluation, so that running again costs little; with a trace it only counts.
std::optional<Result> evaluate(const Request& request, const Options& options, dns::Lookups& lookups,
                               Trace* trace = nullptr, Carry* carry = nullptr);

/// Whether a pass may count in DMARC: always, unless the network that matched is wider than the options allow
/// (over-broad records). Only for the MAIL FROM identity; alignment is DMARC's business.
bool usableForDmarc(const Result& result, const Options& options);

}  // namespace alignd::spf
