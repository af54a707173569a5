#include "verifier/dkim/header_hash.h"

#include <algorithm>

#include "dns/data/ascii.h"

namespace alignd::dkim {

namespace {

// Octets that are looked at to find the fields of one name in h=.
constexpr std::uint64_t kLookUp = 32;

// FNV-1a. Who makes names collide has them compared, no more.
std::uint32_t hashOf(std::string_view name) {
  std::uint32_t out = 2166136261U;
  for (const char c : name) out = (out ^ static_cast<unsigned char>(c)) * 16777619U;
  return out;
}

}  // namespace

void HeaderHasher::reset() noexcept {
  // A connection that once brought a huge header does not keep its memory for ever.
  constexpr std::size_t kKeep = std::size_t{64} * 1024;
  if (relaxed_.capacity() > kKeep) relaxed_ = {};
  if (names_.capacity() > kKeep) names_ = {};
  header_ = nullptr;
  hashed_ = 0;
  names_.clear();
  named_.clear();
  byName_.clear();
  cursor_.clear();
  moved_.clear();
  relaxed_.clear();
  slices_.clear();
}

void HeaderHasher::start(const message::HeaderBlock& header) {
  reset();
  header_ = &header;
  named_.reserve(header.size());
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto name = header[i].name;
    const std::size_t begin = names_.size();
    appendLower(names_, name);
    named_.push_back({hashOf(std::string_view(names_).substr(begin)), static_cast<std::uint32_t>(begin),
                      static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(i)});
  }
  std::sort(named_.begin(), named_.end(), [this](const Named& a, const Named& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    const int order = nameOf(a).compare(nameOf(b));
    return order != 0 ? order < 0 : a.field < b.field;
  });
  byName_.reserve(named_.size());
  for (const Named& field : named_) byName_.push_back(field.field);
  cursor_.resize(header.size());
  slices_.resize(header.size());
}

std::span<const std::uint32_t> HeaderHasher::group(std::string_view name) const {
  const std::uint32_t hash = hashOf(name);
  const auto lower = std::partition_point(named_.begin(), named_.end(), [&](const Named& field) {
    return field.hash != hash ? field.hash < hash : nameOf(field) < name;
  });
  const auto upper = std::partition_point(
      lower, named_.end(), [&](const Named& field) { return field.hash == hash && nameOf(field) == name; });
  return {byName_.begin() + (lower - named_.begin()), byName_.begin() + (upper - named_.begin())};
}

std::string_view HeaderHasher::canonical(Canonicalization canonicalization, std::size_t index) {
  const std::string_view whole = (*header_)[index].whole;
  if (canonicalization == Canonicalization::Simple) return whole;
  Slice& slice = slices_[index];
  if (!slice.made) {
    // What is made once and kept is bounded by the header itself; the budget is asked when it is hashed.
    if (work_ != nullptr) work_->spend({.canonicalizedOctets = whole.size()});
    slice.begin = relaxed_.size();
    canonicalizeField(Canonicalization::Relaxed, whole, relaxed_);
    slice.length = relaxed_.size() - slice.begin;
    slice.made = true;
  }
  return std::string_view(relaxed_).substr(slice.begin, slice.length);
}

bool HeaderHasher::charge(std::size_t octets) {
  if (octets > budget_ - hashed_ || !spend({.hashedOctets = octets})) return false;
  hashed_ += octets;
  return true;
}

std::optional<Digest> HeaderHasher::hash(Canonicalization canonicalization,
                                         std::span<const std::string> names, const OwnField& own,
                                         const HeaderVariant* variant) {
  const auto passedOver = [&](std::uint32_t index) {
    return index == own.index || (variant != nullptr && index == variant->index && !variant->replacement);
  };
  const message::Field field = (*header_)[own.index];
  if (!spend({.canonicalizedOctets = field.whole.size() + kLookUp * names.size()})) return std::nullopt;
  digest_.reset();
  for (const std::size_t place : moved_) cursor_[place] = 0;
  moved_.clear();
  for (const auto& name : names) {
    const auto fields = group(name);
    if (fields.empty()) continue;
    const auto place = static_cast<std::size_t>(fields.data() - byName_.data());
    std::uint32_t& taken = cursor_[place];
    if (taken == 0) moved_.push_back(place);
    while (taken < fields.size() && passedOver(fields[fields.size() - 1 - taken])) ++taken;
    if (taken >= fields.size()) continue;
    const std::uint32_t index = fields[fields.size() - 1 - taken];
    ++taken;
    std::string_view octets;
    if (variant != nullptr && index == variant->index) {
      if (!spend({.canonicalizedOctets = variant->replacement->size()})) return std::nullopt;
      replaced_.clear();
      canonicalizeField(canonicalization, *variant->replacement, replaced_);
      octets = replaced_;
    } else {
      octets = canonical(canonicalization, index);
    }
    if (!charge(octets.size() + 2)) return std::nullopt;
    digest_.update(octets);
    digest_.update("\r\n");
  }
  // RFC 6376 section 3.7: the signature's own field comes last, its b= emptied, without the final CRLF.
  const std::size_t value = field.whole.size() - field.value.size();
  own_.assign(field.whole.substr(0, value + own.bBegin));
  own_ += field.value.substr(own.bEnd);
  ownCanonical_.clear();
  canonicalizeField(canonicalization, own_, ownCanonical_);
  if (!charge(ownCanonical_.size())) return std::nullopt;
  digest_.update(ownCanonical_);
  return digest_.finish();
}

}  // namespace alignd::dkim
