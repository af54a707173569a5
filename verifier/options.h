// Every choice the verifier leaves to its user, with the defaults of DESIGN.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "dns/table/lookups.h"
#include "verifier/arc/options.h"
#include "verifier/dkim/options.h"
#include "verifier/dmarc/options.h"
#include "verifier/spf/options.h"

namespace alignd {

struct VerificationOptions {
  dkim::Options dkim;
  spf::Options spf;
  arc::Options arc;
  dmarc::Options dmarc;

  /// What one message may ask of DNS; SPF's check of MAIL FROM and that of HELO may each ask as much for themselves.
  dns::Budget budget;
  /// One DNS budget a message, from MAIL FROM on. Must stay below the MTA's content timeout.
  std::chrono::milliseconds dnsTime{20'000};
  /// Octets of header that are kept; a message with more is judged as one whose author cannot be known.
  std::size_t maxHeaderBytes = std::size_t{1} << 20;
  /// Fields that are kept, likewise. Each costs memory of its own, however short it is.
  std::size_t maxFields = 2000;
  /// Evaluators run again when an answer came that they were short of; more often than this ends the waiting.
  std::size_t maxReRuns = 1000;
  /// Units of work (verifier/work.h) that DKIM and ARC may take for one message beside its body, which costs the sender
  /// as much. Ten signatures by 4096-bit keys and twenty ARC sets, over 100 KiB of header, take 10 million.
  std::uint64_t maxWork = 100'000'000;
  /// Check the reverse name of the client (RFC 8601 section 3).
  bool iprev = false;
};

}  // namespace alignd
