#include "verifier/dkim/crypto.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace alignd::dkim {

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using MdContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;

// Fetched once: EVP_sha256() fetches again inside of every initialisation.
const EVP_MD* sha256() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Allocations that OpenSSL did not get: it does not tell what failed for that reason alone.
thread_local unsigned missed = 0;
Allocators allocators;

void* noticed(void* block, std::size_t size) {
  if (block == nullptr && size > 0) ++missed;
  return block;
}

// A failed verification leaves its reasons in the thread's error queue, where the next reader of the queue
// (TLS, say) would find them.
class ErrorScope {
 public:
  ErrorScope() { ERR_set_mark(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
  ~ErrorScope() { ERR_pop_to_mark(); }

  /// What failed for want of memory says nothing of a signature or a key.
  void throwIfOutOfMemory() const {
    if (missed != before_) throw std::bad_alloc();
  }

 private:
  unsigned before_ = missed;
};

// For what fails for want of memory only.
template <class T>
void orBadAlloc(const T& done) {
  if (!done) throw std::bad_alloc();
}

constexpr std::uint64_t kEd25519Cost = 113'000;

// 17,400 for 2048 bits and 65537, 70,000 for 4096: within a tenth of the nanoseconds that it takes.
std::uint64_t rsaCost(const BIGNUM* modulus, const BIGNUM* exponent) {
  const auto bits = static_cast<std::uint64_t>(BN_num_bits(modulus));
  return bits * bits / 4096 * static_cast<std::uint64_t>(BN_num_bits(exponent));
}

// A context that verifies (or recovers) PKCS#1 v1.5 over SHA-256. Throws std::bad_alloc.
KeyContext rsaContext(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) {
  KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  orBadAlloc(context != nullptr && init(context.get()) > 0 &&
             EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0 &&
             EVP_PKEY_CTX_set_signature_md(context.get(), sha256()) > 0);
  return context;
}

}  // namespace

bool watchMemory(Allocators with) {
  allocators = with;
  return CRYPTO_set_mem_functions(
             [](std::size_t size, const char*, int) { return noticed(allocators.allocate(size), size); },
             [](void* block, std::size_t size, const char*, int) {
               return noticed(allocators.reallocate(block, size), size);
             },
             [](void* block, const char*, int) { std::free(block); }) == 1;
}

bool cryptoAvailable() {
  const ErrorScope errors;
  const auto known = [](const char* name) {
    return KeyContext(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr)) != nullptr;
  };
  return sha256() != nullptr && known("RSA") && known("ED25519");
}

// ---- SHA-256 ----

struct Sha256::Contexts {
  MdContext running{EVP_MD_CTX_new()};
  MdContext scratch{EVP_MD_CTX_new()};
};

Sha256::Sha256() : contexts_(std::make_unique<Contexts>()) {
  if (sha256() == nullptr) throw std::runtime_error("OpenSSL offers no SHA-256");
  orBadAlloc(contexts_->running != nullptr && contexts_->scratch != nullptr);
}

Sha256::~Sha256() = default;

void Sha256::reset() noexcept {
  begun_ = false;
  gathered_ = 0;
}

void Sha256::hash(std::string_view octets) {
  EVP_MD_CTX* running = contexts_->running.get();
  if (!begun_) orBadAlloc(EVP_DigestInit_ex2(running, sha256(), nullptr) == 1);
  begun_ = true;
  orBadAlloc(EVP_DigestUpdate(running, octets.data(), octets.size()) == 1);
}

void Sha256::flush() {
  hash({buffer_.data(), gathered_});
  gathered_ = 0;
}

void Sha256::update(std::string_view octets) {
  if (octets.empty()) return;  // memcpy() wants a place to read from even for nothing
  if (gathered_ > 0 || octets.size() < kGather) {
    const std::size_t part = std::min(octets.size(), kGather - gathered_);
    std::memcpy(buffer_.data() + gathered_, octets.data(), part);
    gathered_ += part;
    octets.remove_prefix(part);
    if (gathered_ < kGather) return;
    flush();
  }
  if (octets.size() >= kGather) {
    hash(octets);
  } else if (!octets.empty()) {
    std::memcpy(buffer_.data(), octets.data(), octets.size());
    gathered_ = octets.size();
  }
}

