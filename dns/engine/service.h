// The whole resolver in one object: table and engine, started and stopped together.
#pragma once

#include <memory>

#include "dns/engine/engine.h"
#include "dns/engine/options.h"
#include "dns/table/table.h"

namespace alignd::dns {

struct Counters {
  TableCounters table;
  EngineCounters engine;
};

/// Lookups hold the resolver, not the service: messages may be in flight when this is stopped or destroyed.
/// Their questions then end as overload Timeouts.
class Service {
 public:
  /// Starts the DNS thread. Throws std::system_error or std::runtime_error when that is impossible.
  explicit Service(const Options& options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  /// Never null; stays usable after stop() for what the cache holds.
  std::shared_ptr<Resolver> resolver() const { return table_; }

  /// Everyone who waits is answered, then the thread ends. Idempotent; any thread but the DNS thread.
  void stop() noexcept;

  /// Any thread.
  std::vector<ServerCounters> servers() const { return engine_->servers(); }
  Counters counters() const { return {table_->counters(), engine_->counters()}; }

 private:
  std::shared_ptr<Engine> engine_;
  std::shared_ptr<AnswerTable> table_;
};

}  // namespace alignd::dns
