#include "verifier/dkim/body_hashes.h"

#include <algorithm>

namespace alignd::dkim {

/// One canonicalization of the body and the digests that are taken from it on the way.
class BodyHashes::Stream final : public OctetSink {
 public:
  explicit Stream(Canonicalization canonicalization) : canonicalizer_(canonicalization, *this) {}

  void reset() noexcept {
    if (!used_) return;  // the body of unsigned mail is not even looked at
    canonicalizer_.reset();
    hash_.reset();
    limits_.clear();
    work_ = {};
    count_ = 0;
    next_ = 0;
    whole_ = nullptr;
    used_ = false;
  }

  bool used() const { return used_; }
  std::uint64_t count() const { return count_; }
  const Work& work() const { return work_; }
  void feed(std::string_view chunk) {
    work_.canonicalizedOctets += chunk.size();
    canonicalizer_.feed(chunk);
  }

  /// Where the digests go; the pointers are good from the first feed() to finish().
  void wantWhole(Digest* to) {
    whole_ = to;
    used_ = true;
  }
  void wantPrefix(std::uint64_t length, Digest* to) {
    limits_.push_back({length, to});
    used_ = true;
  }
  void start() {
    std::sort(limits_.begin(), limits_.end(),
              [](const Limit& a, const Limit& b) { return a.length < b.length; });
  }

  void write(std::string_view octets) override {
    while (next_ < limits_.size() && limits_[next_].length - count_ <= octets.size()) {
      const std::size_t part = static_cast<std::size_t>(limits_[next_].length - count_);
      hash(octets.substr(0, part));
      count_ += part;
      octets.remove_prefix(part);
      *limits_[next_++].to = hash_.snapshot();
    }
    // Beyond the last limit octets are only counted, unless someone wants them all.
    if (whole_ != nullptr || next_ < limits_.size()) hash(octets);
    count_ += octets.size();
  }

  void finish() {
    canonicalizer_.finish();
    for (; next_ < limits_.size(); ++next_) *limits_[next_].to = hash_.snapshot();
    if (whole_ != nullptr) *whole_ = hash_.finish();
  }

 private:
  void hash(std::string_view octets) {
    work_.hashedOctets += octets.size();
    hash_.update(octets);
  }

  struct Limit {
    std::uint64_t length;
    Digest* to;
  };
  BodyCanonicalizer canonicalizer_;
  Sha256 hash_;
  std::vector<Limit> limits_;
  Work work_;
  std::uint64_t count_ = 0;
  std::size_t next_ = 0;
  Digest* whole_ = nullptr;
  bool used_ = false;
};

BodyHashes::BodyHashes(std::size_t maximum)
    : maximum_(maximum),
      simple_(std::make_unique<Stream>(Canonicalization::Simple)),
      relaxed_(std::make_unique<Stream>(Canonicalization::Relaxed)) {
  requests_.reserve(maximum_);  // the streams keep pointers into it
}

BodyHashes::~BodyHashes() = default;

void BodyHashes::reset() noexcept {
  for (Stream* one : {simple_.get(), relaxed_.get()}) one->reset();
  requests_.clear();
  refused_ = 0;
  finished_ = false;
}

BodyHashes::Stream& BodyHashes::stream(Canonicalization canonicalization) const {
  return canonicalization == Canonicalization::Simple ? *simple_ : *relaxed_;
}

std::optional<BodyHashes::Handle> BodyHashes::request(Canonicalization canonicalization,
                                                      std::optional<std::uint64_t> length) {
  const auto same = [&](const Request& one) {
    return one.canonicalization == canonicalization && one.length == length;
  };
  const auto known = std::find_if(requests_.begin(), requests_.end(), same);
  if (known != requests_.end()) return static_cast<Handle>(known - requests_.begin());
  if (requests_.size() == maximum_) {
    ++refused_;
    return std::nullopt;
  }
  Request& made = requests_.emplace_back(Request{canonicalization, length, {}});
  Stream& one = stream(canonicalization);
  if (length) {
    one.wantPrefix(*length, &made.digest);
  } else {
    one.wantWhole(&made.digest);
  }
  one.start();
  return requests_.size() - 1;
}

void BodyHashes::feed(std::span<const std::byte> chunk) {
  const std::string_view text(reinterpret_cast<const char*>(chunk.data()), chunk.size());
  for (Stream* one : {simple_.get(), relaxed_.get()}) {
    if (one->used()) one->feed(text);
  }
}

void BodyHashes::finish() {
  if (finished_) return;
  finished_ = true;
  for (Stream* one : {simple_.get(), relaxed_.get()}) {
    if (one->used()) one->finish();
  }
}

Work BodyHashes::work() const {
  Work out = simple_->work();
  return out += relaxed_->work();
}

BodyOctets BodyHashes::octets(Handle handle) const {
  const Request& request = requests_[handle];
  const std::uint64_t total = stream(request.canonicalization).count();
  return {total, request.length ? std::min(*request.length, total) : total};
}

}  // namespace alignd::dkim
