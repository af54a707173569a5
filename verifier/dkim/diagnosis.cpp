#include "verifier/dkim/diagnosis.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dns/data/ascii.h"
#include "verifier/dkim/quoted_printable.h"

namespace alignd::dkim {

namespace {

constexpr int kMaxEd25519Tries = 4;      // five times the cost of an RSA verification each
constexpr int kMaxFieldTries = 8;        // fields that are left out for a try
constexpr std::size_t kMaxCopies = 100;  // fields of z= that are compared
constexpr std::size_t kMaxCopiedOctets = std::size_t{32} * 1024;
constexpr std::size_t kMaxList = 200;  // octets of a list of names
constexpr std::size_t kMaxName = 64;   // octets of one of them

class Findings {
 public:
  void add(std::string_view finding) {
    if (!text_.empty()) text_ += "; ";
    text_ += finding;
  }
  void add(std::string_view word, std::string_view value) { add(ascii::cat({word, "=", value})); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// Says of a digest whether it is the one that was signed. With RSA the signature itself tells the digest, and
// every further question is a comparison.
class Oracle {
 public:
  Oracle(std::span<const KeyRecord* const> keys, const Signature& signature, WorkBudget* work)
      : keys_(keys), signature_(signature), work_(work) {
    for (const KeyRecord* key : keys_) {
      isRsa_ = key->type == KeyType::Rsa;
      if (!isRsa_ || signed_ || !maySpend(*key)) continue;
      asked_ = true;
      signed_ = key->key->recover(signature_.signature);
    }
  }
  bool isRsa() const { return isRsa_; }
  bool asked() const { return asked_; }  // of an RSA key, what it says was signed
  bool keyMatches() const { return signed_.has_value(); }

  bool was(const std::optional<Digest>& digest) {
    if (!digest) return false;
    if (isRsa_) return signed_ == digest;
    return std::any_of(keys_.begin(), keys_.end(), [&](const KeyRecord* key) {
      return ++tries_ <= kMaxEd25519Tries && maySpend(*key) &&
             key->key->verify(*digest, signature_.signature);
    });
  }

 private:
  bool maySpend(const KeyRecord& key) {
    return work_ == nullptr || work_->spend({.rsaUnits = key.key->cost()});
  }

  std::span<const KeyRecord* const> keys_;
  const Signature& signature_;
  WorkBudget* work_;
  std::optional<Digest> signed_;
  bool isRsa_ = false;
  bool asked_ = false;
  int tries_ = 0;
};

std::string withoutBlanks(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return !ascii::isWsp(c) && c != '\r' && c != '\n'; });
  return out;
}

void appendName(std::string& list, std::string_view name) {
  if (list.ends_with("...")) return;
  if (!list.empty()) list += ',';
  list += list.size() > kMaxList ? "..." : name.substr(0, kMaxName);
}

class HeaderDiagnosis {
 public:
  HeaderDiagnosis(const FailedSignature& failed, std::span<const KeyRecord* const> keys)
      : block_(failed.block),
        hasher_(failed.hasher),
        signature_(failed.signature),
        own_(failed.own),
        oracle_(keys, failed.signature, failed.work) {}

  bool verifies() { return oracle_.was(hash(signature_.header, nullptr)); }

  void explain(Findings& out) {
    if (oracle_.asked()) out.add(oracle_.keyMatches() ? "key_matches" : "key_differs");
    const bool worthTrying = !oracle_.isRsa() || oracle_.keyMatches();
    if (worthTrying && !tryOtherCanonicalization(out) && !tryWithoutAField(out)) trySubjectTag(out);
    nameRepeated(out);
    compareCopies(out);
  }

 private:
  std::optional<Digest> hash(Canonicalization canonicalization, const HeaderVariant* variant) {
    return hasher_.hash(canonicalization, signature_.signedFields, own_, variant);
  }

