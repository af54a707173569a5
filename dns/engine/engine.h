// The DNS thread: it sends, reads, follows aliases, fails over, and publishes. No caller's code runs on it.
//
// The room dns/engine: sockets, servers, c-ares (cares_channel alone), the DNS thread, and Service, which joins it with the
// table. It includes dns/data, dns/wire and dns/table; nobody but programs includes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dns/engine/options.h"
#include "dns/engine/server.h"
#include "dns/table/exchange.h"

namespace alignd::dns {

/// All only grow, except those from inFlight on.
struct EngineCounters {
  std::uint64_t questions = 0;    // taken in
  std::uint64_t refused = 0;      // not taken in: no room
  std::uint64_t packets = 0;      // sent, retries and alias hops included
  std::uint64_t retries = 0;      // of those: sent because of silence or an error
  std::uint64_t tcp = 0;          // of those: over TCP
  std::uint64_t withoutEdns = 0;  // of those: because the server could not read the OPT record
  std::uint64_t hops = 0;         // of those: for an alias target
  std::uint64_t traced = 0;       // of those: for an alias that a server did not follow to its end
  std::uint64_t direct = 0;       // of those: UDP for names that c-ares does not take
  std::uint64_t timeouts = 0;     // questions that ended so
  std::uint64_t overload = 0;     // questions that never got a slot or a socket
  std::uint64_t late = 0;         // replies after the deadline that still filled the cache
  std::uint64_t wakeUps = 0;      // writes to the eventfd
  std::uint64_t exceptions = 0;   // on the DNS thread; each has cost a question its answer at most
  std::uint64_t inFlight = 0;
  std::uint64_t waiting = 0;
  std::uint64_t udpSockets = 0;  // in use: those for names that c-ares does not take
  std::uint64_t tcpSockets = 0;
  std::uint64_t udpWaiting = 0;  // packets that wait for one of them
  std::uint64_t tcpWaiting = 0;
  std::vector<ServerCounters> servers;
};

/// Takes questions from any thread and gives each exactly one answer, at the latest at its deadline.
class Engine final : public Asker {
 public:
  explicit Engine(EngineOptions options);
  /// Stops.
  ~Engine() override;

  /// Once. `sink` must live until stop() has returned. Throws std::system_error or std::runtime_error when
  /// there is no thread, no descriptor or no working c-ares to be had.
  void start(AnswerSink& sink);
  /// Every question in work is published as an overload Timeout; then the thread ends. Idempotent. Not from
  /// the DNS thread.
  void stop() noexcept;

  bool ask(const Question& question, const void* message, Need need) noexcept override;
  void join(const Question& question, const void* message, Need need) noexcept override;
  bool busy() const noexcept override;
  bool crowded() const noexcept override;

  std::vector<ServerCounters> servers() const { return servers_.counters(); }
  EngineCounters counters() const;

 private:
  friend class EngineLoop;
  struct Asked {
    Question question;
    const void* message;
    Need need;
    Time at;
    bool joins;  // a question that is in work, if it still is
  };
  struct Atomics {
    std::atomic<std::uint64_t> questions{0}, refused{0}, packets{0}, retries{0}, tcp{0}, withoutEdns{0},
        hops{0}, traced{0}, direct{0}, timeouts{0}, overload{0}, late{0}, wakeUps{0}, exceptions{0},
        inFlight{0}, udpSockets{0}, tcpSockets{0}, udpWaiting{0}, tcpWaiting{0};
  };
  bool enqueue(const Question& question, const void* message, Need need, bool joins) noexcept;
  void wake() noexcept;

  const EngineOptions options_;
  const std::size_t room_;  // slots and queue
  int wakeUp_ = -1;         // an eventfd
  std::mutex mutex_;        // inbox_, stopping_
  std::vector<Asked> inbox_;
  bool stopping_ = true;              // until it starts
  std::atomic<std::size_t> load_{0};  // in the inbox, in the queue and in flight
  Atomics counters_;
  Servers servers_;
  std::thread thread_;
};

}  // namespace alignd::dns
