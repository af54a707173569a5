// One DMARC Policy Record: RFC 9989 sections 4.7 and 4.8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/answer.h"
#include "verifier/dmarc/result.h"

namespace alignd::dmarc {

struct Record {
  std::string text;                   // as published; at most kShownRecord octets, and "..." when it was cut
  Policy policy = Policy::None;       // p; None also by the rule of section 4.10.1 (see `assumedNone`)
  std::optional<Policy> subdomain;    // sp
  std::optional<Policy> nonexistent;  // np
  Alignment adkim = Alignment::Relaxed;
  Alignment aspf = Alignment::Relaxed;
  std::string fo = "0";
  std::vector<std::string> rua;  // syntactically valid URIs, obsolete size limits cut off; at most kMaxUris
  std::vector<std::string> ruf;
  bool ruaGiven = false;  // there is a rua, valid or not
  char psd = 'u';
  bool testing = false;      // t=y
  bool assumedNone = false;  // p missing or bad, or sp or np bad, but rua is good: taken as p=none
  bool usable = true;        // false: the same without a good rua; no DMARC processing (section 4.10.1)
  std::vector<std::string> problems;  // what was ignored or replaced, for people; foreign octets unescaped
  std::string policyProblem;          // of them the one that makes it unusable or p=none; or empty
  std::string tolerated;              // what is not in the grammar and was taken all the same; or empty
};

inline constexpr std::size_t kMaxUris = 20;       // in one list
inline constexpr std::size_t kMaxUri = 250;       // octets of one of them
inline constexpr std::size_t kShownRecord = 600;  // octets of a record that are kept to be shown

/// CR and LF count as blanks, with a remark in `tolerated` (DESIGN.md decision 7).
/// Nothing when `text` is no DMARC record at all: `v=DMARC1` does not come first, or not so (section 4.7: the
/// value is case-sensitive). Everything after it is read as the section says: syntax errors cost the tag they
/// are in, unknown and historic (section 9.3) tags are ignored. Names of tags and their keywords are ABNF
/// strings, hence without case (RFC 5234 section 2.3). Of tags that stand twice the first counts (DESIGN.md
/// decision 4).
std::optional<Record> parseRecord(std::string_view text);

/// True when `uri` is a URI of RFC 3986 that may stand in rua or ruf: a scheme and something after it, no ","
/// or "!"; mailto: with an address; at most kMaxUri octets.
bool isReportingUri(std::string_view uri);

/// Why a record that is not usable is none, as a sentence fragment.
std::string unusableText(const Record& record);

/// What the answer to a question for a `_dmarc` name means: TXT records that are no DMARC records are
/// discarded, and all of them when more than one is left (section 4.10 steps 2 and 6).
struct PolicyAnswer {
  std::optional<Record> record;
  std::string problem;  // "2 DMARC records", what nearly is one and why not ...; empty when nothing is wrong
};
PolicyAnswer readPolicyAnswer(const dns::Answer& answer);

/// For the account of the cache (dns::Answer::derived).
std::size_t derivedCost(const PolicyAnswer& answer);

}  // namespace alignd::dmarc
