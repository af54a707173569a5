// What runs on the DNS thread. engine_loop.cpp has the rounds of the loop, engine_question.cpp what happens to one question, engine_sockets.cpp
// who gets a socket.
#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dns/data/random.h"
#include "dns/engine/direct_client.h"
#include "dns/engine/engine.h"
#include "dns/engine/fair_queue.h"
#include "dns/engine/poller.h"
#include "dns/engine/query.h"
#include "dns/engine/resolv_conf.h"

namespace alignd::dns {

class EngineLoop final : public Pollable {
 public:
  EngineLoop(Engine& engine, AnswerSink& sink);
  ~EngineLoop() override;
  void run() noexcept;
  void ready(int fd, bool readable, bool writable) override;  // the eventfd

 private:
  struct SocketClaim : Claim {
    ExchangeId exchange = 0;
  };
  // Sockets of one kind, and who gets them. `waiting` and `used` are for the counters.
  struct SocketPool {
    FairQueue queue;
    std::atomic<std::uint64_t>& used;
    std::atomic<std::uint64_t>& waiting;
  };
  struct Exchange {
    QueryPtr query;  // null: a probe
    ServerPtr server;
    QueryPacket packet;
    Time sentAt{};
    std::size_t step = 0;
    bool edns = true;
    bool tcp = false;
    bool viaCares = true;
    std::shared_ptr<SocketClaim> claim{};  // of one that is not by c-ares, unless it is a probe
  };
  using Exchanges = std::unordered_map<ExchangeId, Exchange>;
  struct Retry {
    Time at;
    QueryPtr query;
    ServerPtr server;  // that was asked
    std::size_t step;
    std::size_t sends;
  };

  // What throws here (no memory, most likely) must cost one question at most: it ends as a failure, now or, when even
  // that fails, at its deadline. Nothing leaves the thread.
  template <class Work>
  void guarded(Work work) noexcept;
  template <class Work>
  void guarded(const QueryPtr& query, Work work) noexcept;
  void broke(const QueryPtr& query, const char* why) noexcept;

  // One round of the loop.
  void turn() noexcept;
  bool takeInbox();
  void takeIn(const Engine::Asked& asked);
  bool mayWait(const Query& query, const void* message) const;
  void refuse(const Question& question);
  void startQueued();
  void workOff();
  void tick(Time now);
  std::chrono::milliseconds patience() const;
  void refreshServers();

  // Sockets of our own (engine_sockets.cpp).
  SocketPool& poolOf(const Exchange& exchange) { return exchange.tcp ? tcp_ : udp_; }
  void wantSocket(ExchangeId id, Exchange& exchange);
  void raiseSockets(const Query& query, const void* message, Need need);
  void openSockets(SocketPool& pool);
  void giveBack(ExchangeId id, Exchange& exchange);
  void closeSockets(Query& query);
  void endExchange(Exchanges::iterator at);
  bool waitsForSocket(const Query& query) const;
  bool arriving(const Query& query);
  bool wanted(const Exchange& exchange);
  bool goesOn(const QueryPtr& query, const ServerPtr& next);

  // One question.
  void send(const QueryPtr& query, const ServerPtr& server);
  void transmit(ExchangeId id, Exchange& exchange);
  void countPacket(const Exchange& exchange);
  void completed(Completion&& completion);
  void heardOf(const Exchange& exchange, const Completion& completion);
  void replied(const QueryPtr& query, const Exchange& exchange, Octets reply);
  void failed(const QueryPtr& query, const ServerPtr& server, std::shared_ptr<Answer> failure);
  void giveUp(const QueryPtr& query, const ServerPtr& server);
  void unreachable(const QueryPtr& query, const Exchange& exchange, Obstacle obstacle);
  void tcpFailed(const QueryPtr& query, const Exchange& exchange, Obstacle obstacle);
  void noteSilence(Query& query, const Exchange& exchange) const;
  void noteSilence(Query& query) const;
  bool staysAtItsServer(const Query& query) const;
  ServerPtr nextUnasked(const Query& query) const;
  void retry(const Retry& retry, Time now);
  void expire(const QueryPtr& query, Time now);
  void settle(const QueryPtr& query);
  void finish(const QueryPtr& query, std::shared_ptr<Answer> answer, Time now);
  void forget(Query& query);

  // The trace of one question's aliases.
  void startTrace(const QueryPtr& query, const ServerPtr& server);
  void traceEnded(const QueryPtr& trace, AnswerPtr end);
  void resume(const QueryPtr& query);
  static bool onlyInforms(const Query& query);

  void probe(const ServerPtr& server, Time now);
  void stopAll();

  Engine& engine_;
  const EngineOptions& options_;
  const std::chrono::milliseconds retryAfter_;
  const std::chrono::milliseconds enough_;  // for a server to show itself
  Engine::Atomics& counters_;
  AnswerSink& sink_;
  Poller poller_;
  Completions completions_;
  Completions working_;
  DirectClient direct_;
  Random random_;
  ResolvConf resolvConf_;
  Time resolvConfSeen_{};
  std::vector<ServerPtr> retired_;

  std::unordered_map<Question, QueryPtr> live_;
  Exchanges exchanges_;
  std::deque<QueryPtr> deadlines_;  // in order: every question has the same time
  std::deque<Retry> retries_;       // in order: every try has the same time
  FairQueue queue_;                 // of queries, for slots
  SocketPool udp_;
  SocketPool tcp_;
  ExchangeId lastExchange_ = 0;
  Time now_{};  // read once a turn
  Time lastTick_{};
  std::size_t sendsThisTurn_ = 0;
  std::vector<Engine::Asked> taken_;  // out of the inbox ...
  std::size_t takenIn_ = 0;           // ... and how far
  bool moreToStart_ = false;
  bool stop_ = false;
};

template <class Work>
void EngineLoop::guarded(Work work) noexcept {
  try {
    work();
  } catch (...) {
    counters_.exceptions.fetch_add(1, std::memory_order_relaxed);
  }
}

template <class Work>
void EngineLoop::guarded(const QueryPtr& query, Work work) noexcept {
  try {
    work();
  } catch (const std::exception& error) {
    broke(query, error.what());
  } catch (...) {
    broke(query, "unknown");
  }
}

}  // namespace alignd::dns
