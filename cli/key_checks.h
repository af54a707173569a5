// The checklist of one DKIM key: alignd-check key, and a selector of alignd-check domain.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/checklist.h"
#include "dns/table/lookups.h"
#include "verifier/dkim/public_key.h"

namespace alignd::cli {

/// What was meant by the two arguments, when they were mixed up.
struct KeyArguments {
  std::string selector;
  std::string domain;   // A-labels where that is possible
  std::string mistake;  // "SELECTOR and DOMAIN were swapped"; empty when all is well
};
KeyArguments readKeyArguments(std::string_view selector, std::string_view domain);

struct KeyReport {
  std::string name;  // that was looked up; empty when it is no name
  Checklist list;
  const dns::Answer* answer = nullptr;  // of the Lookups; null without a name
  std::vector<std::string> records;     // TXT, as published
  dkim::KeySet keys;
};

/// Looks the key up and goes through all there is to say. Waits for DNS. Names of the checks: name, answer, chain,
/// beside_alias, wildcard, record, strings, syntax, revoked, cut, type, size, hash, service, testing, dnssec, nearby.
KeyReport checkKey(std::string_view selector, std::string_view domain, dns::Lookups& lookups);

}  // namespace alignd::cli
