#include "verifier/dkim/key_check.h"

#include <algorithm>
#include <utility>

#include "dns/data/ascii.h"

namespace alignd::dkim {

namespace {

// How near a record came to being the key, so that of several faults the most telling one is reported.
int nearness(Reason fault) {
  switch (fault) {
    case Reason::KeySyntax:
    case Reason::KeyVersion: return 0;
    case Reason::KeyWrongType:
    case Reason::KeyWrongService:
    case Reason::KeyWrongHash: return 1;
    default: return 2;
  }
}

// What is wrong with a key; reason Verified means usable.
struct Fault {
  Status status = Status::Neutral;
  Reason reason = Reason::Verified;
  std::string text{};
};

// RFC 6376 section 6.1.2 steps 5 to 8, for one record.
Fault checkKey(const KeyRecord& record, const Signature& signature, const Options& options) {
  const bool wantsRsa = signature.algorithm == Algorithm::RsaSha256;
  if (record.isKey && record.fault != Reason::KeyWrongType && (record.type == KeyType::Rsa) != wantsRsa) {
    return {Status::PermError, Reason::KeyWrongType,
            ascii::cat({"the key is of type ", keyTypeName(record.type), ", the signature ",
                        wantsRsa ? "rsa-sha256" : "ed25519-sha256"})};
  }
  if (options.strictSyntax && record.strictFault != Reason::Verified) {
    return {Status::PermError, record.strictFault, ascii::cat({"key record: ", record.tolerated})};
  }
  if (!record.usable()) {
    std::string_view prefix = "key record: ";
    if (record.fault == Reason::KeyRevoked) prefix = "key revoked: ";
    return {Status::PermError, record.fault, ascii::cat({prefix, record.text})};
  }
  if (!record.allowsSha256) {
    return {Status::PermError, Reason::KeyWrongHash, hashText(record)};
  }
  if (record.strictIdentity && signature.identityInSubdomain) {
    return {Status::PermError, Reason::KeyStrictIdentity,
            ascii::cat({"t= of the key is strict (s), and i= has a subdomain of d= ", signature.domain})};
  }
  if (wantsRsa && record.bits > options.maximumRsaBits) {
    return {Status::PermError, Reason::KeyTooLarge,
            ascii::cat({"RSA key of ", std::to_string(record.bits), " bits"})};
  }
  if (wantsRsa && record.bits < options.minimumRsaBits) {  // RFC 8301 section 3.2
    return {Status::Policy, Reason::WeakKey,
            ascii::cat({"RSA key of ", std::to_string(record.bits), " bits, ",
                        std::to_string(options.minimumRsaBits), " needed"})};
  }
  return {};
}

}  // namespace

void concludeWithoutKey(const dns::Answer& answer, SignatureResult& result) {
  const bool dangling = answer.status == dns::Status::DanglingCname;
  std::string_view what = dns::statusName(dangling ? dns::Status::NoSuchName : answer.status);
  if (answer.overload) what = "not asked, too many questions";
  std::string text = ascii::cat({dns::trailText(answer), ": ", what});
  if (!answer.detail.empty() && answer.temporary()) text += " (" + answer.detail + ")";
  if (answer.temporary()) {
    conclude(result, Status::TempError, Reason::KeyDnsFailure, "key lookup failed: " + text);
  } else {
    conclude(result, Status::PermError, Reason::KeyNotFound, "key not found: " + text);
  }
}

bool isKeyFault(Reason reason) {
  switch (reason) {
    case Reason::KeyNotFound:
    case Reason::KeyRevoked:
    case Reason::KeySyntax:
    case Reason::KeyVersion:
    case Reason::KeyWrongType:
    case Reason::KeyWrongHash:
    case Reason::KeyWrongService:
    case Reason::KeyStrictIdentity:
    case Reason::KeyTooLarge:
    case Reason::KeyBadExponent:
    case Reason::WeakKey: return true;
    default: return false;
  }
}

std::vector<const KeyRecord*> usableKeys(const KeySet& keys, const Signature& signature,
                                         const Options& options, SignatureResult& result) {
  std::vector<const KeyRecord*> usable;
  const KeyRecord* nearest = nullptr;
  Fault best{Status::PermError, Reason::KeyNotFound, "key not found: no TXT record"};
  const std::size_t tried = std::min(keys.records.size(), options.maximumKeyRecords);
  for (std::size_t i = 0; i < tried; ++i) {
    const KeyRecord& record = keys.records[i];
    Fault fault = checkKey(record, signature, options);
    if (fault.reason == Reason::Verified) {
      usable.push_back(&record);
    } else if (nearest == nullptr || nearness(fault.reason) > nearness(best.reason)) {
      nearest = &record;
      best = std::move(fault);
    }
  }
  if (!usable.empty()) return usable;
  if (nearest != nullptr) {
    result.keyBits = nearest->bits;
    result.keyTesting = nearest->testing;
  }
  conclude(result, best.status, best.reason, std::move(best.text));
  return usable;
}

}  // namespace alignd::dkim
