// One verification with a cached key against the bare EVP call, and key records with and without the cache.
// Wanted: at most 15 percent over the bare call.
#include <memory>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "verifier/dkim/public_key.h"

namespace {

using alignd::dkim::Digest;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;

// A key pair, its key record, and a signature over a fixed digest.
struct Material {
  Key key;
  std::string record;
  std::string signature;
  Digest digest{};
};

Material rsa(unsigned bits) {
  Material out;
  out.digest.fill(0x5a);
  out.key.reset(EVP_RSA_gen(bits));
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(out.key.get(), &der);
  std::string base64(static_cast<std::size_t>(size) * 2, '\0');
  base64.resize(
      static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), der, size)));
  OPENSSL_free(der);
  out.record = "v=DKIM1; k=rsa; p=" + base64;
  const KeyContext context(EVP_PKEY_CTX_new(out.key.get(), nullptr));
  EVP_PKEY_sign_init(context.get());
  EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING);
  EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256());
  std::size_t length = 0;
  EVP_PKEY_sign(context.get(), nullptr, &length, out.digest.data(), out.digest.size());
  out.signature.resize(length);
  EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(out.signature.data()), &length,
                out.digest.data(), out.digest.size());
  return out;
}

// The floor: a context that is ready, nothing but EVP_PKEY_verify.
void bareEvpVerify(benchmark::State& state) {
  const Material material = rsa(static_cast<unsigned>(state.range(0)));
  const KeyContext context(EVP_PKEY_CTX_new(material.key.get(), nullptr));
  EVP_PKEY_verify_init(context.get());
  EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING);
  EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256());
  for (auto _ : state) {
    const int good =
        EVP_PKEY_verify(context.get(), reinterpret_cast<const unsigned char*>(material.signature.data()),
                        material.signature.size(), material.digest.data(), material.digest.size());
    if (good != 1) state.SkipWithError("does not verify");
  }
}

void cachedKeyVerify(benchmark::State& state) {
  const Material material = rsa(static_cast<unsigned>(state.range(0)));
  const auto record = alignd::dkim::parseKeyRecord(material.record);
  for (auto _ : state) {
    if (!record.key->verify(material.digest, material.signature)) state.SkipWithError("does not verify");
  }
}

void parseKeyRecord(benchmark::State& state) {
  const Material material = rsa(static_cast<unsigned>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(alignd::dkim::parseKeyRecord(material.record));
}

BENCHMARK(bareEvpVerify)->Arg(1024)->Arg(2048)->Arg(4096);
BENCHMARK(cachedKeyVerify)->Arg(1024)->Arg(2048)->Arg(4096);
BENCHMARK(cachedKeyVerify)->Arg(2048)->Threads(2);
BENCHMARK(parseKeyRecord)->Arg(2048);

}  // namespace
