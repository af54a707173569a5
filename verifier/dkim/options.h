// What an operator may set about DKIM, with the defaults of DESIGN.md decisions 7 and 16.
#pragma once

#include <chrono>
#include <cstddef>

namespace alignd::dkim {

/// What a signature that verifies is worth when l= leaves octets of the body unsigned (RFC 6376 section 8.2).
enum class UnsignedBody {
  Pass,    // pass; SignatureResult::unsignedBytes says how many
  Policy,  // policy, reason UnsignedBody
};

/// What a signature that verifies is worth when a field that may stand once (Subject, Reply-To, Content-Type
/// ...) stands in the message more often than the signature covers it (RFC 6376 section 8.15).
enum class UncoveredFields {
  Comment,  // pass; SignatureResult::uncovered names the fields
  Policy,   // policy, reason UncoveredField. Hits signers who leave, say, Content-Type unsigned
};

struct Options {
  /// DKIM-Signature fields that are parsed, top down; the others are counted and nothing more.
  std::size_t maximumFields = 50;
  /// Signatures that are evaluated: key looked up, crypto done.
  std::size_t maximumSignatures = 10;
  /// Names in one h=. (200 fields of one name, oversigned, are still to be verified.)
  std::size_t maximumSignedNames = 256;
  /// Distinct body digests of one message, DKIM and ARC together: what BodyHashes is made with.
  std::size_t maximumBodyHashes = 8;
  /// Octets of canonicalized header that are hashed for one message, all signatures together.
  std::size_t maximumHeaderBytes = std::size_t{16} * 1024 * 1024;
  /// Key records tried at one name (RFC 6376 section 6.1.2 step 4 leaves it open).
  std::size_t maximumKeyRecords = 4;
  /// Bits of an RSA modulus under which a signature is not valid (RFC 8301 section 3.2).
  int minimumRsaBits = 1024;
  /// Bits of an RSA modulus over which a key is refused. Never more than kMaxRsaBits (public_key.h).
  int maximumRsaBits = 8192;
  /// How far the clock of a signer may be off, for t= and x=.
  std::chrono::seconds clockDrift{300};
  /// Signatures older than this (by t=) are policy; zero: any age will do.
  std::chrono::seconds maximumAge{0};
  UnsignedBody unsignedBody = UnsignedBody::Policy;
  UncoveredFields uncoveredFields = UncoveredFields::Comment;
  /// The letter alone: what is tolerated otherwise (signature.h, Syntax) is a syntax error.
  bool strictSyntax = false;
  /// A signature that verifies with a key in testing mode (t=y) counts. The letter of RFC 6376 section 3.6.1
  /// says otherwise; receivers at large do it this way (DESIGN.md decision 7). When false it is neutral.
  bool testingKeysPass = true;
};

}  // namespace alignd::dkim
