// DKIM-Signature and ARC-Message-Signature fields (RFC 6376 section 3.5, RFC 8617 section 4.1.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/name.h"
#include "verifier/dkim/canonicalize.h"
#include "verifier/dkim/crypto.h"
#include "verifier/dkim/result.h"

namespace alignd::dkim {

enum class SignatureKind {
  Dkim,
  ArcMessage,  // no v=; i= is the instance, 1 to 50; From need not be in h=
};

enum class Algorithm {
  RsaSha256,
  Ed25519Sha256,
  RsaSha1,  // known by name, never valid (RFC 8301 section 3.1)
};

/// A field taken apart. Owns what it holds. When `fault` is not Verified the members that could be read are
/// set all the same, for logs.
struct Signature {
  Reason fault = Reason::Verified;
  std::string text;       // what is wrong; may hold foreign octets
  std::string tolerated;  // what is not in the grammar and was taken all the same (decision 7); or empty

  std::string algorithmText;  // a= as written
  Algorithm algorithm = Algorithm::RsaSha256;
  Canonicalization header = Canonicalization::Simple;  // c=
  Canonicalization body = Canonicalization::Simple;
  std::string domain;       // d= as written
  std::string domainAscii;  // A-labels, lower case
  std::string selector;     // s= as written
  std::string identity;  // i= decoded, or as it is when it cannot be; "@" + d= when absent. ArcMessage: empty
  bool identityInSubdomain = false;         // the domain of i= is below d=
  int instance = 0;                         // ArcMessage: i=
  std::vector<std::string> signedFields;    // h=, lower case, in order
  std::optional<std::uint64_t> bodyLength;  // l=; the largest number when it does not fit
  std::optional<std::uint64_t> signedAt;    // t=; likewise
  std::optional<std::uint64_t> expiresAt;   // x=; likewise
  std::string signatureText;                // b= without white space
  std::string signature;                    // b= decoded
  std::string bodyHash;                     // bh= decoded
  std::string copiedFields;                 // z= as written: diagnosis only (RFC 6376 section 3.5)
  // The raw value of b=, white space around it included: offsets in the field's value
  std::size_t bBegin = 0;
  std::size_t bEnd = 0;
  std::optional<dns::Name> keyName;  // <s>._domainkey.<d>, A-labels

  bool ok() const { return fault == Reason::Verified; }
  bool signs(std::string_view lowerCaseName) const;
};

/// Whether what every common verifier takes is taken, with a remark, though no grammar has it (DESIGN.md decision 7):
/// line ends as white space in key records, v= of a key not in front, empty items in h=, tag names with a hyphen, i= that
/// is no quoted-printable.
enum class Syntax : std::uint8_t { Tolerant, Strict };

/// `value` is what stands after the colon. Linear; no exceptions.
Signature parseSignature(std::string_view value, SignatureKind kind, std::size_t maximumNames,
                         Syntax syntax = Syntax::Tolerant);

/// The status that a fault of the field itself has (standards.md section 1.5 in the project's words: syntax
/// and unknown words are neutral, what RFC 6376 section 6.1.1 calls PERMFAIL is permerror).
Status statusOfFault(Reason fault);

/// `domain` in A-labels and lower case when it is a host name that may be asked (letters, digits, hyphens,
/// underscores, dots, U-labels); empty when it is not (DESIGN.md decision 14).
std::string hostName(std::string_view domain);

/// Decimal digits to a number; the largest one when they do not fit (RFC 6376 section 3.5 lets t= and x= be
/// infinity). Nothing when `text` is empty, has over `maximumDigits` digits or anything that is no digit.
std::optional<std::uint64_t> parseNumber(std::string_view text, std::size_t maximumDigits);

}  // namespace alignd::dkim
