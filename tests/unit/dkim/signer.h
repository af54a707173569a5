// Makes keys and signatures for tests, with OpenSSL directly and the naive canonicalizations: what it signs
// has not been through the code under test.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <openssl/evp.h>

namespace alignd::test {

std::string base64(std::string_view octets);
std::string sha256(std::string_view octets);

/// A key pair; made once per kind and shared, for RSA keys take time.
class SigningKey {
 public:
  static const SigningKey& rsa(unsigned bits);
  static const SigningKey& ed25519();

  /// `v=DKIM1; k=...; p=...`: SubjectPublicKeyInfo for RSA, raw octets for Ed25519.
  std::string record() const { return "v=DKIM1; k=" + std::string(rsa_ ? "rsa" : "ed25519") + "; p=" + p(); }
  std::string p() const;
  /// RSA: the bare RSAPublicKey of RFC 8017 instead.
  std::string bareP() const;
  /// Over the SHA-256 digest of `octets`.
  std::string sign(std::string_view octets) const;
  std::string_view algorithm() const { return rsa_ ? "rsa-sha256" : "ed25519-sha256"; }

 private:
  SigningKey(EVP_PKEY* key, bool rsa) : key_(key, EVP_PKEY_free), rsa_(rsa) {}
  std::shared_ptr<EVP_PKEY> key_;
  bool rsa_;
};

using Fields = std::vector<std::string>;  // whole fields, no final CRLF, top to bottom

struct SignOptions {
  std::string c = "relaxed/relaxed";
  std::string d = "example.org";
  std::string s = "s1";
  std::string h = "from:to:subject:date";
  std::string extra{};  // further tags, each with its "; " behind
  std::string a{};      // what a= says; empty: what is true
  std::string v = "1";
  std::string says{};  // what c= says; empty: what is true
};

/// The DKIM-Signature field, without final CRLF, for a header of `fields` (to which it is not yet added) and
/// `body`. With l= in `extra`, bh= covers so much.
std::string sign(const Fields& fields, std::string_view body, const SigningKey& key,
                 const SignOptions& options = {});

}  // namespace alignd::test
