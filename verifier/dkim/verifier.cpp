#include "verifier/dkim/verifier.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "dns/data/ascii.h"
#include "verifier/dkim/coverage.h"
#include "verifier/dkim/diagnosis.h"
#include "verifier/dkim/key_check.h"
#include "verifier/dkim/tag_list.h"

namespace alignd::dkim {

namespace {

constexpr std::string_view kFieldName = "DKIM-Signature";

// "3 days": the largest unit that has at least two of it, rounded down.
std::string spanText(std::uint64_t seconds) {
  struct Unit {
    std::uint64_t seconds;
    std::string_view name;
  };
  static constexpr std::array<Unit, 4> kUnits{
      {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
  for (const Unit& unit : kUnits) {
    const std::uint64_t count = seconds / unit.seconds;
    if (count < 2 && unit.seconds != 1) continue;
    return ascii::cat({std::to_string(count), " ", unit.name, count == 1 ? "" : "s"});
  }
  return {};
}

// At least `a`, whatever `b` is.
std::uint64_t plus(std::uint64_t a, std::chrono::seconds b) {
  const auto more = static_cast<std::uint64_t>(std::max<std::int64_t>(b.count(), 0));
  return a > std::numeric_limits<std::uint64_t>::max() - more ? std::numeric_limits<std::uint64_t>::max()
                                                              : a + more;
}

// The domain of a signature is the author's, above it or below it: it may align, by whatever rule.
bool isRelated(const std::string& domain, const message::Author& author) {
  if (author.domain.empty()) return false;
  const auto within = [](std::string_view a, std::string_view b) {
    return a.ends_with(b) && (a.size() == b.size() || a[a.size() - b.size() - 1] == '.');
  };
  return within(author.domain, domain) || within(domain, author.domain);
}

// header.b of RFC 6008 section 4: the first octets of each signature, eight at least, as many as tell them
// apart.
void giveUniquePrefixes(std::vector<SignatureResult>& results) {
  std::vector<std::string_view> sorted;
  sorted.reserve(results.size());
  for (const auto& result : results) sorted.push_back(result.signature);
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const auto common = [](std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  };
  for (auto& result : results) {
    const auto own = std::lower_bound(sorted.begin(), sorted.end(), std::string_view(result.signature));
    std::size_t length = 8;
    if (own != sorted.begin()) length = std::max(length, common(*own, *(own - 1)) + 1);
    if (own + 1 != sorted.end()) length = std::max(length, common(*own, *(own + 1)) + 1);
    result.headerB = result.signature.substr(0, length);
  }
}

}  // namespace

/// What one finish() works with.
struct MessageVerifier::Context {
  const message::HeaderBlock& header;
  BodyHashes& bodies;
  dns::Lookups& lookups;
  const std::vector<std::string>& recipients;
  UnixTime received;
  std::optional<RecipientReach> reach{};  // when a signature that passes has asked for it
};

MessageVerifier::MessageVerifier(const Options& options, WorkBudget* work)
    : options_(options), work_(work), hasher_(options.maximumHeaderBytes, work) {}

void MessageVerifier::reset() noexcept {
  entries_.clear();
  hasher_.reset();
  fields_ = unparsed_ = asked_ = 0;
}

bool MessageVerifier::evaluable(const Entry& entry) const {
  return entry.signature.ok() && entry.signature.algorithm != Algorithm::RsaSha1;
}

void MessageVerifier::field(const message::HeaderBlock& header, std::size_t index, dns::Lookups& lookups) {
  if (!header.is(index, kFieldName)) return;
  ++fields_;
  if (entries_.size() >= options_.maximumFields) {
    ++unparsed_;
    return;
  }
  Entry& entry = entries_.emplace_back();
  entry.field = index;
  entry.signature = parseSignature(header[index].value, SignatureKind::Dkim, options_.maximumSignedNames,
                                   options_.strictSyntax ? Syntax::Strict : Syntax::Tolerant);
  if (evaluable(entry) && asked_ < options_.maximumSignatures) {
    ++asked_;
    lookups.ask({*entry.signature.keyName, dns::Type::TXT});
  }
}

void MessageVerifier::choose(const message::Author& author) {
  std::size_t chosen = 0;
  for (const bool related : {true, false}) {
    for (Entry& entry : entries_) {
      if (chosen == options_.maximumSignatures) return;
      if (!evaluable(entry) || isRelated(entry.signature.domainAscii, author) != related) continue;
      entry.chosen = true;
      ++chosen;
    }
  }
}

void MessageVerifier::endOfHeader(const message::HeaderBlock& header, const message::Author& author,
                                  BodyHashes& bodies, dns::Lookups& lookups) {
  if (entries_.empty()) return;  // unsigned mail costs nothing
  hasher_.start(header);
  choose(author);
  for (Entry& entry : entries_) {
    if (!entry.chosen) continue;
    entry.body = bodies.request(entry.signature.body, entry.signature.bodyLength);
    lookups.ask({*entry.signature.keyName, dns::Type::TXT});
  }
}

std::vector<MessageVerifier::Candidate> MessageVerifier::candidates() const {
  std::vector<Candidate> out;
  out.reserve(entries_.size());
  for (const Entry& entry : entries_) out.push_back({&entry.signature, entry.chosen});
  return out;
}

bool MessageVerifier::ready(dns::Lookups& lookups) {
  bool all = true;
  for (const Entry& entry : entries_) {
    // Every one is asked for, not only the first that is missing: they are needed together.
    if (entry.chosen && lookups.find({*entry.signature.keyName, dns::Type::TXT}) == nullptr) all = false;
  }
  return all;
}

Result MessageVerifier::finish(const message::HeaderBlock& header, BodyHashes& bodies, dns::Lookups& lookups,
                               const std::vector<std::string>& recipients, UnixTime received) {
  Context context{header, bodies, lookups, recipients, received};
  Result out;
  out.signatures.reserve(entries_.size());
  out.fields = fields_;
  out.unparsed = unparsed_;
  for (const Entry& entry : entries_) {
    SignatureResult& result = out.signatures.emplace_back();
    result.field = entry.field;
    result.tolerated = entry.signature.tolerated;
    if (evaluable(entry) && !entry.chosen) ++out.notEvaluated;
    evaluate(entry, context, result);
  }
  // Last, so that looking for reasons takes nothing from the budget of another signature.
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (out.signatures[i].status == Status::Fail) diagnose(entries_[i], context, out.signatures[i]);
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) describe(entries_[i].signature, out.signatures[i]);
  giveUniquePrefixes(out.signatures);
  return out;
}

// What the field said: it is not needed here any longer.
void MessageVerifier::describe(Signature& signature, SignatureResult& result) {
  result.domain = std::move(signature.domain);
  result.domainAscii = std::move(signature.domainAscii);
  result.selector = std::move(signature.selector);
  result.identity = std::move(signature.identity);
  result.algorithm = std::move(signature.algorithmText);
  result.signature = std::move(signature.signatureText);
  result.canonicalization =
      ascii::cat({canonicalizationName(signature.header), "/", canonicalizationName(signature.body)});
  result.bodyLength = signature.bodyLength;
  result.signedAt = signature.signedAt;
  result.expiresAt = signature.expiresAt;
  result.signedFields = std::move(signature.signedFields);
}

void MessageVerifier::evaluate(const Entry& entry, Context& context, SignatureResult& result) {
  const Signature& signature = entry.signature;
  if (!signature.ok()) {
    return conclude(result, statusOfFault(signature.fault), signature.fault, signature.text);
  }
  if (signature.algorithm == Algorithm::RsaSha1) {
    return conclude(result, Status::Policy, Reason::WeakAlgorithm,
                    "rsa-sha1 is not valid any more (RFC 8301)");
  }
  if (!entry.chosen) {
    return conclude(
        result, Status::Neutral, Reason::NotEvaluated,
        ascii::cat({"over the limit of ", std::to_string(options_.maximumSignatures), " signatures"}));
  }
  // Before the key: a signature that cannot pass is not worth a temperror when its key is out of reach.
  if (!checkTimes(signature, context.received, result)) return;
  if (!entry.body) {
    return conclude(result, Status::Policy, Reason::WorkLimit,
                    "too many distinct body hashes in this message");
  }

  const KeyAnswer found = findKey(*signature.keyName, context.lookups);
  if (found.answer == nullptr) {
    return conclude(result, Status::TempError, Reason::KeyDnsFailure,
                    ascii::cat({"key lookup failed: ", signature.keyName->text(), ": no answer yet"}));
  }
  withAnswer(entry, *found.answer, context, result);
  if (found.stale()) weighStale(found, result);
}

void MessageVerifier::withAnswer(const Entry& entry, const dns::Answer& answer, Context& context,
                                 SignatureResult& result) {
  result.chain = answer.chain;
  result.keyAuthenticated = answer.authenticated;
  if (answer.status != dns::Status::Ok || answer.records.empty()) return concludeWithoutKey(answer, result);
  const auto keys = answer.derived<KeySet>(parseKeySet);
  const auto usable = usableKeys(*keys, entry.signature, options_, result);
  if (!usable.empty()) verify(entry, usable, context, result);
}

// What hangs on the key alone may have become different since: then the servers' failure is the result (DESIGN.md
// decision 2: DNS trouble never makes a signature fail for good).
void MessageVerifier::weighStale(const KeyAnswer& found, SignatureResult& result) const {
  if (result.reason == Reason::SignatureMismatch || isKeyFault(result.reason)) {
    const std::string before = std::move(result.text);
    result.chain = found.failure->chain;
    result.keyAuthenticated = false;
    concludeWithoutKey(*found.failure, result);
    result.text += ascii::cat({"; by the key of before: ", before});
    return;
  }
  result.keyStale = true;
  if (!result.text.empty()) result.text += "; ";
  result.text += found.staleText();
}

bool MessageVerifier::checkTimes(const Signature& signature, UnixTime received,
                                 SignatureResult& result) const {
  const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(received.time_since_epoch().count(), 0));
  // RFC 6376 section 3.5, x=: "Signatures MAY be considered invalid if the verification time ... is past".
  if (signature.expiresAt && now > plus(*signature.expiresAt, options_.clockDrift)) {
    conclude(result, Status::Policy, Reason::Expired,
             ascii::cat({"expired ", spanText(now - *signature.expiresAt), " ago"}));
    return false;
  }
  if (signature.signedAt && *signature.signedAt > plus(now, options_.clockDrift)) {
    conclude(result, Status::Policy, Reason::NotYetValid,
             ascii::cat({"signed ", spanText(*signature.signedAt - now), " in the future"}));
    return false;
  }
  if (options_.maximumAge.count() > 0 && signature.signedAt &&
      now > plus(plus(*signature.signedAt, options_.maximumAge), options_.clockDrift)) {
    conclude(result, Status::Policy, Reason::TooOld,
             ascii::cat({"signed ", spanText(now - *signature.signedAt), " ago, older than ",
                         spanText(static_cast<std::uint64_t>(options_.maximumAge.count()))}));
    return false;
  }
  return true;
}

void MessageVerifier::verify(const Entry& entry, const std::vector<const KeyRecord*>& keys, Context& context,
                             SignatureResult& result) {
  const Signature& signature = entry.signature;
  const auto show = [&](const KeyRecord& key) {
    result.keyBits = key.bits;
    result.keyTesting = key.testing;
    result.tolerated = signature.tolerated;
    addRemark(result.tolerated, key.tolerated);
  };
  show(*keys.front());
  const BodyOctets octets = context.bodies.octets(*entry.body);
  result.unsignedBytes = octets.unsignedOctets();
  // RFC 6376 section 3.5, l=: it "MUST NOT be larger than the actual number of octets".
  if (signature.bodyLength && *signature.bodyLength > octets.total) {
    return conclude(result, Status::Fail, Reason::BodyHashMismatch,
                    ascii::cat({"body hash did not verify: l= is larger than the body of ",
                                std::to_string(octets.total), " octets"}));
  }
  const OwnField own{entry.field, signature.bBegin, signature.bEnd};
  const Digest& body = context.bodies.digest(*entry.body);
  if (!std::equal(body.begin(), body.end(), signature.bodyHash.begin(), signature.bodyHash.end(),
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); })) {
    return conclude(result, Status::Fail, Reason::BodyHashMismatch, "body hash did not verify");
  }
  const auto digest = hasher_.hash(signature.header, signature.signedFields, own);
  if (!digest) {
    const bool all = work_ != nullptr && work_->refused();
    return conclude(
        result, Status::Policy, Reason::WorkLimit,
        all ? "too much work in this message" : "too many octets of signed header in this message");
  }
  const KeyRecord* made = nullptr;
  for (const KeyRecord* key : keys) {
    if (!spend({.rsaUnits = key->key->cost()})) {
      return conclude(result, Status::Policy, Reason::WorkLimit, "too much work in this message");
    }
    if (!key->key->verify(*digest, signature.signature)) continue;
    made = key;
    break;
  }
  if (made == nullptr) {
    return conclude(result, Status::Fail, Reason::SignatureMismatch, "signature did not verify");
  }
  show(*made);
  qualifyPass(entry, context, result);
}

