// The crypto of DKIM and ARC on OpenSSL 3: SHA-256, RSA PKCS#1 v1.5, Ed25519. No OpenSSL header leaves this
// room.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

// NOLINTBEGIN(bugprone-reserved-identifier): OpenSSL's own names
struct evp_md_ctx_st;
struct evp_pkey_st;
struct evp_pkey_ctx_st;
// NOLINTEND(bugprone-reserved-identifier)

namespace alignd::dkim {

using Digest = std::array<std::uint8_t, 32>;

/// As malloc() and realloc(); what they give is freed with free().
struct Allocators {
  void* (*allocate)(std::size_t) = std::malloc;
  void* (*reallocate)(void*, std::size_t) = std::realloc;
};
/// OpenSSL does not tell a signature that is wrong from one that it had no memory to verify. From now on it is known, and
/// PublicKey throws std::bad_alloc then. Once, first thing in a program: false when OpenSSL has been used already.
bool watchMemory(Allocators with = {});

/// True when OpenSSL has all that is needed (a provider configuration may have taken it away). Ask once at
/// start: without it constructors below throw std::runtime_error.
bool cryptoAvailable();

/// A streaming SHA-256; throws std::bad_alloc like everything here when OpenSSL has no memory. Small pieces are gathered: a call into OpenSSL costs as much as hashing a hundred
/// octets. Reusable; not thread safe.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  /// Starts a new digest, for which memory is taken with its first octets only: what ends a message calls it.
  void reset() noexcept;
  void update(std::string_view octets);
  /// The digest of all octets so far; more may follow.
  Digest snapshot();
  /// The digest; reset() comes before the next one.
  Digest finish();

 private:
  static constexpr std::size_t kGather = 4096;
  void hash(std::string_view octets);
  void flush();

  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
  bool begun_ = false;
  std::size_t gathered_ = 0;
  std::array<char, kGather> buffer_;
};

enum class KeyType : std::uint8_t { Rsa, Ed25519 };
/// "rsa", "ed25519": the words of k=
std::string_view keyTypeName(KeyType type);

/// A public key, ready to verify; shared between threads.
class PublicKey {
 public:
  /// Big-endian numbers, no checks beyond OpenSSL's own. Null when OpenSSL refuses them.
  static std::unique_ptr<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  /// 32 octets as in RFC 8032. Null when they are not 32.
  static std::unique_ptr<PublicKey> ed25519(std::string_view raw);
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;
  ~PublicKey();

  KeyType type() const { return type_; }
  /// What one verify() or recover() takes, in the units of Work::rsaUnits: nanoseconds, about. For RSA they grow with
  /// the square of the modulus and with the exponent.
  std::uint64_t cost() const { return cost_; }
  /// RSA: PKCS#1 v1.5 over SHA-256 (RFC 6376 section 3.3.2). Ed25519: PureEdDSA over the 32 octets of the
  /// digest (RFC 8463 section 3). Any thread. Throws std::bad_alloc when there was no memory to tell.
  bool verify(const Digest& digest, std::string_view signature) const;
  /// RSA: the SHA-256 digest that was signed, when `signature` was made with this key. For diagnosis.
  std::optional<Digest> recover(std::string_view signature) const;

 private:
  PublicKey(KeyType type, evp_pkey_st* key, std::uint64_t cost) : key_(key), type_(type), cost_(cost) {}
  bool verifyRsa(const Digest& digest, std::string_view signature) const;
  bool verifyEd25519(const Digest& digest, std::string_view signature) const;

  evp_pkey_st* key_;
  KeyType type_;
  std::uint64_t cost_;
  // A context that is set up for verification; taken out while a thread uses it, so that nobody waits.
  mutable std::atomic<evp_pkey_ctx_st*> idle_{nullptr};
};

}  // namespace alignd::dkim
