#include "dns/query_queue.h"

#include <algorithm>
#include <utility>

namespace alignd::dns {

QueryQueue::QueryQueue(std::size_t slots, std::size_t parentPercent)
    : slots_(std::max<std::size_t>(slots, 1)),
      parentShare_(std::clamp<std::size_t>(slots_ * parentPercent / 100, 1, slots_)) {}

void QueryQueue::Ring::push(const QueryPtr& query, const void* message) {
  const auto known = byMessage.find(message);
  if (known != byMessage.end()) {
    known->second->waiting.push_back(query);
    return;
  }
  turns.push_back({message, {query}});
  byMessage[message] = std::prev(turns.end());
}

std::pair<QueryPtr, const void*> QueryQueue::Ring::pop() {
  Turn& turn = turns.front();
  std::pair<QueryPtr, const void*> out{std::move(turn.waiting.front()), turn.message};
  turn.waiting.pop_front();
  if (turn.waiting.empty()) {
    byMessage.erase(turn.message);
    turns.pop_front();
  } else {
    turns.splice(turns.end(), turns, turns.begin());
  }
  return out;
}

void QueryQueue::push(const QueryPtr& query, const void* message, Need need) {
  (need == Need::Needed ? needed_ : ahead_).push(query, message);
}

QueryPtr QueryQueue::pop() {
  if (inFlight_ >= slots_) return nullptr;
  QueryPtr query = popFrom(needed_, Need::Needed);
  // Above half full the rest is kept for what is needed.
  if (!query && inFlight_ < (slots_ + 1) / 2) query = popFrom(ahead_, Need::Ahead);
  return query;
}

// A wider domain (co.uk) may hold three shares.
std::size_t QueryQueue::share(std::size_t level) const {
  return level == 0 ? parentShare_ : std::min(slots_, 3 * parentShare_);
}

QueryPtr QueryQueue::popFrom(Ring& ring, Need need) {
  while (!ring.turns.empty()) {
    auto [query, message] = ring.pop();
    const auto parents = parentDomains(query->question.name);
    if (query->started || query->finished) {
      // Its turn goes to the next one that waits for the same domain: somebody must always be on the way.
      for (const std::string& parent : parents) unblock(parent);
      continue;
    }
    Parent* full = nullptr;
    for (std::size_t level = 0; level < parents.size() && full == nullptr; ++level) {
      Parent& parent = parents_[parents[level]];
      if (parent.inFlight >= share(level)) full = &parent;
    }
    if (full != nullptr) {
      full->blocked.push_back({std::move(query), message, need});
      continue;
    }
    for (const std::string& parent : parents) ++parents_[parent].inFlight;
    query->started = true;
    query->parents = parents;
    ++inFlight_;
    return std::move(query);
  }
  return nullptr;
}

void QueryQueue::unblock(const std::string& name) {
  const auto found = parents_.find(name);
  if (found == parents_.end()) return;
  Parent& parent = found->second;
  while (!parent.blocked.empty()) {
    Blocked next = std::move(parent.blocked.front());
    parent.blocked.pop_front();
    if (next.query->started || next.query->finished) continue;
    push(next.query, next.message, next.need);
    break;
  }
  if (parent.inFlight == 0 && parent.blocked.empty()) parents_.erase(found);
}

void QueryQueue::release(Query& query) {
  --inFlight_;
  for (const std::string& name : query.parents) {
    --parents_.at(name).inFlight;
    unblock(name);
  }
  query.parents.clear();
}

}  // namespace alignd::dns
