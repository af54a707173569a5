// Seals messages for tests, with OpenSSL and the naive canonicalizations: what it signs has not been through the code
// under test.
#pragma once

#include <string>
#include <string_view>

#include "dns/zone/zone.h"
#include "tests/unit/dkim/signer.h"

namespace alignd::test {

/// What one ARC set says. The fields that stand empty are made.
struct Seal {
  int i = 1;
  std::string d = "lists.example";  // of both signatures
  std::string s = "s1";
  std::string messageSelector{};  // of the ARC-Message-Signature; empty: s
  std::string cv{};               // empty: none for i=1, pass otherwise
  std::string results =
      "lists.example; dkim=pass header.d=author.example";  // of the ARC-Authentication-Results
  std::string h = "from:to:subject";
  std::string c = "relaxed/relaxed";
  std::string messageExtra{};  // further tags of the ARC-Message-Signature, each with "; " behind
  std::string sealExtra{};     // of the ARC-Seal
  std::string iText{};         // how i= is written; empty: the number
  bool publish = true;         // the key stands in DNS
};

/// A message under way: sealers put sets on top, mail passes on.
struct Message {
  Fields fields{"From: Jo <jo@author.example>", "To: list@lists.example", "Subject: hello"};
  std::string body = "Hello there.\r\n";
  dns::Zone zone;
  bool stale = false;  // the servers fail, and what they said before is known

  /// Publishes the key at s._domainkey.d.
  void publish(const SigningKey& key, const std::string& d, const std::string& s = "s1");
  /// Puts an ARC set on top, signed with `key`, which is published.
  void seal(const Seal& set, const SigningKey& key = SigningKey::rsa(1024));
  /// The ARC fields that are there, of instance 1 to `i`, in the order that seals cover them.
  std::string covered(int i) const;
  /// Where a field stands; name without colon. -1 when it is not there.
  int find(std::string_view name, int instance) const;
};

}  // namespace alignd::test