Digest Sha256::snapshot() {
  flush();
  Digest digest{};
  orBadAlloc(EVP_MD_CTX_copy_ex(contexts_->scratch.get(), contexts_->running.get()) == 1 &&
             EVP_DigestFinal_ex(contexts_->scratch.get(), digest.data(), nullptr) == 1);
  return digest;
}

Digest Sha256::finish() {
  flush();
  Digest digest{};
  orBadAlloc(EVP_DigestFinal_ex(contexts_->running.get(), digest.data(), nullptr) == 1);
  return digest;
}

// ---- keys ----

std::string_view keyTypeName(KeyType type) {
  return type == KeyType::Rsa ? "rsa" : "ed25519";
}

std::unique_ptr<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  const ErrorScope errors;
  const Number n(BN_bin2bn(bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  const Number e(BN_bin2bn(bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  const std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  orBadAlloc(n != nullptr && e != nullptr && builder != nullptr &&
             OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) > 0 &&
             OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) > 0);
  const std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  orBadAlloc(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) > 0);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0) {
    errors.throwIfOutOfMemory();
    return nullptr;
  }
  return std::unique_ptr<PublicKey>(new PublicKey(KeyType::Rsa, key, rsaCost(n.get(), e.get())));
}

std::unique_ptr<PublicKey> PublicKey::ed25519(std::string_view raw) {
  const ErrorScope errors;
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes(raw), raw.size());
  if (key == nullptr) {
    errors.throwIfOutOfMemory();
    return nullptr;
  }
  return std::unique_ptr<PublicKey>(new PublicKey(KeyType::Ed25519, key, kEd25519Cost));
}

PublicKey::~PublicKey() {
  EVP_PKEY_CTX_free(idle_.load());
  EVP_PKEY_free(key_);
}

bool PublicKey::verify(const Digest& digest, std::string_view signature) const {
  const ErrorScope errors;
  const bool good = type_ == KeyType::Rsa ? verifyRsa(digest, signature) : verifyEd25519(digest, signature);
  if (!good) errors.throwIfOutOfMemory();
  return good;
}

bool PublicKey::verifyRsa(const Digest& digest, std::string_view signature) const {
  KeyContext context(idle_.exchange(nullptr));
  if (context == nullptr) context = rsaContext(key_, EVP_PKEY_verify_init);
  const bool good =
      EVP_PKEY_verify(context.get(), bytes(signature), signature.size(), digest.data(), digest.size()) == 1;
  context.reset(idle_.exchange(context.release()));  // another thread may have put one back meanwhile
  return good;
}

bool PublicKey::verifyEd25519(const Digest& digest, std::string_view signature) const {
  const MdContext context(EVP_MD_CTX_new());
  orBadAlloc(context != nullptr &&
             EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_, nullptr) == 1);
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), digest.data(), digest.size()) ==
         1;
}

std::optional<Digest> PublicKey::recover(std::string_view signature) const {
  const ErrorScope errors;
  if (type_ != KeyType::Rsa) return std::nullopt;
  const KeyContext context = rsaContext(key_, EVP_PKEY_verify_recover_init);
  Digest digest{};
  std::size_t size = 0;  // asked first: OpenSSL wants room for the whole modulus
  if (EVP_PKEY_verify_recover(context.get(), nullptr, &size, bytes(signature), signature.size()) <= 0) {
    return std::nullopt;
  }
  const auto room = std::make_unique<unsigned char[]>(size);
  if (EVP_PKEY_verify_recover(context.get(), room.get(), &size, bytes(signature), signature.size()) <= 0 ||
      size != digest.size()) {
    return std::nullopt;
  }
  std::copy_n(room.get(), digest.size(), digest.begin());
  return digest;
}

}  // namespace alignd::dkim
