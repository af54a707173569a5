#include "dns/table/table.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace alignd::dns {

namespace {

// Small caches are not cut into pieces that hold nothing.
constexpr std::size_t kBytesPerShard = 512U << 10U;
constexpr std::size_t kMaxShards = 64;

std::shared_ptr<Answer> overloadAnswer(const Question& question) {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  answer->status = Status::Timeout;
  answer->rcode = -1;
  answer->overload = true;
  answer->detail = "no room for another DNS question";
  return answer;
}

void deliver(const AnswerPtr& answer, const TableShard::Waiters& waiters, const Mailbox* except = nullptr) {
  for (const auto& waiter : waiters) {
    if (const auto mailbox = waiter.lock(); mailbox && mailbox.get() != except) mailbox->deliver(answer);
  }
}

}  // namespace

AnswerTable::AnswerTable(const TableOptions& options, std::shared_ptr<Asker> asker)
    : options_(options), asker_(std::move(asker)) {
  // Without a cache the shards only spread the locks.
  const std::size_t wanted = options.bytes == 0 ? kMaxShards : options.bytes / kBytesPerShard;
  const std::size_t count = std::bit_floor(std::clamp<std::size_t>(wanted, 1, kMaxShards));
  shardBits_ = static_cast<unsigned>(std::countr_zero(count));
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<TableShard>(options.bytes / count, options.serveStale));
  }
}

TableShard& AnswerTable::shardOf(const Question& question) {
  // The map inside uses the low bits; take others (Fibonacci hashing).
  const std::uint64_t mixed = std::hash<Question>{}(question) * 0x9E3779B97F4A7C15U;
  return *shards_[shardBits_ == 0 ? 0 : mixed >> (64U - shardBits_)];
}

AnswerPtr AnswerTable::findOrAsk(const Question& question, const std::shared_ptr<Mailbox>& mailbox, Need need,
                                 Time now) {
  const TableShard::Load load{asker_->busy(), asker_->crowded()};
  TableShard::Lookup lookup = shardOf(question).find(question, mailbox, need, now, load);
  switch (lookup.found) {
    case TableShard::Found::Answer: return std::move(lookup.answer);
    case TableShard::Found::Wait: return nullptr;
    case TableShard::Found::Refused: return overloadAnswer(question);
    case TableShard::Found::Join: asker_->join(question, mailbox.get(), need); return nullptr;
    case TableShard::Found::Ask: break;
  }
  if (asker_->ask(question, mailbox.get(), need)) return nullptr;
  return refuse(question, mailbox);
}

// Others may have joined between the entry's birth and the refusal.
AnswerPtr AnswerTable::refuse(const Question& question, const std::shared_ptr<Mailbox>& asker) {
  // First: without memory for an answer nobody must wait for that question for ever.
  const TableShard::Waiters waiters = shardOf(question).abandon(question);
  AnswerPtr answer = overloadAnswer(question);
  deliver(answer, waiters, asker.get());
  return answer;
}

Time AnswerTable::keepUntil(const Answer& answer, Time now) const {
  if (answer.overload || stopped_.load(std::memory_order_relaxed)) return now;
  if (answer.temporary()) return now + options_.failureMemory;
  const Duration ceiling =
      answer.records.empty() ? std::min(options_.ttlCeiling, options_.negativeCeiling) : options_.ttlCeiling;
  return std::min(answer.expires, now + ceiling);
}

void AnswerTable::publish(std::shared_ptr<Answer> answer, Time now) noexcept {
  TableShard& shard = shardOf(answer->question);
  const Time until = keepUntil(*answer, now);
  const TableShard::Published published = shard.publish(std::move(answer), now, until, options_.staleLimit);
  deliver(published.answer, published.waiters);
}

void AnswerTable::stop() noexcept {
  stopped_ = true;
  for (const auto& shard : shards_) {
    try {
      for (const auto& [question, waiters] : shard->abandonAll()) deliver(overloadAnswer(question), waiters);
    } catch (const std::bad_alloc&) {
      // Those who wait for it do so until their time is over.
    }
  }
}

TableCounters AnswerTable::counters() const {
  TableCounters sum;
  for (const auto& shard : shards_) sum += shard->counters();
  return sum;
}

}  // namespace alignd::dns
