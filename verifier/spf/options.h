// What of SPF is settable.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace alignd::spf {

/// RFC 7208 section 4.6.4 fixes these.
inline constexpr int kMaxTerms = 10;
inline constexpr std::size_t kMaxMxNames = 10;
inline constexpr std::size_t kMaxPtrNames = 10;

/// What becomes of the HELO identity beside MAIL FROM (section 2.3). MAIL FROM is evaluated in every case:
/// DMARC needs it.
enum class HeloCheck : std::uint8_t {
  Off,     // not evaluated
  Log,     // evaluated, for the verdict log alone
  Report,  // also reported in Authentication-Results and Received-SPF
  Decide,  // also decides, as section 2.4 allows: its fail counts as a fail of the message
};

struct Options {
  /// Who checks, for %{r} in explanations and for Received-SPF (sections 7.3 and 9.1); empty: unknown. No setting of
  /// its own: the daemon's is its authserv-id.
  std::string receiver{};
  /// Void lookups allowed; one more is a permerror (section 4.6.4 recommends 2).
  int maxVoids = 2;
  /// Octets of a record; a longer one is a permerror, a longer text of an explanation is none. Section 3.4 wants records to fit into 512 octets and lets verifiers
  /// ignore what does not fit into one UDP packet; 8 KiB is twice the largest that resolvers take by UDP, and more
  /// than 400 networks.
  std::size_t maxRecord = 8192;
  /// The time that one evaluation may take; a temperror afterwards (section 4.6.4: at least 20 s).
  std::chrono::seconds timeLimit{20};
  /// Names are asked ahead of need only while fewer questions than this were sent; 0 asks one after the
  /// other. An evaluation needs 123 at the very most (10 mx terms with 10 hosts each, an explanation with
  /// %{p}), so that 24 stay within the 150 that a message may ask, and asking ahead cannot change a result.
  std::size_t askAhead = 24;
  /// Whether the explanation of a fail is fetched (section 6.2).
  bool explanations = true;
  /// Octets of an explanation that are kept.
  std::size_t explanationLimit = 400;
  HeloCheck helo = HeloCheck::Log;
  /// Whether a Received-SPF field is written beside Authentication-Results (section 9.1).
  bool receivedSpf = false;
  /// A pass through a network that is wider than this does not count in DMARC; 0: every pass counts.
  int minimumPrefix4 = 0;
  int minimumPrefix6 = 0;
  /// Enforcement at end of message, never when dmarc=pass.
  bool rejectFail = false;
  bool deferTempError = false;
};

}  // namespace alignd::spf
