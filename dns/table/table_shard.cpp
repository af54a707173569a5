#include "dns/table/table_shard.h"

#include <algorithm>
#include <new>
#include <utility>

namespace alignd::dns {

namespace {

// A map node, a list node, a control block: what the containers add to an answer.
constexpr std::size_t kOverhead = 256;

std::size_t bytesOf(const Name& name) {
  return sizeof(Name) + name.text().size();
}

std::size_t bytesOf(const Answer& answer) {
  std::size_t sum =
      kOverhead + sizeof(Answer) + 2 * answer.question.name.text().size() + answer.detail.size();
  for (const Hop& hop : answer.chain) sum += sizeof(Hop) + hop.owner.text().size() + hop.target.text().size();
  for (const Record& record : answer.records) {
    sum += sizeof(Record);
    if (const auto* text = std::get_if<Txt>(&record.data)) sum += text->size();
    if (const auto* mx = std::get_if<Mx>(&record.data)) sum += bytesOf(mx->exchange);
    if (const auto* name = std::get_if<Name>(&record.data)) sum += bytesOf(*name);
  }
  return sum;
}

// What may stand beside a failure: RFC 8767 is about data, so not the absence of any.
AnswerPtr lastGoodOf(const AnswerPtr& ready) {
  if (!ready || ready->status == Status::Ok) return ready;
  return ready->lastGood;
}

}  // namespace

TableCounters& TableCounters::operator+=(const TableCounters& other) {
  hits += other.hits;
  negativeHits += other.negativeHits;
  failureHits += other.failureHits;
  misses += other.misses;
  coalesced += other.coalesced;
  refusedAhead += other.refusedAhead;
  overload += other.overload;
  evicted += other.evicted;
  entries += other.entries;
  bytes += other.bytes;
  pending += other.pending;
  return *this;
}

TableShard::TableShard(std::size_t bytes, bool serveStale)
    : limit_(bytes), serveStale_(serveStale), account_(std::make_shared<std::atomic<std::size_t>>(0)) {}

TableShard::Lookup TableShard::find(const Question& question, const std::shared_ptr<Mailbox>& mailbox,
                                    Need need, Time now, Load load) {
  const std::lock_guard lock(mutex_);
  auto item = map_.find(question);
  if (item != map_.end()) {
    if (AnswerPtr answer = hit(*item, now)) return {Found::Answer, std::move(answer)};
  }
  if (item == map_.end() || !item->second.pending) {
    if (need == Need::Ahead && load.busy) {
      ++counters_.refusedAhead;
      return {Found::Refused, nullptr};
    }
    auto pending = std::make_unique<Pending>();  // whole, or not at all
    pending->need = need;
    pending->waiters.emplace_back(mailbox);
    pending->known.push_back(mailbox.get());
    if (item == map_.end()) item = map_.try_emplace(question).first;
    item->second.pending = std::move(pending);
    ++pending_;
    ++counters_.misses;
    return {Found::Ask, nullptr};
  }
  Pending& pending = *item->second.pending;
  const bool raised = need == Need::Needed && pending.need == Need::Ahead;
  if (raised) pending.need = Need::Needed;
  const bool known =
      std::find(pending.known.begin(), pending.known.end(), mailbox.get()) != pending.known.end();
  if (!known) {
    ++counters_.coalesced;
    pending.waiters.emplace_back(mailbox);
    pending.known.push_back(mailbox.get());
  }
  return {raised || (load.crowded && need == Need::Needed) ? Found::Join : Found::Wait, nullptr};
}

AnswerPtr TableShard::hit(Map::value_type& item, Time now) {
  const AnswerPtr& ready = item.second.ready;
  if (!ready || ready->expires <= now) return nullptr;
  touch(item);
  ++counters_.hits;
  if (ready->temporary()) {
    ++counters_.failureHits;
  } else if (ready->records.empty()) {
    ++counters_.negativeHits;
  }
  return ready;
}

// The second message that meets an answer proves that it is worth keeping.
void TableShard::touch(Map::value_type& item) {
  Entry& entry = item.second;
  weigh(item);
  if (!entry.proven) {
    probationWeight_ -= entry.weight;
    entry.proven = true;
    provenWeight_ += entry.weight;
    proven_.splice(proven_.begin(), probation_, entry.place);
  } else if (entry.place != proven_.begin()) {
    proven_.splice(proven_.begin(), proven_, entry.place);
  }
  // One fifth stays for newcomers: otherwise nothing new could ever prove itself.
  while (provenWeight_ > limit_ / 5 * 4 && proven_.size() > 1) {
    Map::value_type& last = *proven_.back();
    provenWeight_ -= last.second.weight;
    last.second.proven = false;
    probationWeight_ += last.second.weight;
    probation_.splice(probation_.begin(), proven_, last.second.place);
  }
}

// Objects are derived after an answer was given out: each time it is looked at, its weight is brought up to
// date.
void TableShard::weigh(Map::value_type& item) {
  Entry& entry = item.second;
  std::size_t& sum = weightOf(entry);
  sum -= entry.weight;
  const AnswerPtr& good = entry.ready->lastGood;
  entry.weight = entry.bytes + entry.ready->derivedBytes() + (good ? good->derivedBytes() : 0);
  sum += entry.weight;
}

TableShard::Published TableShard::publish(std::shared_ptr<Answer> answer, Time now, Time keepUntil,
                                          Duration staleLimit) {
  const std::lock_guard lock(mutex_);
  Published out;
  auto item = map_.find(answer->question);
  bool shared = false;
  if (item != map_.end() && item->second.pending) {
    out.waiters = std::move(item->second.pending->waiters);
    shared = out.waiters.size() > 1;
    item->second.pending.reset();
    --pending_;
  }
  if (answer->overload) ++counters_.overload;
  if (answer->temporary() && item != map_.end()) {
    const AnswerPtr& ready = item->second.ready;
    if (ready && !ready->temporary() &&
        ready->expires > now) {  // a late failure does not push out what is known
      out.answer = ready;
      return out;
    }
    const AnswerPtr good = serveStale_ && !answer->overload ? lastGoodOf(ready) : nullptr;
    if (good && now - good->expires <= staleLimit) answer->lastGood = good;
  }
  answer->expires = keepUntil;
  answer->account = account_;
  out.answer = answer;
  if (limit_ > 0 && keepUntil > now) {
    try {
      if (item == map_.end()) item = map_.try_emplace(answer->question).first;
      keep(*item, std::move(answer), shared);
    } catch (const std::bad_alloc&) {  // it is delivered all the same
      if (item != map_.end() && !item->second.ready) map_.erase(item);
    }
    shrink();
  } else if (item != map_.end()) {
    // Nothing to keep: what was here has been overtaken (a TTL of 0), unless this one says nothing at all, or what was
    // here may be wanted again.
    if (!out.answer->overload && !out.answer->lastGood) forgetAnswer(*item);
    if (!item->second.ready) map_.erase(item);
  }
  return out;
}

void TableShard::keep(Map::value_type& item, AnswerPtr answer, bool proven) {
  Entry& entry = item.second;
  proven = proven || (entry.ready && entry.proven);
  forgetAnswer(item);
  probation_.push_front(&item);
  entry.bytes = bytesOf(*answer) + (answer->lastGood ? bytesOf(*answer->lastGood) : 0);
  entry.ready = std::move(answer);
  entry.proven = false;
  entry.place = probation_.begin();
  bytes_ += entry.bytes;
  entry.weight = 0;
  weigh(item);
  // The one before has had the time to derive what it derives.
  if (const auto before = std::next(entry.place); before != probation_.end()) weigh(**before);
  if (proven) touch(item);
}

void TableShard::forgetAnswer(Map::value_type& item) {
  Entry& entry = item.second;
  if (!entry.ready) return;
  bytes_ -= entry.bytes;
  weightOf(entry) -= entry.weight;
  (entry.proven ? proven_ : probation_).erase(entry.place);
  entry.ready.reset();
  entry.bytes = entry.weight = 0;
  entry.proven = false;
}

// Lets the oldest go: those on probation first, unless they hold no more than their fifth. What a pinned
// answer has derived stays in the account until the message lets go of it, so the account is not read again
// in the loop.
void TableShard::shrink() {
  std::size_t usage = bytes_ + derivedBytes();
  while (usage > limit_ && !(probation_.empty() && proven_.empty())) {
    const bool fromProven = probation_.empty() || (!proven_.empty() && probationWeight_ <= limit_ / 5);
    Map::value_type& last = fromProven ? *proven_.back() : *probation_.back();
    weigh(last);
    usage -= std::min(usage, last.second.weight);
    forgetAnswer(last);
    ++counters_.evicted;
    if (!last.second.pending) map_.erase(map_.find(last.first));
  }
}

TableShard::Waiters TableShard::abandon(const Question& question) {
  const std::lock_guard lock(mutex_);
  const auto item = map_.find(question);
  if (item == map_.end() || !item->second.pending) return {};
  ++counters_.overload;
  Waiters out = std::move(item->second.pending->waiters);
  item->second.pending.reset();
  --pending_;
  if (!item->second.ready) map_.erase(item);
  return out;
}

std::vector<std::pair<Question, TableShard::Waiters>> TableShard::abandonAll() {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<Question, Waiters>> out;
  for (auto item = map_.begin(); item != map_.end();) {
    if (item->second.pending) {
      out.emplace_back(item->first, std::move(item->second.pending->waiters));
      item->second.pending.reset();
      --pending_;
    }
    item = item->second.ready ? std::next(item) : map_.erase(item);
  }
  return out;
}

TableCounters TableShard::counters() const {
  const std::lock_guard lock(mutex_);
  TableCounters out = counters_;
  out.entries = probation_.size() + proven_.size();
  out.bytes = bytes_ + derivedBytes();
  out.pending = pending_;
  return out;
}

}  // namespace alignd::dns
