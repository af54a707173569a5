// Sockets of our own on the DNS thread: who gets one when they are short, and when it is closed.
#include <algorithm>

#include "dns/engine/engine_loop.h"

namespace alignd::dns {

// First come is not first served: turns and shares as for slots.
void EngineLoop::wantSocket(ExchangeId id, Exchange& exchange) {
  const Query& query = *exchange.query;
  auto claim = std::make_shared<SocketClaim>();
  claim->exchange = id;
  claim->parents = query.parents;
  SocketPool& pool = poolOf(exchange);
  exchange.claim = std::move(claim);
  pool.waiting.fetch_add(1, std::memory_order_relaxed);
  pool.queue.push(exchange.claim, query.message, query.need);
  openSockets(pool);
}

// Another message waits for this question too: its turn may come sooner.
void EngineLoop::raiseSockets(const Query& query, const void* message, Need need) {
  for (const ExchangeId id : query.exchanges) {
    const Exchange& exchange = exchanges_.at(id);
    if (exchange.claim && !exchange.claim->started) {
      poolOf(exchange).queue.push(exchange.claim, message, need);
    }
  }
  openSockets(udp_);
  openSockets(tcp_);
}

void EngineLoop::openSockets(SocketPool& pool) {
  while (const ClaimPtr claim = pool.queue.pop()) {
    pool.waiting.fetch_sub(1, std::memory_order_relaxed);
    const ExchangeId id = static_cast<const SocketClaim&>(*claim).exchange;
    Exchange& exchange = exchanges_.at(id);  // the claim of one that is gone is finished
    guarded(QueryPtr(exchange.query), [&] { transmit(id, exchange); });
  }
  pool.used.store(pool.queue.inFlight(), std::memory_order_relaxed);
}

void EngineLoop::giveBack(ExchangeId id, Exchange& exchange) {
  if (!exchange.claim) return;
  const auto claim = std::move(exchange.claim);
  SocketPool& pool = poolOf(exchange);
  direct_.cancel(id);
  claim->finished = true;
  if (claim->started) {
    guarded([&] { pool.queue.release(*claim); });
    pool.used.store(pool.queue.inFlight(), std::memory_order_relaxed);
  } else {
    pool.waiting.fetch_sub(1, std::memory_order_relaxed);
  }
}

// It waits for one, or has it for so short a time that nothing can be said yet.
bool EngineLoop::waitsForSocket(const Query& query) const {
  return std::any_of(query.exchanges.begin(), query.exchanges.end(), [&](ExchangeId id) {
    const Exchange& exchange = exchanges_.at(id);
    return exchange.claim && (!exchange.claim->started || now_ - exchange.sentAt < enough_);
  });
}

bool EngineLoop::arriving(const Query& query) {
  return std::any_of(query.exchanges.begin(), query.exchanges.end(),
                     [&](ExchangeId id) { return exchanges_.at(id).tcp && direct_.arriving(id); });
}

// Where others wait for sockets, each has had its turn.
bool EngineLoop::wanted(const Exchange& exchange) {
  const SocketPool& pool = poolOf(exchange);
  return exchange.claim && pool.queue.full() && pool.waiting.load(std::memory_order_relaxed) > 0;
}

// A try is given up. Its UDP socket is closed, unless the same server is asked again from it; TCP sends again what is
// lost by itself, so that a connection stays. True: what is open serves on, nothing new is to be sent.
bool EngineLoop::goesOn(const QueryPtr& query, const ServerPtr& next) {
  bool again = false;
  const std::vector<ExchangeId> mine = query->exchanges;
  for (const ExchangeId id : mine) {
    const auto at = exchanges_.find(id);
    Exchange& exchange = at->second;
    if (!exchange.claim) continue;
    const bool same = exchange.server == next && exchange.tcp == query->tcp && exchange.step == query->step;
    if (wanted(exchange) || (!same && !exchange.tcp)) {
      std::erase(query->exchanges, id);
      endExchange(at);
      continue;
    }
    again = again || same;
    if (!same || exchange.tcp) continue;
    direct_.resend(id);
    countPacket(exchange);
    counters_.retries.fetch_add(1, std::memory_order_relaxed);
  }
  return again;
}

// Those of a name that has been dealt with. What c-ares has been given stays until it gives it back.
void EngineLoop::closeSockets(Query& query) {
  std::erase_if(query.exchanges, [&](ExchangeId id) {
    const auto at = exchanges_.find(id);
    if (!at->second.claim && at->second.sentAt != Time{}) return false;
    endExchange(at);
    return true;
  });
}

void EngineLoop::endExchange(Exchanges::iterator at) {
  giveBack(at->first, at->second);
  exchanges_.erase(at);
}

}  // namespace alignd::dns
