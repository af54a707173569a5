// One question on the DNS thread: sent, answered, taken to other servers, traced, ended.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "dns/ascii.h"
#include "dns/engine_loop.h"
#include "dns/trace.h"

namespace alignd::dns {

void EngineLoop::send(const QueryPtr& query, const ServerPtr& server) {
  const ExchangeId id = ++lastExchange_;
  Exchange& exchange = exchanges_[id];
  exchange.query = query;
  exchange.server = server;
  exchange.step = query->step;
  exchange.edns = query->edns;
  exchange.tcp = query->tcp;
  // Without an OPT record not by c-ares: 1.18.1 would cut one off all the same when the reply is FORMERR.
  exchange.viaCares = !query->tcp && query->edns && CaresChannel::takes(query->name);
  exchange.packet =
      buildQuery(query->wireQuestion(), {static_cast<std::uint16_t>(random_.next()), query->edns,
                                         server->randomCase && !query->tcp ? random_.next() : 0});
  ++query->sends;
  if (!query->hasAsked(server.get())) query->triedServers.push_back(server.get());
  query->exchanges.push_back(id);
  retries_.push_back({now_ + retryAfter_, query, server, query->step, query->sends});
  transmit(id, exchange);
}

void EngineLoop::transmit(ExchangeId id, Exchange& exchange) {
  if (!exchange.viaCares && !direct_.hasRoom()) {
    waitingForSocket_.push_back(id);
    return;
  }
  ++sendsThisTurn_;
  counters_.packets.fetch_add(1, std::memory_order_relaxed);
  exchange.server->counters.sent.fetch_add(1, std::memory_order_relaxed);
  if (exchange.tcp) {
    counters_.tcp.fetch_add(1, std::memory_order_relaxed);
    exchange.server->counters.tcp.fetch_add(1, std::memory_order_relaxed);
  }
  if (exchange.viaCares) {
    CaresChannel* channel = exchange.server->channel(poller_, completions_);
    if (channel != nullptr) return channel->send(exchange.packet.octets(), id);
    completions_.push_back({id, Outcome::Unreachable, {}});
    return;
  }
  if (!exchange.tcp) counters_.direct.fetch_add(1, std::memory_order_relaxed);
  direct_.send(exchange.server->address,
               exchange.tcp ? DirectClient::Protocol::Tcp : DirectClient::Protocol::Udp, exchange.packet, id,
               now_ + options_.timeout);
}

void EngineLoop::completed(Completion&& completion) {
  const auto found = exchanges_.find(completion.exchange);
  if (found == exchanges_.end()) return;
  const Exchange exchange = std::move(found->second);
  exchanges_.erase(found);
  const bool spoke = completion.outcome == Outcome::Reply || completion.outcome == Outcome::Unreadable;
  if (spoke) {
    exchange.server->alive();
    engine_.servers_.reinstate(*exchange.server);
  }
  const QueryPtr& query = exchange.query;
  if (!query) return;  // a probe
  std::erase(query->exchanges, completion.exchange);
  // A reply to a name of this chain that has been dealt with.
  if (exchange.step != query->step) return;
  switch (completion.outcome) {
    case Outcome::Reply: return replied(query, exchange, completion.reply);
    case Outcome::Unreadable: return replied(query, exchange, {});
    case Outcome::Unreachable: return unreachable(query, exchange);
    case Outcome::Silence: return;  // the retry timer has seen to it long ago
  }
}

void EngineLoop::replied(const QueryPtr& query, const Exchange& exchange, Octets octets) {
  if (query->finished && !query->timedOut) return;  // another try was quicker
  Reply reply = parseReply(octets, query->wireQuestion());
  const bool error = reply.status == Status::ServerFailure || reply.status == Status::Refused ||
                     reply.status == Status::Malformed;
  // Every server that knows EDNS answers with an OPT record (RFC 6891 section 6.1.1).
  if (exchange.viaCares && exchange.edns && !reply.edns && reply.rcode >= 0) exchange.server->mendChannels();
  const bool cutOff = !exchange.tcp && reply.truncated;  // its sender can do no better over UDP
  if (error && !cutOff) exchange.server->counters.failures.fetch_add(1, std::memory_order_relaxed);
  if (query->finished && (error || reply.unfinished)) return;

  // Over UDP what was cut off, what cannot be read and what does not repeat the letters' case is asked over
  // TCP, where nobody can forge it and every version of c-ares is out of the way.
  const bool altered = !exchange.tcp && !sameQuestionOctets(exchange.packet.octets(), octets);
  if (cutOff || altered || (!exchange.tcp && reply.status == Status::Malformed)) {
    query->tcp = true;
    return send(query, exchange.server);
  }
  // RFC 6891 section 7: a server that does not know the OPT record.
  constexpr int kFormErr = 1;
  constexpr int kNotImp = 4;
  constexpr int kBadVers = 16;
  if (exchange.edns && (reply.rcode == kFormErr || reply.rcode == kNotImp || reply.rcode == kBadVers)) {
    query->edns = false;
    counters_.withoutEdns.fetch_add(1, std::memory_order_relaxed);
    return send(query, exchange.server);
  }
  if (reply.truncated && reply.status == Status::Malformed) reply.detail += " over TCP";
  const QueryPtr trace = query->trace;
  auto answer = query->take(std::move(reply), exchange.server->believed, exchange.server->text, now_);
  if (!answer) {
    if (trace) forget(*trace);  // it was about a name that has been dealt with
    (query->isTrace ? counters_.traced : counters_.hops).fetch_add(1, std::memory_order_relaxed);
    return send(query, exchange.server);
  }
  if (error) return failed(query, exchange.server, std::move(answer));
  if (query->finished) counters_.late.fetch_add(1, std::memory_order_relaxed);
  finish(query, std::move(answer), now_);
}

// The next server that was not asked for this name yet may know better.
void EngineLoop::failed(const QueryPtr& query, const ServerPtr& server, std::shared_ptr<Answer> failure) {
  constexpr int kServFail = 2;
  query->servfail = query->servfail || failure->rcode == kServFail;
  if (!query->failure) query->failure = std::move(failure);
  const ServerPtr next =
      options_.failoverOnError ? engine_.servers_.nextUnasked(query->triedServers) : nullptr;
  if (!next) return giveUp(query, server);
  query->edns = true;
  query->tcp = false;
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
}

// Every server that may be asked has failed. The first failure stands, unless the aliases are to blame.
void EngineLoop::giveUp(const QueryPtr& query, const ServerPtr& server) {
  query->exhausted = true;
  if (!mayTrace(*query)) return finish(query, query->failure, now_);
  if (!query->trace) return startTrace(query, server);
  if (query->traceEnd) resume(query);
}

void EngineLoop::startTrace(const QueryPtr& query, const ServerPtr& server) {
  query->trace = makeTrace(query);
  counters_.traced.fetch_add(1, std::memory_order_relaxed);
  send(query->trace, server);
}

void EngineLoop::traceEnded(const QueryPtr& trace, AnswerPtr end) {
  forget(*trace);
  const QueryPtr query = trace->traced.lock();
  if (!query || query->finished || query->trace != trace) return;
  query->traceEnd = std::move(end);
  if (query->exhausted || endsQuestion(*query->traceEnd)) resume(query);
}

void EngineLoop::resume(const QueryPtr& query) {
  const std::size_t hops = query->chain.size();
  if (auto answer = concludeTrace(*query)) return finish(query, std::move(answer), now_);
  (query->chain.size() > hops ? counters_.hops : counters_.retries).fetch_add(1, std::memory_order_relaxed);
  send(query, engine_.servers_.first());
}

// While its question may still be answered, a trace is there to be told at the deadline: a packet a name is enough.
bool EngineLoop::onlyInforms(const Query& query) {
  const QueryPtr traced = query.traced.lock();
  return traced && !traced->exhausted;
}

// What one server holds to be bogus must not be traced with the help of another that does not validate.
bool EngineLoop::staysAtItsServer(const Query& query) const {
  return query.isTrace && !options_.failoverOnError;
}

// Where silence is taken to first.
ServerPtr EngineLoop::nextUnasked(const Query& query) const {
  return staysAtItsServer(query) ? nullptr : engine_.servers_.nextUnasked(query.triedServers);
}

// Nobody listens there. The next server is asked at once; the same one again when the retry timer says so:
// resolvers are restarted now and then.
void EngineLoop::unreachable(const QueryPtr& query, const Exchange& exchange) {
  if (query->finished) return;
  exchange.server->silent(parentDomains(query->name).front());
  engine_.servers_.judge(*exchange.server, now_);
  const ServerPtr next = nextUnasked(*query);
  if (!next || onlyInforms(*query)) return;
  query->edns = true;
  query->tcp = false;
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
}

void EngineLoop::retry(const Retry& retry, Time now) {
  const QueryPtr& query = retry.query;
  if (query->finished || query->exhausted || query->step != retry.step || query->sends != retry.sends) return;
  const bool waiting = std::any_of(waitingForSocket_.begin(), waitingForSocket_.end(), [&](ExchangeId id) {
    return std::find(query->exchanges.begin(), query->exchanges.end(), id) != query->exchanges.end();
  });
  if (waiting || onlyInforms(*query)) {  // our doing, not the server's
    retries_.push_back({now + retryAfter_, query, retry.server, retry.step, retry.sends});
    return;
  }
  retry.server->silent(parentDomains(query->name).front());
  engine_.servers_.judge(*retry.server, now);
  ServerPtr next = nextUnasked(*query);
  if (!next && query->failure) return giveUp(query, engine_.servers_.first());
  if (!next) next = staysAtItsServer(*query) ? retry.server : engine_.servers_.after(retry.server.get());
  query->edns = true;
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
  const bool trusted =
      options_.failoverOnError || next == retry.server;  // what it says may be taken up later
  if (trusted && mayInform(*query) && !engine_.busy()) startTrace(query, next);
}

void EngineLoop::expire(const QueryPtr& query, Time now) {
  // Too little was left for a server to show itself: that is our fullness, not its silence.
  const bool hadTime = query->started && query->deadline - query->startedAt >= retryAfter_;
  if (!hadTime && !query->failure) {
    counters_.overload.fetch_add(1, std::memory_order_relaxed);
    auto answer = query->makeFailure(Status::Timeout, -1, "no room for another DNS question within the time");
    answer->overload = true;
    return finish(query, std::move(answer), now);
  }
  const std::string within = ascii::cat({"within ", std::to_string(options_.timeout.count()), " ms"});
  auto answer = query->failure;
  if (!answer) {
    counters_.timeouts.fetch_add(1, std::memory_order_relaxed);
    query->timedOut = true;
    answer = query->makeFailure(Status::Timeout, -1,
                                ascii::cat({"no answer for ", query->name.text(), " ", within}));
  }
  tellTrace(*query, *answer, within);
  finish(query, std::move(answer), now);
}

// Gives back what a question holds while it is in work.
void EngineLoop::settle(const QueryPtr& query) {
  query->finished = true;
  if (query->trace) forget(*query->trace);
  if (query->started) queue_.release(*query);
  counters_.inFlight.store(queue_.inFlight(), std::memory_order_relaxed);
  engine_.load_.fetch_sub(1, std::memory_order_relaxed);
  live_.erase(query->question);
}

void EngineLoop::finish(const QueryPtr& query, std::shared_ptr<Answer> answer, Time now) {
  if (query->isTrace) return traceEnded(query, std::move(answer));
  if (!query->finished) {
    settle(query);
  } else if (const auto other = live_.find(query->question); other != live_.end()) {
    // A late reply to an earlier asking: the question that is in work now has its answer too.
    settle(QueryPtr(other->second));
  }
  if (!query->timedOut) forget(*query);
  sink_.publish(std::move(answer), now);
}

// Nobody will read what still comes: sockets of our own need not wait for it.
void EngineLoop::forget(Query& query) {
  query.finished = true;
  for (const ExchangeId id : query.exchanges) {
    direct_.cancel(id);
    if (!exchanges_.at(id).viaCares) exchanges_.erase(id);
  }
  query.exchanges.clear();
}

}  // namespace alignd::dns