void MessageVerifier::diagnose(const Entry& entry, Context& context, SignatureResult& result) {
  const Signature& signature = entry.signature;
  const auto keys = findKey(*signature.keyName, context.lookups).answer->derived<KeySet>(parseKeySet);
  SignatureResult scratch;
  result.diagnosis = diagnoseHeader(
      {context.header, hasher_, signature, {entry.field, signature.bBegin, signature.bEnd}, work_},
      usableKeys(*keys, signature, options_, scratch), result.reason == Reason::BodyHashMismatch);
}

// The signature verifies. What is left is whether this receiver takes it, and what it covers.
void MessageVerifier::qualifyPass(const Entry& entry, Context& context, SignatureResult& result) {
  const auto& names = entry.signature.signedFields;
  result.uncovered = uncoveredFields(hasher_, names);
  if (!context.reach) context.reach = findRecipients(context.header, hasher_, context.recipients);
  result.recipientSigned = recipientStandsSigned(*context.reach, names);
  if (result.keyTesting && !options_.testingKeysPass) {
    return conclude(result, Status::Neutral, Reason::KeyTesting, "verified, but the key is in testing mode");
  }
  if (result.unsignedBytes > 0 && options_.unsignedBody == UnsignedBody::Policy) {
    return conclude(
        result, Status::Policy, Reason::UnsignedBody,
        ascii::cat({"l= leaves ", std::to_string(result.unsignedBytes), " octets of the body unsigned"}));
  }
  if (!result.uncovered.empty() && options_.uncoveredFields == UncoveredFields::Policy) {
    std::string text = "not covered by the signature:";
    for (const auto& field : result.uncovered) text += " " + field.name;
    return conclude(result, Status::Policy, Reason::UncoveredField, std::move(text));
  }
  conclude(result, Status::Pass, Reason::Verified, {});
}

}  // namespace alignd::dkim
