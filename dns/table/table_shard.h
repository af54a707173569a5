// One part of the answer table: a map under a lock, and the order in which its answers are let go.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "dns/table/resolver.h"

namespace alignd::dns {

/// All only grow, except the last three.
struct TableCounters {
  std::uint64_t hits = 0;          // answers found, of every kind
  std::uint64_t negativeHits = 0;  // of those: NXDOMAIN, no data, dangling
  std::uint64_t failureHits = 0;   // of those: failures that are remembered
  std::uint64_t misses = 0;        // a query had to be sent
  std::uint64_t coalesced = 0;     // it had been sent already
  std::uint64_t refusedAhead = 0;  // asked ahead while the engine was more than half full
  std::uint64_t overload = 0;      // answers that said the engine was full
  std::uint64_t evicted = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;    // derived objects included
  std::uint64_t pending = 0;  // questions on their way

  TableCounters& operator+=(const TableCounters& other);
};

/// New answers are on probation until a second message meets them; a flood of answers that are wanted once
/// only pushes out its own kind. Both lists are least recently used last.
class TableShard {
 public:
  /// `bytes`: what it may hold; 0 keeps nothing. `serveStale`: a failure takes the last good answer with it.
  TableShard(std::size_t bytes, bool serveStale);
  TableShard(const TableShard&) = delete;
  TableShard& operator=(const TableShard&) = delete;
  ~TableShard() = default;

  enum class Found : std::uint8_t {
    Answer,   // here it is
    Ask,      // a pending entry was made: it must be asked now
    Join,     // pending already, and it is worth telling the engine about this asker
    Wait,     // pending already
    Refused,  // asked ahead, and the engine is busy: nothing was done
  };
  struct Lookup {
    Found found = Found::Wait;
    AnswerPtr answer;
  };
  struct Load {
    bool busy = false;     // refuse what is asked ahead
    bool crowded = false;  // tell the engine about askers who join
  };
  Lookup find(const Question& question, const std::shared_ptr<Mailbox>& mailbox, Need need, Time now,
              Load load);

  using Waiters = std::vector<std::weak_ptr<Mailbox>>;
  struct Published {
    AnswerPtr answer;  // the one that was given, or in place of a failure one that is still good
    Waiters waiters;
  };
  /// `keepUntil` not after `now`: not to be kept. `staleLimit`: how long after expiry a good answer may
  /// stand beside a failure.
  Published publish(std::shared_ptr<Answer> answer, Time now, Time keepUntil, Duration staleLimit);

  /// Ends a pending question without an answer; gives who waits.
  Waiters abandon(const Question& question);
  /// The same for all of them.
  std::vector<std::pair<Question, Waiters>> abandonAll();

  TableCounters counters() const;

 private:
  struct Entry;
  using Map = std::unordered_map<Question, Entry>;
  using Order = std::list<Map::value_type*>;
  struct Pending {
    Waiters waiters;
    std::vector<const Mailbox*> known;  // the same, for comparing only
    Need need = Need::Ahead;
  };
  struct Entry {
    AnswerPtr ready;
    std::unique_ptr<Pending> pending;
    std::size_t bytes = 0;   // of ready and its last good answer, without what is derived from them
    std::size_t weight = 0;  // the same with what was derived when it was last looked at
    bool proven = false;     // which list; meaningful while ready
    Order::iterator place;   // the same
  };

  AnswerPtr hit(Map::value_type& item, Time now);
  void touch(Map::value_type& item);
  void weigh(Map::value_type& item);
  std::size_t& weightOf(const Entry& entry) { return entry.proven ? provenWeight_ : probationWeight_; }
  void keep(Map::value_type& item, AnswerPtr answer, bool proven);
  void drop(Map::iterator item);
  void forgetAnswer(Map::value_type& item);
  void shrink();
  std::size_t derivedBytes() const { return account_->load(std::memory_order_relaxed); }

  mutable std::mutex mutex_;
  Map map_;
  Order probation_;
  Order proven_;
  std::size_t limit_;
  bool serveStale_;
  std::size_t bytes_ = 0;            // of all entries
  std::size_t provenWeight_ = 0;     // of those in proven_
  std::size_t probationWeight_ = 0;  // of the others
  std::size_t pending_ = 0;
  TableCounters counters_;
  std::shared_ptr<std::atomic<std::size_t>> account_;  // what is derived from answers that live
};

}  // namespace alignd::dns
