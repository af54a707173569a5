#include "verifier/dmarc/check.h"

#include <algorithm>

namespace alignd::dmarc {

namespace {

using Kind = Ending::Kind;

// How many labels, from the right, two names share.
std::size_t commonLabels(const dns::Name& first, const dns::Name& second) {
  const std::string& a = first.text();
  const std::string& b = second.text();
  const auto [atA, atB] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  const bool whole = (atA == a.rend() || *atA == '.') && (atB == b.rend() || *atB == '.');
  const auto dots = static_cast<std::size_t>(std::count(a.rbegin(), atA, '.'));
  return whole ? dots + 1 : dots;
}

bool endsWalk(const KnownWalk& walk, std::size_t index) {
  const Knowledge& name = walk.names[index];
  return name.kind == Knowledge::Kind::Known && !walk.plan.fixedLabels &&
         (name.sight == Sight::PsdNo || name.sight == Sight::PsdYes);
}

// Names that are missing before a psd= that is known ends the walk.
template <class Do>
void forEachMissing(const SeenWalk& walk, Do&& act) {
  for (std::size_t i = 0; i < walk.names.size(); ++i) {
    if (walk.names[i].kind == Knowledge::Kind::Missing) {
      if (const auto question = policyQuestion(walk.plan.names[i])) act(*question);
    }
    if (endsWalk(walk, i)) return;
  }
}

bool mayPass(const IdentifierInput& input) {
  return input.state == IdentifierState::Pass || input.state == IdentifierState::Possible ||
         input.state == IdentifierState::TempError;
}

enum class Aligned { No, Yes, Maybe };

// `relaxedIfUnknown`: what is assumed of a policy record whose content is not known.
Aligned alignment(const Record* record, Identifier::Kind kind, bool identical, bool sameOrganization,
                  bool relaxedIfUnknown) {
  if (identical) return Aligned::Yes;
  if (!sameOrganization) return Aligned::No;
  if (record == nullptr) return relaxedIfUnknown ? Aligned::Yes : Aligned::Maybe;
  const Alignment mode = kind == Identifier::Kind::Dkim ? record->adkim : record->aspf;
  return mode == Alignment::Strict ? Aligned::No : Aligned::Yes;
}

}  // namespace

std::shared_ptr<const PolicyAnswer> policyOf(const dns::Answer& answer, bool strictSyntax) {
  auto policy = answer.derived<PolicyAnswer>(readPolicyAnswer);
  if (!strictSyntax || !policy->record || policy->record->tolerated.empty()) return policy;
  PolicyAnswer none;
  none.problem = policy->record->tolerated + ", no record by the letter";
  return std::make_shared<const PolicyAnswer>(std::move(none));
}

Sight sightOf(const PolicyAnswer& answer) {
  if (!answer.record) return Sight::Nothing;
  if (answer.record->psd == 'n') return Sight::PsdNo;
  return answer.record->psd == 'y' ? Sight::PsdYes : Sight::Record;
}

bool isCertain(const Endings& endings) {
  return endings.size() == 1 && endings.front().kind != Kind::Depends;
}

bool isCertain(const Endings& endings, Kind kind) {
  return endings.size() == 1 && endings.front().kind == kind;
}

bool SeenWalk::complete() const {
  bool missing = false;
  forEachMissing(*this, [&](const dns::Question&) { missing = true; });
  return !missing;
}

Check::Check(const dns::Name& author, const std::vector<IdentifierInput>& identifiers,
             const PublicSuffixList* list, bool strictSyntax, dns::Lookups& lookups)
    : lookups_(lookups), list_(list), strictSyntax_(strictSyntax), author_(look(author)) {
  without_ = endingsFor(nullptr);
  subjects_.reserve(identifiers.size());
  for (const IdentifierInput& input : identifiers) {
    Subject subject;
    subject.input = &input;
    if (const auto domain = dns::Name::parse(input.domain)) subject.domain = *domain;
    const bool can = !subject.domain.isRoot() && mayPass(input);
    const bool related = subject.domain != author && commonLabels(subject.domain, author) > 0;
    if (can && related) subject.walk = look(subject.domain);
    subject.endings = can ? endingsFor(&subject) : without_;
    subjects_.push_back(std::move(subject));
  }
}

SeenWalk Check::look(const dns::Name& domain) const {
  SeenWalk walk;
  walk.plan = list_ == nullptr ? planWalk(domain) : planList(domain, *list_);
  const std::size_t count = walk.plan.names.size();
  walk.names.reserve(count);
  walk.answers.reserve(count);
  walk.policies.reserve(count);
  bool ended = false;
  for (const dns::Name& name : walk.plan.names) {
    auto question = policyQuestion(name);
    const dns::Answer* answer = question ? lookups_.peek(*question) : nullptr;
    walk.answers.push_back(answer);
    Knowledge& known = walk.names.emplace_back();
    auto& policy = walk.policies.emplace_back();
    if (!question) {
      known = {Knowledge::Kind::Known, Sight::Nothing};  // no such name can exist
    } else if (answer != nullptr && answer->failed()) {
      known.kind = Knowledge::Kind::Failed;
    } else if (answer != nullptr) {
      policy = policyOf(*answer, strictSyntax_);
      known = {Knowledge::Kind::Known, sightOf(*policy)};
    }
    // Lookups::used() tells what a result hangs on: on what came before anybody waited for it too.
    if (answer != nullptr && !ended) lookups_.find(*std::move(question));
    ended = ended || endsWalk(walk, walk.names.size() - 1);
  }
  return walk;
}

Endings Check::endingsFor(const Subject* subject) const {
  // Nothing is certain before the first answer.
  if (author_.names.front().kind == Knowledge::Kind::Missing) return {{Kind::Depends, 0}};
  const KnownWalk* identifier = subject != nullptr && subject->walk ? &*subject->walk : nullptr;
  Endings out;
  if (const auto pair = followKnown(author_, identifier)) {
    addEnding(*pair, subject, out);
    return out;
  }
  const auto scenarios = explore(author_, identifier);
  if (!scenarios) return {{Kind::Depends, 0}};
  for (const Scenario& scenario : *scenarios) {
    const Ending ending = endingOf(scenario, subject);
    if (std::find(out.begin(), out.end(), ending) == out.end()) out.push_back(ending);
  }
  return out;
}

// What all the pairs agree on; where they differ, a DNS failure has prevented the check.
Ending Check::endingOf(const Scenario& scenario, const Subject* subject) const {
  Endings possible;
  for (const WalkPair& pair : scenario) addEnding(pair, subject, possible);
  const auto depends = std::find(possible.begin(), possible.end(), Ending{Kind::Depends, 0});
  if (depends != possible.end()) return *depends;
  const bool same = std::all_of(possible.begin(), possible.end(),
                                [&](const Ending& ending) { return ending == possible.front(); });
  return same ? possible.front() : Ending{Kind::Prevented, 0};
}

void Check::addEnding(const WalkPair& pair, const Subject* subject, Endings& out) const {
  const auto policy = pair.author.policyIndex();
  if (!policy) {
    out.push_back({Kind::NoPolicy, 0});
    return;
  }
  const Record* record = author_.record(*policy);
  if (record != nullptr && !record->usable) {
    out.push_back({Kind::NoUsablePolicy, 0});
    return;
  }
  // Not here yet: it may be strict, or have no policy at all (section 4.10.1).
  if (author_.names[*policy].kind == Knowledge::Kind::Missing) {
    out.push_back({Kind::Depends, 0});
    return;
  }
  const Ending prevented{Kind::Prevented, 0};  // a record that will not be known
  const Ending fail = record != nullptr ? Ending{Kind::Fail, *policy} : prevented;
  Aligned aligned = Aligned::No;
  if (subject != nullptr) {
    const dns::Name& author = author_.plan.domain;
    bool sameOrganization = false;
    if (subject->walk) {
      const std::size_t labels = pair.author.organizationalLabels(author_.plan);
      sameOrganization = labels == pair.identifier.organizationalLabels(subject->walk->plan) &&
                         labels <= commonLabels(author, subject->domain);
    }
    // A top-level domain that cannot be asked must not void an alignment below a record that is known (decision 2):
    // of a record above such a one the default mode is assumed.
    bool recordBelow = false;
    for (std::size_t i = 0; i < *policy; ++i) recordBelow = recordBelow || author_.record(i) != nullptr;
    aligned =
        alignment(record, subject->input->kind, subject->domain == author, sameOrganization, recordBelow);
  }
  switch (aligned) {
    case Aligned::No: out.push_back(fail); break;
    case Aligned::Maybe: out.push_back(prevented); break;
    case Aligned::Yes:
      out.push_back(subject->input->state == IdentifierState::TempError ? prevented : Ending{Kind::Pass, 0});
      break;
  }
}

std::optional<Ending> Check::combined() const {
  for (const Subject& subject : subjects_) {
    if (isCertain(subject.endings, Kind::Pass)) return Ending{Kind::Pass, 0};
  }
  const bool certain =
      isCertain(without_) &&
      std::all_of(subjects_.begin(), subjects_.end(), [](const Subject& s) { return isCertain(s.endings); });
  if (!certain) return std::nullopt;
  for (const Subject& subject : subjects_) {
    if (isCertain(subject.endings, Kind::Prevented)) return subject.endings.front();
  }
  return without_.front();
}

bool Check::decidedEitherWay() const {
  bool all = isCertain(without_);
  for (const Subject& subject : subjects_) {
    if (subject.input->state == IdentifierState::Pass && isCertain(subject.endings, Kind::Pass)) return true;
    all = all && isCertain(subject.endings);
  }
  return all;
}

// The author domain and what is below it are of his organization in any case, and what shares no label with it never is.
// What is no domain (a d= with a dot too many, say) may still be meant for one of his (cause::ofAuthor).
bool Check::canBeTold(const Ending& ending) const {
  if (ending.kind == Kind::Pass || author_.plan.fixedLabels || author_.complete()) return true;
  const dns::Name& author = author_.plan.domain;
  return std::none_of(subjects_.begin(), subjects_.end(), [&](const Subject& subject) {
    const IdentifierInput& input = *subject.input;
    if (subject.domain.isRoot()) return input.kind == Identifier::Kind::Dkim || !input.domain.empty();
    const std::size_t common = commonLabels(author, subject.domain);
    return common > 0 && common < commonLabels(author, author);
  });
}

bool Check::demand(dns::Lookups& lookups) const {
  bool known = false;
  const auto need = [&](const dns::Question& question) {
    known = lookups.find(question) != nullptr || known;
  };
  const bool authorComplete = author_.complete();
  forEachMissing(author_, need);
  for (const Subject& subject : subjects_) {
    if (!subject.walk || isCertain(subject.endings)) continue;
    if (authorComplete) {
      forEachMissing(*subject.walk, need);
    } else if (commonLabels(author_.plan.domain, subject.domain) > 1) {
      // Most likely of the same organization: its names travel with the author's. Whose have only the
      // top-level domain in common are seldom asked for at all.
      forEachMissing(*subject.walk, [&](const dns::Question& question) { lookups.ask(question); });
    }
  }
  return known;
}

}  // namespace alignd::dmarc
