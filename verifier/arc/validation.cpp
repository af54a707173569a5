#include "verifier/arc/validation.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::arc {

namespace {

using dkim::Canonicalization;

std::string_view word(const Outcome& outcome) {
  if (outcome.pass) return "pass";
  return outcome.transient ? "temperror" : "fail";
}

void fail(Result& result, std::size_t position, std::string_view field, const Outcome& outcome) {
  result.status = Status::Fail;
  result.transient = outcome.transient;
  result.text = ascii::cat({"instance ", std::to_string(position + 1), ": ", field, ": ", outcome.text});
}

bool sameOctets(const dkim::Digest& digest, std::string_view octets) {
  return std::equal(digest.begin(), digest.end(), octets.begin(), octets.end(),
                    [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
}

}  // namespace

Validation::Validation(const Options& options, std::span<const ChainSet> sets,
                       const message::HeaderBlock& header, const dkim::BodyHashes& bodies,
                       std::span<const BodyDigests> digests, dns::Lookups& lookups, UnixTime received,
                       WorkBudget* work)
    : options_(options),
      sets_(sets),
      header_(header),
      bodies_(bodies),
      digests_(digests),
      lookups_(lookups),
      received_(static_cast<std::uint64_t>(std::max<std::int64_t>(received.time_since_epoch().count(), 0))),
      work_(work),
      hasher_(options.maximumHeaderBytes, work) {
  hasher_.start(header);
}

void Validation::run(int lowest, Result& result) {
  if (!newestMessage(result) || !seals(result)) return;
  result.status = Status::Pass;
  oldestPass(lowest, result);  // step 5 does not change the status, so that it can come last
}

// Step 4.
bool Validation::newestMessage(Result& result) {
  const std::size_t newest = sets_.size() - 1;
  const Outcome outcome = checkMessage(newest, result.sets[newest]);
  if (!outcome.pass) fail(result, newest, "ARC-Message-Signature", outcome);
  return outcome.pass;
}

// Step 6.
bool Validation::seals(Result& result) {
  canonicalizeSets();
  for (std::size_t position = sets_.size(); position-- > 0;) {
    const Outcome outcome = checkSeal(position, result.sets[position]);
    result.sets[position].seal = word(outcome);
    if (outcome.pass) continue;
    fail(result, position, "ARC-Seal", outcome);
    return false;
  }
  return true;
}

void Validation::oldestPass(int lowest, Result& result) {
  for (std::size_t position = sets_.size() - 1; position-- > 0;) {
    const int instance = static_cast<int>(position) + 1;
    if (instance < lowest) return;  // not determined
    const Outcome outcome = checkMessage(position, result.sets[position]);
    if (outcome.pass) continue;
    olderTransient_ = outcome.transient;
    result.oldestPass = instance + 1;
    return;
  }
  result.oldestPass = 0;
}

// RFC 6376 section 6.1.3, for an ARC-Message-Signature.
Outcome Validation::checkMessage(std::size_t position, Set& described) {
  const dkim::Signature& signature = sets_[position].signature;
  const auto conclude = [&](Outcome outcome) {
    described.message = word(outcome);
    return outcome;
  };
  if (!signature.ok()) return conclude({false, false, signature.text});
  if (signature.algorithm == dkim::Algorithm::RsaSha1) {
    return conclude({false, false, "rsa-sha1 is not valid any more (RFC 8301)"});
  }
  // RFC 8617 section 4.1.2: ARC-Seal "MUST NOT be included in the list of header fields covered". The two
  // others must not either, but validators let them pass, and no harm comes of it.
  if (signature.signs("arc-seal")) return conclude({false, false, "ARC-Seal stands in h="});
  const auto drift = static_cast<std::uint64_t>(options_.clockDrift.count());
  if (signature.expiresAt && received_ > drift && received_ - drift > *signature.expiresAt) {
    return conclude({false, false, "expired"});
  }
  const BodyDigests& digests = digests_[position];
  if (!digests.written) return conclude({false, false, "too many distinct body hashes in this message"});

  const auto type =
      signature.algorithm == dkim::Algorithm::Ed25519Sha256 ? dkim::KeyType::Ed25519 : dkim::KeyType::Rsa;
  const Keys keys = findKeys(*signature.keyName, type, options_, lookups_);
  if (keys.usable.empty()) return conclude(keys.fault);
  if (!keys.stale.empty()) described.keyStale = keys.stale;
  Outcome outcome = checkForm(position, keys, signature.header, *digests.written, described);
  // Without c= the semantics of DKIM-Signature (RFC 8617 section 4.1.2) make both forms simple; the suite
  // that ARC validators are checked with (arc_test_suite, ams_fields_c_na) has them relaxed. Either way the
  // signer signed it.
  if (!outcome.pass && digests.relaxed) {
    outcome = checkForm(position, keys, Canonicalization::Relaxed, *digests.relaxed, described);
  }
  return conclude(std::move(outcome));
}

// RFC 6376 section 6.1.3 for one pair of canonicalizations.
Outcome Validation::checkForm(std::size_t position, const Keys& keys, Canonicalization header,
                              dkim::BodyHashes::Handle body, Set& described) {
  const ChainSet& set = sets_[position];
  const dkim::Signature& signature = set.signature;
  const auto octets = bodies_.octets(body);
  described.unsignedBody = octets.unsignedOctets() > 0;
  if ((signature.bodyLength && *signature.bodyLength > octets.total) ||
      !sameOctets(bodies_.digest(body), signature.bodyHash)) {
    return {false, false, "body hash did not verify"};
  }
  const auto digest =
      hasher_.hash(header, signature.signedFields, {*set.message, signature.bBegin, signature.bEnd});
  if (!digest) return tooMuch("too many octets of signed header in this message");
  return checkCrypto(keys, *digest, signature.signature);
}

Outcome Validation::checkCrypto(const Keys& keys, const dkim::Digest& digest,
                                std::string_view signature) const {
  const auto verified = verifies(keys, digest, signature, work_);
  if (!verified) return tooMuch({});
  return *verified ? Outcome{true, false, {}} : notVerified(keys);
}

Outcome Validation::checkSeal(std::size_t position, Set& described) {
  const Seal& seal = sets_[position].sealed;
  const Keys keys = findKeys(*seal.keyName, seal.keyType, options_, lookups_);
  if (keys.usable.empty()) return keys.fault;
  if (!keys.stale.empty()) described.keyStale = keys.stale;
  const auto digest = sealDigest(position);
  if (!digest) return tooMuch("too many octets of sealed header in this message");
  return checkCrypto(keys, *digest, seal.signature);
}

// Of the two bounds, the one that was met.
Outcome Validation::tooMuch(std::string_view ofOctets) const {
  const bool all = work_ != nullptr && work_->refused();
  return {false, false, std::string(all ? "too much work in this message" : ofOctets)};
}

void Validation::canonicalizeSets() {
  const auto relaxed = [&](std::size_t index) {
    return ascii::cat({hasher_.canonical(Canonicalization::Relaxed, index), "\r\n"});
  };
  for (const ChainSet& set : sets_) {
    evidence_.push_back(relaxed(*set.results) + relaxed(*set.message));
    closing_.push_back(relaxed(*set.seal));
  }
}

// RFC 8617 section 5.1.1: all sets up to this one, in increasing order, each as ARC-Authentication-Results,
// ARC-Message-Signature, ARC-Seal; relaxed; the seal itself last, its b= emptied, without a final CRLF.
std::optional<dkim::Digest> Validation::sealDigest(std::size_t position) {
  const message::Field field = header_[*sets_[position].seal];
  const Seal& seal = sets_[position].sealed;
  const std::size_t valueAt = field.whole.size() - field.value.size();
  const std::string emptied =
      ascii::cat({field.whole.substr(0, valueAt + seal.bBegin), field.whole.substr(valueAt + seal.bEnd)});
  std::string own;
  dkim::canonicalizeField(Canonicalization::Relaxed, emptied, own);

  std::size_t octets = own.size();
  for (std::size_t i = 0; i <= position; ++i) octets += evidence_[i].size() + closing_[i].size();
  if (octets > options_.maximumHeaderBytes - sealOctets_) return std::nullopt;
  if (work_ != nullptr && !work_->spend({.hashedOctets = octets})) return std::nullopt;
  sealOctets_ += octets;

  sealHash_.reset();
  for (std::size_t i = 0; i < position; ++i) {
    sealHash_.update(evidence_[i]);
    sealHash_.update(closing_[i]);
  }
  sealHash_.update(evidence_[position]);
  sealHash_.update(own);
  return sealHash_.finish();
}

}  // namespace alignd::arc
