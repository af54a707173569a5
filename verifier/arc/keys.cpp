#include "verifier/arc/keys.h"

#include <algorithm>

#include "dns/data/ascii.h"
#include "verifier/dkim/key_lookup.h"

namespace alignd::arc {

namespace {

Outcome noAnswer(const dns::Name& name, const dns::Answer* answer) {
  if (answer == nullptr)
    return {false, true, ascii::cat({"key lookup failed: ", name.text(), ": no answer yet"})};
  const std::string_view what =
      answer->overload ? "not asked, too many questions" : dns::statusName(answer->status);
  const std::string_view prefix = answer->temporary() ? "key lookup failed: " : "key not found: ";
  std::string text = ascii::cat({prefix, dns::trailText(*answer), ": ", what});
  if (!answer->detail.empty() && answer->temporary()) text += " (" + answer->detail + ")";
  return {false, answer->temporary(), std::move(text)};
}

// RFC 6376 section 6.1.2 steps 5 to 8; empty when the record can be used.
std::string faultOf(const dkim::KeyRecord& record, dkim::KeyType type, const Options& options) {
  if (!record.usable()) return ascii::cat({"key record: ", record.text});
  if (record.type != type) return ascii::cat({"the key is of type ", dkim::keyTypeName(record.type)});
  if (options.strictSyntax && !record.tolerated.empty())
    return ascii::cat({"key record: ", record.tolerated});
  if (!record.allowsSha256) return dkim::hashText(record);
  if (type == dkim::KeyType::Rsa &&
      (record.bits < options.minimumRsaBits || record.bits > options.maximumRsaBits)) {
    return ascii::cat({"RSA key of ", std::to_string(record.bits), " bits"});  // RFC 8301 section 3.2
  }
  return {};
}

}  // namespace

Keys findKeys(const dns::Name& name, dkim::KeyType type, const Options& options, dns::Lookups& lookups) {
  Keys out;
  const dkim::KeyAnswer found = dkim::findKey(name, lookups);
  const dns::Answer* answer = found.answer;
  if (answer == nullptr || answer->status != dns::Status::Ok || answer->records.empty()) {
    out.fault = noAnswer(name, answer);
    return out;
  }
  out.stale = found.staleText();
  out.records = answer->derived<dkim::KeySet>(dkim::parseKeySet);
  const std::size_t tried = std::min(out.records->records.size(), options.maximumKeyRecords);
  for (std::size_t i = 0; i < tried; ++i) {
    const auto& record = out.records->records[i];
    std::string fault = faultOf(record, type, options);
    if (fault.empty()) {
      out.usable.push_back(&record);
    } else if (out.fault.text.empty()) {
      out.fault.text = std::move(fault);
    }
  }
  if (out.fault.text.empty()) out.fault.text = "no key record";
  if (found.stale() && out.usable.empty()) out.fault = noAnswer(name, found.failure);
  return out;
}

Outcome notVerified(const Keys& keys) {
  if (keys.stale.empty()) return {false, false, "signature did not verify"};
  return {false, true, ascii::cat({"signature did not verify; ", keys.stale})};
}

std::optional<bool> verifies(const Keys& keys, const dkim::Digest& digest, std::string_view signature,
                             WorkBudget* work) {
  for (const dkim::KeyRecord* key : keys.usable) {
    if (work != nullptr && !work->spend({.rsaUnits = key->key->cost()})) return std::nullopt;
    if (key->key->verify(digest, signature)) return true;
  }
  return false;
}

}  // namespace alignd::arc
