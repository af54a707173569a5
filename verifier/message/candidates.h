// The `@` of a text, and the domains that readers find behind them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace alignd::message {

/// True when a dot stands in `domain`, with something behind it: the full stop, or one of those that IDNA reads as one
/// (RFC 3490 section 3.1: U+3002, U+FF0E, U+FF61, in UTF-8).
bool isDotted(std::string_view domain);

struct Candidate {
  std::size_t at = 0;    // where the "@" stands
  std::string domain;    // host name octets behind it, without trailing "." and "-"; empty: none
  std::string joined;    // with what belongs to the domain when blanks stand around dots, see below
  std::string whole;     // with all that could still belong to the domain, see below
  bool literal = false;  // a domain-literal stands there

  /// What `longer` (`joined` or `whole`) has beyond `domain` holds a dot and letters or digits behind it: it names
  /// something else.
  bool goesOn(std::string_view longer) const;
  bool dotted() const { return isDotted(domain) || goesOn(whole); }
};

/// All `@` of `text`, in order, at most `limit`. Each is looked at for about 1,000 octets, blanks and comments aside.
///
/// `whole` is what the most generous reader takes: any octets that are no blank and none of `<>()[]@,;:`, and blanks
/// and comments between them left out. RFC 5322 section 4.4 allows those around dots, which is what `joined` has;
/// Python's email.utils leaves them out anywhere, so that `ceo@b ank.example` is at bank.example there, and
/// `ceo @ bank . com munity`, at bank.com to others, at bank.community. A word that has an `@` of its own behind it
/// does not belong to it, unless a dot before it says that the domain goes on. Quotes and `.`, `-` at the end of
/// either do not count.
std::vector<Candidate> findCandidates(std::string_view text, std::size_t limit);

}  // namespace alignd::message
