// What runs on the DNS thread. engine_loop.cpp has the rounds of the loop, engine_question.cpp what happens to one question.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dns/direct_client.h"
#include "dns/engine.h"
#include "dns/poller.h"
#include "dns/query.h"
#include "dns/query_queue.h"
#include "dns/random.h"
#include "dns/resolv_conf.h"

namespace alignd::dns {

class EngineLoop final : public Pollable {
 public:
  EngineLoop(Engine& engine, AnswerSink& sink);
  ~EngineLoop() override;
  void run() noexcept;
  void ready(int fd, bool readable, bool writable) override;  // the eventfd

 private:
  struct Exchange {
    QueryPtr query;  // null: a probe
    ServerPtr server;
    QueryPacket packet;
    std::size_t step = 0;
    bool edns = true;
    bool tcp = false;
    bool viaCares = true;
  };
  struct Retry {
    Time at;
    QueryPtr query;
    ServerPtr server;  // that was asked
    std::size_t step;
    std::size_t sends;
  };

  // One round of the loop.
  void turn();
  bool takeInbox();
  void takeIn(Engine::Asked&& asked);
  void startQueued();
  void workOff();
  void tick(Time now);
  std::chrono::milliseconds patience() const;
  void refreshServers();

  // One question.
  void send(const QueryPtr& query, const ServerPtr& server);
  void transmit(ExchangeId id, Exchange& exchange);
  void completed(Completion&& completion);
  void replied(const QueryPtr& query, const Exchange& exchange, Octets reply);
  void failed(const QueryPtr& query, const ServerPtr& server, std::shared_ptr<Answer> failure);
  void giveUp(const QueryPtr& query, const ServerPtr& server);
  void unreachable(const QueryPtr& query, const Exchange& exchange);
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
  std::unordered_map<ExchangeId, Exchange> exchanges_;
  std::deque<ExchangeId> waitingForSocket_;  // DirectClient is full
  std::deque<QueryPtr> deadlines_;           // in order: every question has the same time
  std::deque<Retry> retries_;                // in order: every try has the same time
  QueryQueue queue_;
  ExchangeId lastExchange_ = 0;
  Time now_{};  // read once a turn
  Time lastTick_{};
  std::size_t sendsThisTurn_ = 0;
  bool moreToStart_ = false;
  bool stop_ = false;
};

}  // namespace alignd::dns
