#include "tests/unit/dkim/signer.h"

#include <map>
#include <sstream>
#include <stdexcept>

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/unit/dkim/naive.h"

namespace alignd::test {

namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

template <class Encode>
std::string derOf(EVP_PKEY* key, Encode encode) {
  unsigned char* der = nullptr;
  const int size = encode(key, &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

dkim::Canonicalization canonicalization(std::string_view name) {
  return name == "relaxed" ? dkim::Canonicalization::Relaxed : dkim::Canonicalization::Simple;
}

}  // namespace

std::string base64(std::string_view octets) {
  std::string out(octets.size() * 2 + 4, '\0');
  out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                      bytes(octets), static_cast<int>(octets.size()))));
  return out;
}

std::string sha256(std::string_view octets) {
  std::string out(32, '\0');
  EVP_Digest(octets.data(), octets.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
             EVP_sha256(), nullptr);
  return out;
}

const SigningKey& SigningKey::rsa(unsigned bits) {
  static std::map<unsigned, SigningKey> keys;
  const auto found = keys.find(bits);
  if (found != keys.end()) return found->second;
  return keys.emplace(bits, SigningKey(EVP_RSA_gen(bits), true)).first->second;
}

const SigningKey& SigningKey::ed25519() {
  static const SigningKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), false);
  return key;
}

std::string SigningKey::p() const {
  if (rsa_) return base64(derOf(key_.get(), i2d_PUBKEY));
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
  return base64(raw);
}

std::string SigningKey::bareP() const {
  return base64(derOf(key_.get(), i2d_PublicKey));
}

std::string SigningKey::sign(std::string_view octets) const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const std::string digest = sha256(octets);
  const std::string_view input = rsa_ ? octets : std::string_view(digest);  // RFC 8463 section 3
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, rsa_ ? EVP_sha256() : nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes(input), input.size()) != 1) {
    throw std::runtime_error("cannot sign");
  }
  std::string out(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(input),
                 input.size());
  return out;
}

std::string sign(const Fields& fields, std::string_view body, const SigningKey& key,
                 const SignOptions& options) {
  const std::size_t slash = options.c.find('/');
  const auto headerForm = canonicalization(options.c.substr(0, slash));
  const auto bodyForm = canonicalization(slash == std::string::npos ? "simple" : options.c.substr(slash + 1));

  std::string text = dkim::naive::body(bodyForm, body);
  if (const auto l = options.extra.find("l="); l != std::string::npos) {
    text.resize(std::min(text.size(), static_cast<std::size_t>(std::stoul(options.extra.substr(l + 2)))));
  }
  std::string own = "DKIM-Signature: v=" + options.v +
                    "; a=" + (options.a.empty() ? std::string(key.algorithm()) : options.a) +
                    "; c=" + (options.says.empty() ? options.c : options.says) + "; d=" + options.d +
                    "; s=" + options.s + "; h=" + options.h + "; " + options.extra +
                    "bh=" + base64(sha256(text)) + "; b=";

  std::string data;
  std::vector<bool> taken(fields.size());
  std::istringstream names(options.h);
  for (std::string name; std::getline(names, name, ':');) {
    for (std::size_t i = fields.size(); i-- > 0;) {
      std::string its = fields[i].substr(0, fields[i].find(':'));
      while (!its.empty() && (its.back() == ' ' || its.back() == '\t')) its.pop_back();
      if (taken[i] || lower(its) != lower(name)) continue;
      taken[i] = true;
      data += dkim::naive::field(headerForm, fields[i]) + "\r\n";
      break;
    }
  }
  data += dkim::naive::field(headerForm, own);
  return own + base64(key.sign(data));
}

}  // namespace alignd::test
