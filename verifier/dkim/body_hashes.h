// The body digests of one message, shared by all DKIM and ARC signatures that want them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "verifier/dkim/canonicalize.h"
#include "verifier/dkim/crypto.h"
#include "verifier/work.h"

namespace alignd::dkim {

/// How much of a canonicalized body a digest covers.
struct BodyOctets {
  std::uint64_t total = 0;    // of the whole canonicalized body
  std::uint64_t covered = 0;  // of it, under the digest
  std::uint64_t unsignedOctets() const { return total - covered; }
};

/// Usage: request() while the header is known, feed() the body, finish(), then digest() and octets(). The
/// body is canonicalized and hashed at most once per canonicalization, however many l= there are: a length
/// limit is a snapshot of the one running digest. (SHA-256 is the only digest that a valid signature can
/// have, RFC 8301 section 3.1.) Memory does not grow with the body. Reusable through reset(); one thread.
class BodyHashes {
 public:
  using Handle = std::size_t;

  /// `maximum` distinct (canonicalization, l=) are accepted a message (DESIGN.md decision 16).
  explicit BodyHashes(std::size_t maximum = 8);
  BodyHashes(const BodyHashes&) = delete;
  BodyHashes& operator=(const BodyHashes&) = delete;
  ~BodyHashes();

  /// Forgets everything: the next message.
  void reset() noexcept;

  /// A digest of the first `length` octets of the canonicalized body; of all of it without `length`. Equal
  /// requests get equal handles. Nothing when that would be one too many: `refused()` counts them. Before the
  /// first feed().
  std::optional<Handle> request(Canonicalization canonicalization, std::optional<std::uint64_t> length);
  std::size_t refused() const { return refused_; }

  /// False when no one asked: the body need not be sent at all.
  bool wantsBody() const { return !requests_.empty(); }
  void feed(std::span<const std::byte> chunk);
  /// The body is over. Idempotent.
  void finish();

  /// What it took so far. It grows with the octets that the sender had to send, twice at most, and has no other bound.
  Work work() const;

  /// After finish(). Of a body that is shorter than the length asked, the digest of all of it.
  const Digest& digest(Handle handle) const { return requests_[handle].digest; }
  BodyOctets octets(Handle handle) const;

 private:
  class Stream;
  struct Request {
    Canonicalization canonicalization;
    std::optional<std::uint64_t> length;
    Digest digest;
  };
  Stream& stream(Canonicalization canonicalization) const;

  std::size_t maximum_;
  std::size_t refused_ = 0;
  bool finished_ = false;
  std::vector<Request> requests_;
  std::unique_ptr<Stream> simple_;
  std::unique_ptr<Stream> relaxed_;
};

}  // namespace alignd::dkim
