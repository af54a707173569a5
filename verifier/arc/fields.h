// The ARC fields taken apart: ARC-Seal (RFC 8617 section 4.1.3), the instance of any of the three
// (section 4.2.1), and the head of ARC-Authentication-Results (section 4.1.1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dns/data/name.h"
#include "verifier/dkim/crypto.h"
#include "verifier/dkim/signature.h"

namespace alignd::arc {

inline constexpr int kMaxInstance = 50;  // RFC 8617 section 4.2.1

struct Seal {
  std::string fault;  // what is wrong; empty when nothing is. May hold foreign octets
  int instance = 0;   // 0 when it cannot be read
  std::string cv;     // lower case; "none", "fail" or "pass" unless there is a fault
  dkim::KeyType keyType = dkim::KeyType::Rsa;  // of a=
  std::string domain;                          // d= in A-labels, lower case; empty when it is no host name
  std::string selector;                        // s= as written
  std::string signature;                       // b= decoded
  std::size_t bBegin = 0;                      // the raw value of b=, as offsets in the field's value
  std::size_t bEnd = 0;
  std::optional<dns::Name> keyName;  // <s>._domainkey.<d>

  bool ok() const { return fault.empty(); }
};

/// The value of an ARC-Seal or ARC-Message-Signature with the comments that may stand around the leading i= (RFC
/// 8617 section 3.9: [CFWS]) turned to blanks, so that it reads as a tag list. Offsets stay what they are; the
/// digests are made of the field as it came.
std::string blankComments(std::string_view value);

/// `value` is what stands after the colon, comments and all. Linear; no exceptions.
Seal parseSeal(std::string_view value, dkim::Syntax syntax = dkim::Syntax::Tolerant);

/// What of an ARC-Message-Signature is read before dkim::parseSignature. `value` as blankComments() gives it.
struct MessageHead {
  int instance = 0;  // i=, two digits at most (so `01` is 1). 0: the list or the tag is faulty; 51: over 50
  bool defaultForm = false;  // no c=
};
MessageHead parseMessageHead(std::string_view value);

struct AuthResults {
  int instance = 0;          // likewise
  std::string_view payload;  // after the semicolon: what authres::parse reads. A view into the value
};
/// i= comes first, comments and folds may stand around it.
AuthResults parseAuthResults(std::string_view value);

}  // namespace alignd::arc