  bool tryOtherCanonicalization(Findings& out) {
    const auto other =
        signature_.header == Canonicalization::Simple ? Canonicalization::Relaxed : Canonicalization::Simple;
    if (!oracle_.was(hash(other, nullptr))) return false;
    out.add("header_verifies_as", canonicalizationName(other));
    return true;
  }

  std::vector<std::string> distinctNames() const {
    std::vector<std::string> names = signature_.signedFields;
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  // Oversigned names, and those whose signed field is not at the bottom any more.
  bool tryWithoutAField(Findings& out) {
    int tries = 0;
    for (const auto& name : distinctNames()) {
      const auto fields = hasher_.group(name);
      for (const std::uint32_t index : fields) {
        if (index == own_.index) continue;
        if (++tries > kMaxFieldTries) return false;
        const HeaderVariant variant{index, std::nullopt};
        if (!oracle_.was(hash(signature_.header, &variant))) continue;
        out.add("verifies_without", name);
        return true;
      }
    }
    return false;
  }

  // "[list] Subject", "***SPAM*** Subject": what mailing lists and filters put in front.
  void trySubjectTag(Findings& out) {
    const auto fields = hasher_.group("subject");
    if (fields.empty() || !signature_.signs("subject")) return;
    for (const auto& [open, close] : {std::pair{"[", "] "}, std::pair{"***", "*** "}}) {
      if (tryWithoutTag(fields.back(), open, close, out)) return;
    }
  }

  bool tryWithoutTag(std::uint32_t index, std::string_view opening, std::string_view closing, Findings& out) {
    constexpr std::size_t kMaxTag = 80;
    const message::Field field = block_[index];
    const std::size_t open = field.value.find(opening);
    if (open == std::string_view::npos) return false;
    const std::size_t close = field.value.find(closing, open + opening.size());
    if (close == std::string_view::npos || close - open > kMaxTag) return false;
    std::string replacement(field.whole.substr(0, field.whole.size() - field.value.size()));
    replacement += field.value.substr(0, open);
    replacement += field.value.substr(close + closing.size());
    const HeaderVariant variant{index, std::move(replacement)};
    if (!oracle_.was(hash(signature_.header, &variant))) return false;
    out.add("subject_tag", field.value.substr(open, close + closing.size() - 1 - open));
    return true;
  }

  void nameRepeated(Findings& out) {
    std::string list;
    std::vector<std::string> names = signature_.signedFields;
    std::sort(names.begin(), names.end());
    for (auto name = names.begin(); name != names.end();) {
      const auto next = std::upper_bound(name, names.end(), *name);
      const auto mentioned = static_cast<std::size_t>(next - name);
      if (*name != "dkim-signature" && hasher_.count(*name) > mentioned) appendName(list, *name);
      name = next;
    }
    if (!list.empty()) out.add("repeated", list);
  }

  // RFC 6376 section 3.5, z=: "field-name:value" in dkim-quoted-printable, with "|" between. Blanks are not
  // compared: the encoding does not keep those that were not encoded. Copies of one name count from the
  // bottom, as in h=.
  void compareCopies(Findings& out) {
    std::string_view rest = std::string_view(signature_.copiedFields).substr(0, kMaxCopiedOctets);
    std::map<std::string, std::vector<std::string>> copies;
    for (std::size_t count = 0; !rest.empty() && count < kMaxCopies; ++count) {
      const std::size_t bar = std::min(rest.find('|'), rest.size());
      const auto copy = decodeQuotedPrintable(rest.substr(0, bar));
      rest.remove_prefix(std::min(bar + 1, rest.size()));
      const std::size_t colon = copy ? copy->find(':') : std::string::npos;
      if (colon == std::string::npos) continue;
      copies[ascii::toLower(withoutBlanks(copy->substr(0, colon)))].push_back(
          withoutBlanks(copy->substr(colon + 1)));
    }
    std::string changed;
    std::string missing;
    for (auto& [name, values] : copies) {
      if (hasher_.count(name) < values.size()) {
        appendName(missing, name);
        continue;
      }
      const auto same = standUnchanged(name, std::move(values));
      if (!same) break;  // out of budget: what is not known is not claimed
      if (!*same) appendName(changed, name);
    }
    if (!changed.empty()) out.add("changed", changed);
    if (!missing.empty()) out.add("missing", missing);
  }

  // Whether each of `values` is that of some field of this name. Goes through each field once. Nothing when the budget
  // does not reach.
  std::optional<bool> standUnchanged(std::string_view name, std::vector<std::string> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    std::set<std::string_view> open(values.begin(), values.end());
    for (const std::uint32_t index : hasher_.group(name)) {
      if (open.empty()) break;
      const std::string_view value = block_[index].value;
      if (!hasher_.charge(value.size())) return std::nullopt;
      open.erase(withoutBlanks(value));
    }
    return open.empty();
  }

  const message::HeaderBlock& block_;
  HeaderHasher& hasher_;
  const Signature& signature_;
  OwnField own_;
  Oracle oracle_;
};

}  // namespace

std::string diagnoseHeader(const FailedSignature& failed, std::span<const KeyRecord* const> keys,
                           bool bodyFailed) {
  Findings out;
  HeaderDiagnosis header(failed, keys);
  if (bodyFailed && header.verifies()) {
    out.add("header_verifies");
    return out.take();
  }
  if (bodyFailed) out.add("header_fails_too");
  header.explain(out);
  return out.take();
}

std::string diagnosisText(std::string_view diagnosis) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kTexts{
      {{"header_verifies", "the header is as it was signed, only the body was changed"},
       {"header_fails_too", "the header does not verify either"},
       {"key_matches", "the signature was made with this key, so signed fields were changed on the way"},
       {"key_differs", "the signature was made with another key, or b= is damaged"},
       {"header_verifies_as", "the header verifies when canonicalized as "},
       {"verifies_without", "it verifies without one of the fields named "},
       {"subject_tag", "it verifies when this is taken off the Subject: "},
       {"repeated", "these stand in the header more often than they were signed: "},
       {"changed", "not as in the copies that the signer made (z=): "},
       {"missing", "the signer saw these (z=), but they are gone: "},
       {"body_verifies_as", "the body verifies when canonicalized as "},
       {"body_prefix", "the rest was added behind; octets of the body that are as signed: "},
       {"body_verifies_with=crlf", "the body verifies when its bare line ends are made CRLF"},
       {"body_verifies_with=lf", "the signer hashed the body with LF instead of CRLF"},
       {"body_was_empty", "the body was empty when it was signed"},
       {"body_dot=stuffed",
        "the body verifies without the second dot of lines that start with two (dot-stuffing)"},
       {"body_dot=removed",
        "the body verifies with a second dot in lines that start with one (dot-stuffing)"}}};
  std::string out;
  while (!diagnosis.empty()) {
    const std::size_t end = std::min(diagnosis.find("; "), diagnosis.size());
    const std::string_view finding = diagnosis.substr(0, end);
    diagnosis.remove_prefix(std::min(end + 2, diagnosis.size()));
    const std::size_t equals = std::min(finding.find('='), finding.size());
    if (!out.empty()) out += "; ";
    const auto whole =
        std::find_if(kTexts.begin(), kTexts.end(), [&](auto& one) { return one.first == finding; });
    const auto word = std::find_if(kTexts.begin(), kTexts.end(),
                                   [&](auto& one) { return one.first == finding.substr(0, equals); });
    if (whole != kTexts.end()) {
      out += whole->second;
    } else if (word != kTexts.end()) {
      out += word->second;
      out += finding.substr(std::min(equals + 1, finding.size()));
    } else {
      out += finding;
    }
  }
  return out;
}

}  // namespace alignd::dkim
