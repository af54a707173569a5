#include "verifier/policy/failure_memory.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "dns/data/ascii.h"

namespace alignd::policy {

namespace {

// The last two labels, lower case: who shares them shares room here, and is one when it comes to whose names a message
// may hang on.
std::string parentOf(std::string_view domain) {
  const auto last = std::min(domain.rfind('.'), domain.size());
  const auto before = domain.substr(0, last).rfind('.');
  return ascii::toLower(before == std::string_view::npos ? domain : domain.substr(before + 1));
}

// Of a DMARC record, or of a key of DKIM or ARC.
bool concerns(const dns::Question& question, const std::string& parent) {
  const std::string_view name = question.name.text();
  const bool checked = name.starts_with("_dmarc.") || name.find("._domainkey.") != std::string_view::npos;
  return checked && parentOf(name) == parent;
}

bool missing(const dns::AnswerPtr& answer) {
  return answer && answer->temporary() && !answer->overload;
}

bool sealedBy(const arc::Result& arc, const dns::Question& question) {
  return std::any_of(arc.sets.begin(), arc.sets.end(),
                     [&](const arc::Set& set) { return concerns(question, parentOf(set.sealDomain)); });
}

}  // namespace

DnsOutcome outcomeOf(const Verdict& verdict, const Used& used, const Used& bySpf) {
  DnsOutcome out;
  if (verdict.exemption != Exemption::None) return out;
  for (const Used* all : {&used, &bySpf}) {
    for (const auto& [question, answer] : *all) {
      if (answer && !answer->temporary()) out.answered.push_back(question);
    }
  }
  const bool open = !verdict.author.ambiguous() && verdict.dmarc.status == dmarc::Status::TempError &&
                    !verdict.takenOver.methods.dmarc;
  const std::string parent = parentOf(verdict.author.domain);
  for (const auto& [question, answer] : used) {
    const bool hangsOnIt = (open && concerns(question, parent)) ||
                           (verdict.arc.trustedTransient && sealedBy(verdict.arc, question));
    if (hangsOnIt && missing(answer)) out.failed.push_back(question);
  }
  const bool spfOpen = open && verdict.spf && verdict.spf->status == spf::Status::TempError &&
                       parentOf(verdict.spf->domain) == parent;
  for (const auto& [question, answer] : bySpf) {
    if (spfOpen && missing(answer)) out.failed.push_back(question);
  }
  return out;
}

bool FailureMemory::persists(const DnsOutcome& outcome, Duration patience, Time now) {
  const std::lock_guard lock(mutex_);
  expire(patience, now);
  for (const auto& question : outcome.answered) forget(question);
  bool out = false;
  for (const auto& question : outcome.failed) out = note(question, patience, now) || out;
  return out;
}

bool FailureMemory::note(const dns::Question& question, Duration patience, Time now) {
  if (maximum_ == 0) return false;
  const std::string parent = parentOf(question.name.text());
  if (const auto group = groups_.find(parent); group != groups_.end()) {
    if (const auto known = group->second.find(question); known != group->second.end()) {
      // Nobody tried for longer than the patience: what it failed on then may be over and back again.
      Failing& failing = known->second;
      if (now - failing.last > patience) failing.since = now;
      failing.last = now;
      return now - failing.since >= patience;
    }
  }
  if (size() >= maximum_) makeRoom();
  groups_[parent].emplace(question, Failing{now, now});
  ++size_;
  return false;
}

void FailureMemory::forget(const dns::Question& question) {
  if (empty()) return;
  const auto group = groups_.find(parentOf(question.name.text()));
  if (group == groups_.end()) return;
  size_ -= group->second.erase(question);
  if (group->second.empty()) groups_.erase(group);
}

// A walk over everything, once in a while.
void FailureMemory::expire(Duration patience, Time now) {
  if (now - expired_ < patience / 4) return;
  expired_ = now;
  for (auto group = groups_.begin(); group != groups_.end();) {
    size_ -=
        std::erase_if(group->second, [&](const auto& item) { return now - item.second.last > patience; });
    group = group->second.empty() ? groups_.erase(group) : std::next(group);
  }
}

void FailureMemory::makeRoom() {
  const auto largest = std::max_element(groups_.begin(), groups_.end(), [](const auto& a, const auto& b) {
    return a.second.size() < b.second.size();
  });
  largest->second.erase(largest->second.begin());
  --size_;
  if (largest->second.empty()) groups_.erase(largest);
}

}  // namespace alignd::policy
