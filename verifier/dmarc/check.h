// One look at the answers that are there: which results are still possible, and what decides between them.
#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns/table/lookups.h"
#include "verifier/dmarc/evaluate.h"
#include "verifier/dmarc/record.h"
#include "verifier/dmarc/scenarios.h"

namespace alignd::dmarc {

/// What an answer says under these settings: a record that was read with tolerance is none by the letter.
std::shared_ptr<const PolicyAnswer> policyOf(const dns::Answer& answer, bool strictSyntax);

/// What the records at one name are to a walk.
Sight sightOf(const PolicyAnswer& answer);

/// How the check of one identifier against the author domain can end.
struct Ending {
  enum class Kind {
    NoPolicy,        // no record applies
    NoUsablePolicy,  // one does, but without policy and rua (section 4.10.1)
    Pass,
    Fail,
    Prevented,  // a DNS failure leaves it open
    Depends,    // a missing answer leaves it open
  };
  Kind kind = Kind::NoPolicy;
  std::size_t policy = 0;  // of Fail: index of the policy record in the author's plan
  friend auto operator<=>(const Ending&, const Ending&) = default;
};

/// One for every way the missing answers can come; distinct. The result is certain when there is one.
using Endings = std::vector<Ending>;
bool isCertain(const Endings& endings);
bool isCertain(const Endings& endings, Ending::Kind kind);

/// A walk with the answers that are there.
struct SeenWalk : KnownWalk {
  std::vector<const dns::Answer*> answers;                    // null: none yet, or none can be asked
  std::vector<std::shared_ptr<const PolicyAnswer>> policies;  // null where nothing is known
  const Record* record(std::size_t index) const {
    const PolicyAnswer* answer = policies[index].get();
    return answer != nullptr && answer->record ? &*answer->record : nullptr;
  }
  bool complete() const;  // no missing name before the end of the walk
};

/// Belongs to one evaluation; takes the answers as they are now and asks nothing by itself.
class Check {
 public:
  struct Subject {
    const IdentifierInput* input = nullptr;
    dns::Name domain;              // the root: can never align
    std::optional<SeenWalk> walk;  // when its own walk plays a part
    Endings endings;
  };

  /// `author` must have a domain. By `list`; by tree walk when that is null.
  Check(const dns::Name& author, const std::vector<IdentifierInput>& identifiers,
        const PublicSuffixList* list, bool strictSyntax, dns::Lookups& lookups);

  const SeenWalk& author() const { return author_; }
  /// With no identifier at all: what the policy alone allows.
  const Endings& withoutIdentifiers() const { return without_; }
  const std::vector<Subject>& subjects() const { return subjects_; }

  /// The one result that all endings together leave; nothing while missing answers matter.
  std::optional<Ending> combined() const;
  /// True when combined() will have a result whichever of the Possible subjects pass.
  bool decidedEitherWay() const;
  /// Of what is no pass it is told which names are of the author's organization: true when no missing answer changes
  /// that, so that the order in which answers come changes no word either.
  bool canBeTold(const Ending& ending) const;
  /// Says to `lookups` what is missing and matters. True when some of it is known by now.
  bool demand(dns::Lookups& lookups) const;

 private:
  SeenWalk look(const dns::Name& domain) const;
  Endings endingsFor(const Subject* subject) const;
  Ending endingOf(const Scenario& scenario, const Subject* subject) const;
  void addEnding(const WalkPair& pair, const Subject* subject, Endings& out) const;

  dns::Lookups& lookups_;
  const PublicSuffixList* list_;
  bool strictSyntax_;
  SeenWalk author_;
  Endings without_;
  std::vector<Subject> subjects_;
};

}  // namespace alignd::dmarc
