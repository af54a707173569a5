// ARC for one message: from its header fields to the status of the chain (RFC 8617 section 5.2).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/data/time.h"
#include "dns/table/lookups.h"
#include "verifier/arc/chain.h"
#include "verifier/arc/options.h"
#include "verifier/arc/result.h"
#include "verifier/arc/trust.h"
#include "verifier/arc/validation.h"
#include "verifier/dkim/body_hashes.h"
#include "verifier/message/author.h"
#include "verifier/message/header_block.h"

namespace alignd::arc {

/// The organizational domain of `domain` (RFC 9989 section 4.10.2), or nothing while an answer is missing
/// (`lookups` then knows which) or when it cannot be found.
using OrganizationalDomain =
    std::function<std::optional<std::string>(std::string_view domain, dns::Lookups& lookups)>;

/// One message at a time, in the same three phases as dkim::MessageVerifier. Reusable through reset(); one
/// thread. Questions: the seals and the newest ARC-Message-Signature first; older ones only while oldest-pass
/// hangs on them.
class ChainVerifier {
 public:
  /// What is done is counted in `work`, when there is one, and is bounded by it; it must outlive this object.
  explicit ChainVerifier(const Options& options, WorkBudget* work = nullptr);

  /// Forgets everything: the next message.
  void reset() noexcept;

  /// How relaxed alignment of what a trusted sealer says is judged. Without it the words count for the domain
  /// that they name and for domains below it.
  void setOrganizationalDomain(OrganizationalDomain find) { organizationalDomain_ = std::move(find); }

  /// The field at `index` has just been added. Keys are asked ahead of need while fewer than the cap are.
  void field(const message::HeaderBlock& header, std::size_t index, dns::Lookups& lookups);

  /// The header is complete. When its ARC fields are a chain by their structure, the body digests that it
  /// needs are registered and its keys asked; otherwise nothing more is.
  void endOfHeader(const message::HeaderBlock& header, dkim::BodyHashes& bodies, dns::Lookups& lookups);

  /// Says which answers are needed. True when all are known. No crypto.
  bool ready(dns::Lookups& lookups);

  /// All the crypto; never waits: a key that is not known counts as a DNS failure. `bodies` is finished.
  /// `author` is whom a trusted sealer may vouch for; `received` is the arrival time (x=).
  Result finish(const message::HeaderBlock& header, dkim::BodyHashes& bodies, dns::Lookups& lookups,
                const message::Author& author, UnixTime received);

 private:
  void askKeys(dns::Lookups& lookups) const;
  bool olderMessagesReady(dns::Lookups& lookups) const;
  void listen(const message::HeaderBlock& header);
  bool witnessesReady(dns::Lookups& lookups) const;
  bool speaks(int instance, const message::Author& author, dns::Lookups& lookups) const;
  std::vector<Set> describe(const message::HeaderBlock& header) const;
  void judgeTrust(const message::Author& author, bool olderTransient, dns::Lookups& lookups,
                  Result& result) const;

  Options options_;
  WorkBudget* work_;
  OrganizationalDomain organizationalDomain_;
  Chain chain_;
  bool valid_ = false;                       // can be a chain; known at the end of the header
  std::string problem_;                      // why not
  int lowest_ = 1;                           // the oldest instance whose ARC-Message-Signature is looked at
  int trustedFrom_ = 0;                      // trust.h
  std::vector<BodyDigests> bodies_;          // one a set
  std::vector<std::vector<Witness>> heard_;  // one a set; empty below trustedFrom_
  std::size_t asked_ = 0;
};

}  // namespace alignd::arc
