#include "dns/engine/fair_queue.h"

#include <algorithm>

namespace alignd::dns {

std::vector<std::string> parentDomains(const Name& name) {
  std::size_t labels = 2;
  if (name.isWithin(*Name::parse("in-addr.arpa"))) {
    labels = 4;  // a /16
  } else if (name.isWithin(*Name::parse("ip6.arpa"))) {
    labels = 10;  // a /32
  } else {
    const Name top = name.suffix(1);
    const Name two = name.suffix(2);
    const std::size_t second = two.text().size() - std::min(two.text().size(), top.text().size() + 1);
    if (top.text().size() == 2 && second <= 3) labels = 3;
  }
  std::vector<std::string> out{name.suffix(labels).text()};
  if (labels == 3 && name.labelCount() > 2) out.push_back(name.suffix(2).text());
  return out;
}

namespace {

std::size_t portion(std::size_t places, std::size_t percent) {
  return std::clamp<std::size_t>(places * percent / 100, 1, places);
}

}  // namespace

FairQueue::FairQueue(const Shares& shares)
    : places_(std::max<std::size_t>(shares.places, 1)),
      parentShare_(portion(places_, shares.parentPercent)),
      messageShare_(portion(places_, shares.messagePercent)) {}

void FairQueue::Ring::push(const ClaimPtr& claim, const void* message) {
  const auto known = byMessage.find(message);
  if (known != byMessage.end()) {
    known->second->waiting.push_back(claim);
    return;
  }
  turns.push_back({message, {claim}});
  byMessage[message] = std::prev(turns.end());
}

std::pair<ClaimPtr, const void*> FairQueue::Ring::pop() {
  Turn& turn = turns.front();
  std::pair<ClaimPtr, const void*> out{std::move(turn.waiting.front()), turn.message};
  turn.waiting.pop_front();
  if (turn.waiting.empty()) {
    byMessage.erase(turn.message);
    turns.pop_front();
  } else {
    turns.splice(turns.end(), turns, turns.begin());
  }
  return out;
}

void FairQueue::push(const ClaimPtr& claim, const void* message, Need need) {
  (need == Need::Needed ? needed_ : ahead_).push(claim, message);
}

ClaimPtr FairQueue::pop() {
  if (full()) return nullptr;
  ClaimPtr claim = popFrom(needed_, Need::Needed);
  // Above half full the rest is kept for what is needed.
  if (!claim && inFlight_ < (places_ + 1) / 2) claim = popFrom(ahead_, Need::Ahead);
  return claim;
}

// A wider domain (co.uk) may hold three shares.
std::size_t FairQueue::share(std::size_t level) const {
  return level == 0 ? parentShare_ : std::min(places_, 3 * parentShare_);
}

// Looked up, not made: what only waits must not leave a group behind.
FairQueue::Group* FairQueue::fullGroup(const Claim& claim, const void* message) {
  for (std::size_t level = 0; level < claim.parents.size(); ++level) {
    const auto parent = parents_.find(claim.parents[level]);
    if (parent != parents_.end() && parent->second.inFlight >= share(level)) return &parent->second;
  }
  const auto own = messages_.find(message);
  return own != messages_.end() && own->second.inFlight >= messageShare_ ? &own->second : nullptr;
}

ClaimPtr FairQueue::popFrom(Ring& ring, Need need) {
  while (!ring.turns.empty()) {
    auto [claim, message] = ring.pop();
    if (claim->started || claim->finished) {
      unblockAll(*claim, message);
      continue;
    }
    if (Group* full = fullGroup(*claim, message)) {
      full->blocked.push_back({claim, message, need});
      unblockAll(*claim, message);
      continue;
    }
    count(*claim, message);
    claim->started = true;
    claim->message = message;
    ++inFlight_;
    return std::move(claim);
  }
  return nullptr;
}

// All or none, when there is no memory.
void FairQueue::count(const Claim& claim, const void* message) {
  ++messages_[message].inFlight;
  std::size_t level = 0;
  try {
    for (; level < claim.parents.size(); ++level) ++parents_[claim.parents[level]].inFlight;
  } catch (...) {
    --messages_.at(message).inFlight;
    while (level-- > 0) --parents_.at(claim.parents[level]).inFlight;
    throw;
  }
}

template <class Groups>
void FairQueue::unblock(Groups& groups, const typename Groups::key_type& key, std::size_t most) {
  const auto found = groups.find(key);
  if (found == groups.end() || found->second.inFlight >= most) return;
  Group& group = found->second;
  while (!group.blocked.empty()) {
    const Blocked& next = group.blocked.front();
    const bool waits = !next.claim->started && !next.claim->finished;
    if (waits) push(next.claim, next.message, next.need);
    group.blocked.pop_front();
    if (waits) break;
  }
  if (group.inFlight == 0 && group.blocked.empty()) groups.erase(found);
}

// Where a share is free somebody who waits for it must always be on the way: a claim that does not make use of it
// passes its turn on.
void FairQueue::unblockAll(const Claim& claim, const void* message) {
  for (std::size_t level = 0; level < claim.parents.size(); ++level) {
    unblock(parents_, claim.parents[level], share(level));
  }
  unblock(messages_, message, messageShare_);
}

void FairQueue::release(Claim& claim) {
  --inFlight_;
  for (const std::string& parent : claim.parents) --parents_.at(parent).inFlight;
  --messages_.at(claim.message).inFlight;
  unblockAll(claim, claim.message);
}

std::size_t FairQueue::waitingOf(const void* message) const {
  std::size_t sum = 0;
  for (const Ring* ring : {&needed_, &ahead_}) {
    const auto turn = ring->byMessage.find(message);
    if (turn != ring->byMessage.end()) sum += turn->second->waiting.size();
  }
  const auto own = messages_.find(message);
  return own == messages_.end() ? sum : sum + own->second.blocked.size();
}

std::size_t FairQueue::waitingBelow(const std::string& parent) const {
  const auto found = parents_.find(parent);
  return found == parents_.end() ? 0 : found->second.blocked.size();
}

}  // namespace alignd::dns
