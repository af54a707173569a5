// Steps 4 to 7 of RFC 8617 section 5.2: the crypto of one chain. Made, run and thrown away within one
// finish().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/time.h"
#include "dns/table/lookups.h"
#include "verifier/arc/chain.h"
#include "verifier/arc/keys.h"
#include "verifier/arc/options.h"
#include "verifier/arc/result.h"
#include "verifier/dkim/body_hashes.h"
#include "verifier/dkim/crypto.h"
#include "verifier/dkim/header_hash.h"
#include "verifier/message/header_block.h"

namespace alignd::arc {

/// The body digests of one ARC-Message-Signature.
struct BodyDigests {
  std::optional<dkim::BodyHashes::Handle> written;  // as c= says; simple without it
  std::optional<dkim::BodyHashes::Handle> relaxed;  // without c=: the other reading
};

class Validation {
 public:
  /// `sets` is a valid structure; `bodies` is finished; `digests` are one a set. All must outlive this
  /// object.
  Validation(const Options& options, std::span<const ChainSet> sets, const message::HeaderBlock& header,
             const dkim::BodyHashes& bodies, std::span<const BodyDigests> digests, dns::Lookups& lookups,
             UnixTime received, WorkBudget* work = nullptr);

  /// Fills in status, text, transient, oldestPass and what became of each set of `result.sets`. Instances
  /// below `lowest` are left out of the search for oldest-pass, which then may end without a value (-1).
  void run(int lowest, Result& result);

  /// The search for oldest-pass ended at a failure that was DNS trouble.
  bool olderTransient() const { return olderTransient_; }

 private:
  bool newestMessage(Result& result);
  bool seals(Result& result);
  void oldestPass(int lowest, Result& result);
  Outcome checkMessage(std::size_t position, Set& described);
  Outcome checkForm(std::size_t position, const Keys& keys, dkim::Canonicalization header,
                    dkim::BodyHashes::Handle body, Set& described);
  Outcome checkSeal(std::size_t position, Set& described);
  Outcome checkCrypto(const Keys& keys, const dkim::Digest& digest, std::string_view signature) const;
  Outcome tooMuch(std::string_view ofOctets) const;
  std::optional<dkim::Digest> sealDigest(std::size_t position);
  void canonicalizeSets();

  const Options& options_;
  std::span<const ChainSet> sets_;
  const message::HeaderBlock& header_;
  const dkim::BodyHashes& bodies_;
  std::span<const BodyDigests> digests_;
  dns::Lookups& lookups_;
  std::uint64_t received_;  // unix seconds
  WorkBudget* work_;
  dkim::HeaderHasher hasher_;
  // Relaxed forms of each set, CRLFs included: what its own seal and the later ones cover.
  std::vector<std::string> evidence_;  // ARC-Authentication-Results, ARC-Message-Signature
  std::vector<std::string> closing_;   // ARC-Seal
  dkim::Sha256 sealHash_;
  std::size_t sealOctets_ = 0;
  bool olderTransient_ = false;
};

}  // namespace alignd::arc
