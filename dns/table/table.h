// All answers of the process: those that are here and those that are on their way.
//
// The room dns/table: the table, what a message holds of it (Lookups, Mailbox), who may wait (ProgressThreads), and the
// seams: Resolver above, Asker and AnswerSink below. It includes dns/data alone: whoever answers, an engine, a zone file
// or a script, stands behind a seam.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dns/table/exchange.h"
#include "dns/table/options.h"
#include "dns/table/table_shard.h"

namespace alignd::dns {

/// A hit costs one lock and one reference on the asking thread. Equal questions in flight share one query.
/// Nothing is delivered while a lock is held.
class AnswerTable final : public Resolver, public AnswerSink {
 public:
  AnswerTable(const TableOptions& options, std::shared_ptr<Asker> asker);

  /// Any thread. Besides what Resolver says: a Need::Ahead that is refused, and every question that finds the
  /// engine full or stopped, gets a Timeout marked overload at once; it is never kept.
  AnswerPtr findOrAsk(const Question& question, const std::shared_ptr<Mailbox>& mailbox, Need need,
                      Time now) override;

  /// DNS thread. Caps the expiry, keeps the answer if it may be kept, then delivers it to those who wait.
  void publish(std::shared_ptr<Answer> answer, Time now) noexcept override;

  /// Any thread, once the engine has stopped: whoever still waits gets a Timeout, and so does every later
  /// question that is not in the cache.
  void stop() noexcept;

  TableCounters counters() const;

 private:
  TableShard& shardOf(const Question& question);
  Time keepUntil(const Answer& answer, Time now) const;
  AnswerPtr refuse(const Question& question, const std::shared_ptr<Mailbox>& asker);

  TableOptions options_;
  std::shared_ptr<Asker> asker_;
  std::vector<std::unique_ptr<TableShard>> shards_;  // a power of two
  unsigned shardBits_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace alignd::dns
