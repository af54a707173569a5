// What an operator may set about ARC, with the defaults of DESIGN.md decisions 10 and 16.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace alignd::arc {

struct Options {
  /// Domains (d= of ARC-Seal, A-labels, any case) whose word may override a DMARC failure. Empty: nobody's.
  std::vector<std::string> trustedSealers;
  /// Key questions asked ahead of need, while the header comes in and the structure of the chain is unknown.
  std::size_t maximumKeysAhead = 10;
  /// ARC-Message-Signatures below the newest one that are looked at for oldest-pass (RFC 8617 section 5.2
  /// step 5).
  std::size_t maximumOlder = 10;
  /// Names in one h=: as for DKIM.
  std::size_t maximumSignedNames = 256;
  /// Octets of canonicalized header that are hashed for the chain of one message: twice, once for the
  /// ARC-Message-Signatures and once for the seals.
  std::size_t maximumHeaderBytes = std::size_t{16} * 1024 * 1024;
  /// Key records tried at one name.
  std::size_t maximumKeyRecords = 4;
  /// RFC 8301 section 3.2.
  int minimumRsaBits = 1024;
  int maximumRsaBits = 8192;
  /// The letter alone, as dkim::Options::strictSyntax, which sets it.
  bool strictSyntax = false;
  /// How far the clock of a signer may be off, for x=.
  std::chrono::seconds clockDrift{300};
};

}  // namespace alignd::arc
