// What the DMARC check found (RFC 9989).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/answer.h"

namespace alignd::dmarc {

enum class Status { None, Pass, Fail, TempError, PermError };  // RFC 9989 section 9.2
std::string_view statusWord(Status status);

enum class Policy { None, Quarantine, Reject };
std::string_view policyWord(Policy policy);

enum class Alignment { Relaxed, Strict };

/// One `_dmarc` name of a tree walk and what stood there.
struct WalkStep {
  std::string name;  // the domain, without the `_dmarc` label
  dns::Status answer = dns::Status::NoData;
  std::string record;   // the text of the record that counts; empty when there is none
  std::string problem;  // "two records", "p= missing" ...; empty when nothing is wrong
  bool asked = true;    // false when the walk ended before
};

/// One authenticated identifier held against the author domain.
struct Identifier {
  enum class Kind { Spf, Dkim } kind = Kind::Dkim;
  std::string domain;    // A-labels
  std::string selector;  // of a signature
  bool passed = false;   // the mechanism passed
  bool aligned = false;
  std::string organizationalDomain;  // when it had to be found
  std::string text;                  // why not: "not aligned (strict)", "signature failed" ...
};

struct Result {
  Status status = Status::None;
  std::string text;                   // the reason as a sentence fragment
  std::string authorDomain;           // A-labels; empty when ambiguous
  bool hasPolicy = false;             // a policy applies: `effective`
  std::string policyDomain;           // where the record that counts was found; empty when taken over
  std::string organizationalDomain;   // of the author domain
  std::string record;                 // as published
  Policy published = Policy::None;    // p
  std::optional<Policy> subdomain;    // sp
  std::optional<Policy> nonexistent;  // np
  Policy selected = Policy::None;     // of p, sp, np the one that applies
  std::string selectedTag;            // "p", "sp", "np" or ""
  Policy effective = Policy::None;    // after t=y; policy.dmarc of A-R
  bool testing = false;               // t=y
  Alignment adkim = Alignment::Relaxed;
  Alignment aspf = Alignment::Relaxed;
  std::string fo;  // as published
  std::vector<std::string> rua;
  std::vector<std::string> ruf;
  char psd = 'u';  // y, n, u
  bool alignedSpf = false;
  bool alignedDkim = false;
  std::vector<Identifier> identifiers;
  std::vector<WalkStep> walk;                // of the author domain
  std::string discoveryMethod = "treewalk";  // or "psl" (RFC 9990 discovery_method); empty when taken over
  std::string comparison;  // organizational_domain = "compare": where list and walk differ; empty when not
  bool spfUntold = false;  // permerror because who gave the message to a relay of ours cannot be told
  bool discoveryFailed = false;  // temperror because the policy itself could not be found
};

}  // namespace alignd::dmarc
