// Key records (RFC 6376 section 3.6.1) and the keys in them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/answer.h"
#include "verifier/dkim/crypto.h"
#include "verifier/dkim/result.h"

namespace alignd::dkim {

/// RSA keys over this are refused before any arithmetic: verification time grows with the square of the size.
inline constexpr int kMaxRsaBits = 8192;
/// RSA exponents over this likewise (RFC 6376 section 8.13 lets verifiers refuse unreasonable ones): verification time
/// grows with their length. The fifth Fermat number, the largest that keys were ever made with, has 33 bits.
inline constexpr int kMaxExponentBits = 33;
/// Key records over this many octets are not read.
inline constexpr std::size_t kMaxKeyRecord = 8192;
/// TXT records at one name that are looked at for key records.
inline constexpr std::size_t kMaxTxtRecords = 64;

/// One TXT record read as a key. `fault` is Reason::Verified when the key can be used; what depends on the
/// signature (k= against a=, h=, i= under t=s) is left to the verifier.
struct KeyRecord {
  Reason fault = Reason::KeySyntax;
  std::string text;             // what is wrong; may hold foreign octets
  bool isKey = false;           // reads as a tag list with p=, so that it counts as a key record
  KeyType type = KeyType::Rsa;  // k=; meaningless when fault is KeyWrongType
  int bits = 0;              // exact length of an RSA modulus, even of one that is refused; 256 for Ed25519
  bool allowsSha256 = true;  // h=
  std::string hashes;        // h= as written, its first octets; empty when it is absent or allows sha256
  bool testing = false;      // t=y
  bool strictIdentity = false;           // t=s
  std::shared_ptr<const PublicKey> key;  // null unless fault is Verified
  std::string tolerated;                 // what is not in the grammar and was taken all the same; or empty
  Reason strictFault =
      Reason::Verified;  // what that is for those who want the letter (Options::strictSyntax)

  bool usable() const { return fault == Reason::Verified; }
};

/// Reads one record: its character-strings joined. Linear, bounded; no exceptions.
KeyRecord parseKeyRecord(std::string_view text);

/// How many octets a key has lost at its end, by what the DER of its beginning says (`base64`: p= without white space).
/// Nothing when none are known to be lost.
std::optional<std::size_t> missingOctets(std::string_view base64);

/// What is wrong with h= of a record that does not allow sha256, as a sentence fragment.
std::string hashText(const KeyRecord& record);

/// All key records of one answer, in the order of the reply; those that are no key records come last and only
/// when there is no other. What Answer::derived keeps.
struct KeySet {
  std::vector<KeyRecord> records;
};
KeySet parseKeySet(const dns::Answer& answer);
/// For the cache's account.
std::size_t derivedCost(const KeySet& keys);

/// The numbers of an RSA public key, as DER has them: big-endian, leading zero octets dropped.
struct RsaNumbers {
  std::string_view modulus;
  std::string_view exponent;
};
/// Reads a SubjectPublicKeyInfo (RFC 5280 section 4.1) with rsaEncryption, or a bare RSAPublicKey (RFC 8017
/// appendix A.1.1). False when `der` is neither, or has octets behind it.
bool readRsaKey(std::string_view der, RsaNumbers& numbers);

}  // namespace alignd::dkim
