#include "verifier/arc/verifier.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/arc/keys.h"

namespace alignd::arc {

namespace {

dkim::KeyType keyType(const dkim::Signature& signature) {
  return signature.algorithm == dkim::Algorithm::Ed25519Sha256 ? dkim::KeyType::Ed25519 : dkim::KeyType::Rsa;
}

}  // namespace

ChainVerifier::ChainVerifier(const Options& options, WorkBudget* work) : options_(options), work_(work) {}

void ChainVerifier::reset() noexcept {
  chain_.reset();
  valid_ = false;
  problem_.clear();
  lowest_ = 1;
  trustedFrom_ = 0;
  bodies_.clear();
  heard_.clear();
  asked_ = 0;
}

void ChainVerifier::field(const message::HeaderBlock& header, std::size_t index, dns::Lookups& lookups) {
  const dns::Name* key = chain_.add(header, index, options_.maximumSignedNames,
                                    options_.strictSyntax ? dkim::Syntax::Strict : dkim::Syntax::Tolerant);
  if (key == nullptr || asked_ >= options_.maximumKeysAhead) return;
  ++asked_;
  lookups.ask({*key, dns::Type::TXT});
}

void ChainVerifier::endOfHeader(const message::HeaderBlock& header, dkim::BodyHashes& bodies,
                                dns::Lookups& lookups) {
  if (chain_.empty()) return;
  const auto& sets = chain_.sets();
  problem_ = chain_.problem();
  if (problem_.empty() && !sets.back().signature.ok()) {  // RFC 8617 section 5.2 step 4
    problem_ = ascii::cat(
        {"instance ", std::to_string(sets.size()), ": ARC-Message-Signature: ", sets.back().signature.text});
  }
  valid_ = problem_.empty();
  if (!valid_) return;
  const int newest = static_cast<int>(sets.size());
  lowest_ = std::max(1, newest - static_cast<int>(options_.maximumOlder));
  bodies_.resize(sets.size());
  for (std::size_t i = sets.size(); i-- + 1 > static_cast<std::size_t>(lowest_);) {
    const auto& signature = sets[i].signature;
    if (!signature.ok()) break;  // oldest-pass is decided here
    bodies_[i].written = bodies.request(signature.body, signature.bodyLength);
    if (sets[i].defaultForm)
      bodies_[i].relaxed = bodies.request(dkim::Canonicalization::Relaxed, signature.bodyLength);
  }
  askKeys(lookups);
  listen(header);
}

// What the sealers say whose word may count in the end.
void ChainVerifier::listen(const message::HeaderBlock& header) {
  const auto& sets = chain_.sets();
  trustedFrom_ = trustedFrom(sets, options_);
  if (trustedFrom_ == 0) return;
  heard_.resize(sets.size());
  for (std::size_t i = static_cast<std::size_t>(trustedFrom_) - 1; i < sets.size(); ++i) {
    heard_[i] = witnesses(parseAuthResults(header[*sets[i].results].value).payload);
  }
}

// Without the seals and the newest signature there is no pass; what is older comes after them.
void ChainVerifier::askKeys(dns::Lookups& lookups) const {
  const auto& sets = chain_.sets();
  lookups.ask({*sets.back().signature.keyName, dns::Type::TXT});
  for (auto set = sets.rbegin(); set != sets.rend(); ++set)
    lookups.ask({*set->sealed.keyName, dns::Type::TXT});
  for (std::size_t i = sets.size(); i > 0 && bodies_[i - 1].written; --i) {
    lookups.ask({*sets[i - 1].signature.keyName, dns::Type::TXT});
  }
}

bool ChainVerifier::ready(dns::Lookups& lookups) {
  if (!valid_) return true;
  const auto& sets = chain_.sets();
  const auto known = [&](const dns::Name& name) { return lookups.find({name, dns::Type::TXT}) != nullptr; };
  bool all = known(*sets.back().signature.keyName);
  for (auto set = sets.rbegin(); set != sets.rend(); ++set) all = known(*set->sealed.keyName) && all;
  all = olderMessagesReady(lookups) && all;
  return witnessesReady(lookups) && all;
}

// Keys of older ARC-Message-Signatures, down to the first that cannot verify: there oldest-pass is decided.
bool ChainVerifier::olderMessagesReady(dns::Lookups& lookups) const {
  const auto& sets = chain_.sets();
  bool all = true;
  for (std::size_t i = sets.size() - 1; i > 0 && bodies_[i - 1].written; --i) {
    const auto& signature = sets[i - 1].signature;
    if (lookups.find({*signature.keyName, dns::Type::TXT}) == nullptr) {
      all = false;
    } else if (findKeys(*signature.keyName, keyType(signature), options_, lookups).usable.empty()) {
      break;
    }
  }
  return all;
}

Result ChainVerifier::finish(const message::HeaderBlock& header, dkim::BodyHashes& bodies,
                             dns::Lookups& lookups, const message::Author& author, UnixTime received) {
  Result result;
  if (chain_.empty()) return result;
  result.sets = describe(header);
  if (!valid_) {
    result.status = Status::Fail;
    result.text = problem_;
    return result;
  }
  Validation validation(options_, chain_.sets(), header, bodies, bodies_, lookups, received, work_);
  validation.run(lowest_, result);
  judgeTrust(author, validation.olderTransient(), lookups, result);
  return result;
}

std::vector<Set> ChainVerifier::describe(const message::HeaderBlock& header) const {
  std::vector<Set> out;
  for (std::size_t i = 0; i < chain_.sets().size(); ++i) {
    const ChainSet& set = chain_.sets()[i];
    if (set.empty()) continue;  // a gap
    Set& described = out.emplace_back();
    described.instance = static_cast<int>(i) + 1;
    described.sealDomain = set.sealed.domain;
    described.sealSelector = set.sealed.selector;
    described.messageDomain = set.signature.domain;
    described.messageSelector = set.signature.selector;
    described.cv = set.sealed.cv;
    if (set.results) described.authResults = parseAuthResults(header[*set.results].value).payload;
    described.fromSigned = set.signature.signs("from");
  }
  return out;
}

// The author domain is not known here, so every domain that may have to be aligned with it counts. Only with
// listed sealers, and at most eight domains a set.
bool ChainVerifier::witnessesReady(dns::Lookups& lookups) const {
  if (!organizationalDomain_) return true;
  bool all = true;
  for (const auto& heard : heard_) {
    for (const Witness& one : heard) {
      if (one.method != "dmarc" && !organizationalDomain_(one.domain, lookups)) all = false;
    }
  }
  // An organizational domain that cannot be found for other reasons is not worth waiting for.
  return all || lookups.missing() == 0;
}

// Sealer `instance` says that the author domain, or one in relaxed alignment with it, was authenticated.
bool ChainVerifier::speaks(int instance, const message::Author& author, dns::Lookups& lookups) const {
  if (author.ambiguous()) return false;
  const auto& heard = heard_[static_cast<std::size_t>(instance) - 1];
  if (std::any_of(heard.begin(), heard.end(),
                  [&](const Witness& one) { return speaksFor(one, author.domain); })) {
    return true;
  }
  if (!organizationalDomain_ || heard.empty()) return false;
  const auto ofAuthor = organizationalDomain_(author.domain, lookups);
  return ofAuthor && std::any_of(heard.begin(), heard.end(), [&](const Witness& one) {
           return one.method != "dmarc" && organizationalDomain_(one.domain, lookups) == ofAuthor;
         });
}

// DESIGN.md decision 10. A passing chain alone says nothing about older sets: anyone can copy them. What is
// read is the word of sealer k, where k and all later sealers are listed, and the message has not been
// changed since k.
void ChainVerifier::judgeTrust(const message::Author& author, bool olderTransient, dns::Lookups& lookups,
                               Result& result) const {
  if (trustedFrom_ == 0) return;
  const int newest = static_cast<int>(chain_.sets().size());
  if (result.status != Status::Pass) {
    result.trustedText = "the chain does not pass";
    for (int i = trustedFrom_; result.transient && i <= newest && !result.trustedTransient; ++i) {
      result.trustedTransient = speaks(i, author, lookups);
    }
    return;
  }
  const int unchangedSince = result.oldestPass < 0 ? lowest_ : std::max(1, result.oldestPass);
  const int k = std::max(trustedFrom_, unchangedSince);
  const Set& set = result.sets[static_cast<std::size_t>(k) - 1];
  const std::string who = ascii::cat({"sealer ", set.sealDomain, " (instance ", std::to_string(k), ")"});
  result.trustedInstance = k;
  if (author.ambiguous()) {
    result.trustedText = "there is no one author domain";
  } else if (!set.fromSigned) {
    result.trustedText = ascii::cat({who, ": From is not in h= of its ARC-Message-Signature"});
  } else if (set.unsignedBody) {
    result.trustedText = ascii::cat({who, ": its ARC-Message-Signature leaves octets of the body unsigned"});
  } else if (speaks(k, author, lookups)) {
    result.trustedPass = true;
    result.trustedText = ascii::cat({who, " found ", author.domain, " authenticated"});
  } else {
    result.trustedText = ascii::cat({who, " found nothing authenticated in alignment with ", author.domain});
    // The set before would have been read, had its key been there.
    result.trustedTransient = olderTransient && k > trustedFrom_ && speaks(k - 1, author, lookups);
  }
}

}  // namespace alignd::arc
