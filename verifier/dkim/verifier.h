// DKIM for one message: from its header fields to one result a signature (RFC 6376 section 6).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dns/data/time.h"
#include "dns/table/lookups.h"
#include "verifier/dkim/body_hashes.h"
#include "verifier/dkim/header_hash.h"
#include "verifier/dkim/key_lookup.h"
#include "verifier/dkim/options.h"
#include "verifier/dkim/public_key.h"
#include "verifier/dkim/result.h"
#include "verifier/dkim/signature.h"
#include "verifier/message/author.h"
#include "verifier/message/header_block.h"
#include "verifier/work.h"

namespace alignd::dkim {

/// One message at a time, in three phases: field() for each field, endOfHeader(), and when the body has been
/// hashed and ready() says so, finish(). Reusable through reset(); one thread.
class MessageVerifier {
 public:
  /// What is done is counted in `work`, when there is one, and is bounded by it; it must outlive this object.
  explicit MessageVerifier(const Options& options, WorkBudget* work = nullptr);

  /// Forgets everything: the next message.
  void reset() noexcept;

  /// The field at `index` has just been added. A DKIM-Signature is parsed, and while fewer than the cap are
  /// its key is asked ahead of need. A faulty signature asks nothing.
  void field(const message::HeaderBlock& header, std::size_t index, dns::Lookups& lookups);

  /// The header is complete. Chooses the signatures that are evaluated: those whose d= is the author domain,
  /// above it or below it first, so that junk cannot displace them, then from the top down, up to the cap.
  /// Their body digests are registered in `bodies`, their keys asked.
  void endOfHeader(const message::HeaderBlock& header, const message::Author& author, BodyHashes& bodies,
                   dns::Lookups& lookups);

  struct Candidate {
    const Signature* signature;
    bool canPass;  // it was chosen
  };
  /// All signatures that were read, in the order of finish()'s results, after endOfHeader(). Valid until finish().
  std::vector<Candidate> candidates() const;

  /// Says that all keys of the chosen signatures are needed. True when every one is known. No crypto.
  bool ready(dns::Lookups& lookups);

  /// All the crypto, once; never waits: a key that is not known counts as a DNS failure. `bodies` is finished.
  /// `recipients` are envelope recipients without angle brackets; `received` is the arrival at the ADMD (RFC
  /// 6376 section 3.5, x=).
  Result finish(const message::HeaderBlock& header, BodyHashes& bodies, dns::Lookups& lookups,
                const std::vector<std::string>& recipients, UnixTime received);

 private:
  struct Entry {
    std::size_t field = 0;  // index in the HeaderBlock
    Signature signature;
    bool chosen = false;
    std::optional<BodyHashes::Handle> body;
  };
  struct Context;  // of one finish()

  bool evaluable(const Entry& entry) const;
  void choose(const message::Author& author);
  static void describe(Signature& signature, SignatureResult& result);
  void evaluate(const Entry& entry, Context& context, SignatureResult& result);
  void withAnswer(const Entry& entry, const dns::Answer& answer, Context& context, SignatureResult& result);
  void weighStale(const KeyAnswer& found, SignatureResult& result) const;
  bool checkTimes(const Signature& signature, UnixTime received, SignatureResult& result) const;
  void verify(const Entry& entry, const std::vector<const KeyRecord*>& keys, Context& context,
              SignatureResult& result);
  void diagnose(const Entry& entry, Context& context, SignatureResult& result);
  void qualifyPass(const Entry& entry, Context& context, SignatureResult& result);

  bool spend(const Work& work) const { return work_ == nullptr || work_->spend(work); }

  Options options_;
  WorkBudget* work_;
  HeaderHasher hasher_;
  std::vector<Entry> entries_;
  std::size_t fields_ = 0;
  std::size_t unparsed_ = 0;
  std::size_t asked_ = 0;
};

}  // namespace alignd::dkim
