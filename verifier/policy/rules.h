// Which rule of the table a message meets.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "verifier/cause/why.h"
#include "verifier/policy/options.h"
#include "verifier/verdict.h"

namespace alignd::policy {

/// True when `domain` is `pattern`, or below it for `*.` patterns. Case does not matter.
bool matchesDomain(std::string_view pattern, std::string_view domain);
/// True when `recipient` (no angle brackets) is `pattern`: an address, or `@` and a domain.
bool matchesRecipient(std::string_view pattern, std::string_view recipient);

/// A rule that a message meets, and whether it names an authenticated fact.
struct MetRule {
  const Rule* rule;
  bool authenticated;
  friend bool operator==(const MetRule&, const MetRule&) = default;
};
using MetRules = std::vector<MetRule>;

/// Finds the rules that one message meets. What does not hang on the recipient is looked at once, however many there are:
/// lists may be long, and a sender names as many recipients as the MTA lets him.
class RuleFinder {
 public:
  /// `why` is the message's cause. `options` and `verdict` must outlive it.
  RuleFinder(const Options& options, const Verdict& verdict, cause::Why why);

  /// In order: all that match up to the first that names an authenticated fact, which ends the search. Without a recipient
  /// (""), rules that name some never match.
  MetRules forRecipient(std::string_view recipient) const;
  /// What the message meets for each of its recipients, each once. One at least.
  std::vector<MetRules> forAll() const;
  /// Rules that were held against the message as a whole.
  std::size_t compared() const { return compared_; }

 private:
  const Verdict& verdict_;
  std::size_t compared_ = 0;
  bool byRecipient_ = false;
  MetRules met_;  // for some recipient
};

/// True when the rule names a fact that the sender cannot simply write (DESIGN.md decision 15). Networks that hold a
/// sixteenth of all IPv4 addresses together, or a 4096th of IPv6, are none; nor is a pattern for all below a public
/// suffix, `*.com` or `*.co.uk`: everybody can be there.
bool namesAuthenticatedFact(const Rule& rule);

}  // namespace alignd::policy
