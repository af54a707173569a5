// One question on the DNS thread: sent, answered, taken to other servers, traced, ended.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "dns/data/ascii.h"
#include "dns/engine/engine_loop.h"
#include "dns/engine/trace.h"

namespace alignd::dns {

namespace {

constexpr int kFormErr = 1;
constexpr int kServFail = 2;
constexpr int kNotImp = 4;
constexpr int kRefused = 5;
constexpr int kBadVers = 16;

std::string tcpWords(const Query& query, const Server& server, std::string_view what) {
  std::string out = ascii::cat(
      {"TCP port ", std::to_string(server.address.port), " of ", server.address.address.text(), " ", what});
  if (!query.tcpBecause.empty()) out += ascii::cat({" (the reply over UDP ", query.tcpBecause, ")"});
  return out;
}

}  // namespace

void EngineLoop::send(const QueryPtr& query, const ServerPtr& server) {
  const ExchangeId id = ++lastExchange_;
  query->exchanges.reserve(query->exchanges.size() + 1);
  Exchange& exchange = exchanges_[id];
  query->exchanges.push_back(id);
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
  retries_.push_back({now_ + retryAfter_, query, server, query->step, query->sends});
  if (exchange.viaCares) return transmit(id, exchange);
  wantSocket(id, exchange);
}

void EngineLoop::transmit(ExchangeId id, Exchange& exchange) {
  ++sendsThisTurn_;
  if (!exchange.query->sentAt) exchange.query->sentAt = now_;
  countPacket(exchange);
  if (exchange.viaCares) {
    CaresChannel* channel = exchange.server->channel(poller_, completions_);
    if (channel == nullptr) {
      completions_.push_back({id, Outcome::Unreachable, {}, Obstacle::NoSocket});
    } else {
      channel->send(exchange.packet.octets(), id);
    }
    exchange.sentAt = now_;
    return;
  }
  exchange.sentAt = now_;
  direct_.send(exchange.server->address,
               exchange.tcp ? DirectClient::Protocol::Tcp : DirectClient::Protocol::Udp, exchange.packet, id,
               now_ + options_.timeout);
}

void EngineLoop::countPacket(const Exchange& exchange) {
  counters_.packets.fetch_add(1, std::memory_order_relaxed);
  exchange.server->counters.sent.fetch_add(1, std::memory_order_relaxed);
  if (exchange.tcp) {
    counters_.tcp.fetch_add(1, std::memory_order_relaxed);
    exchange.server->counters.tcp.fetch_add(1, std::memory_order_relaxed);
  } else if (!exchange.viaCares) {
    counters_.direct.fetch_add(1, std::memory_order_relaxed);
  }
}

void EngineLoop::completed(Completion&& completion) {
  const auto found = exchanges_.find(completion.exchange);
  if (found == exchanges_.end()) return;
  Exchange exchange = std::move(found->second);
  exchanges_.erase(found);
  const QueryPtr& query = exchange.query;
  guarded([&] { giveBack(completion.exchange, exchange); });
  guarded([&] { heardOf(exchange, completion); });
  if (!query) return;  // a probe
  std::erase(query->exchanges, completion.exchange);
  // A reply to a name of this chain that has been dealt with.
  if (exchange.step != query->step) return;
  guarded(query, [&] {
    switch (completion.outcome) {
      case Outcome::Reply: return replied(query, exchange, completion.reply);
      case Outcome::Unreadable: return replied(query, exchange, {});
      case Outcome::Unreachable: return unreachable(query, exchange, completion.obstacle);
      case Outcome::Silence: return noteSilence(*query, exchange);  // the retry timer has seen to the rest
    }
  });
}

// What it says of the server itself.
void EngineLoop::heardOf(const Exchange& exchange, const Completion& completion) {
  Server& server = *exchange.server;
  const bool probe = exchange.query == nullptr;
  if (completion.outcome == Outcome::Reply || completion.outcome == Outcome::Unreadable) {
    const auto header = readHeader(completion.reply);
    const bool refused = header && header->rcode == kRefused;
    server.alive(refused, now_);
    engine_.servers_.reinstate(server);
    if (probe && refused) server.probeRefused();
  } else if (completion.outcome == Outcome::Unreachable) {
    // What answers over UDP but not over TCP is not dead; and without a socket it has not been asked.
    if (completion.obstacle != Obstacle::NoSocket) server.unreachable(!exchange.tcp);
  } else if (probe) {
    server.probeSilent(exchange.sentAt);
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
    query->tcpBecause = cutOff ? "was cut off" : altered ? "changed the question" : "could not be read";
    return send(query, exchange.server);
  }
  // RFC 6891 section 7: a server that does not know the OPT record.
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
    closeSockets(*query);
    (query->isTrace ? counters_.traced : counters_.hops).fetch_add(1, std::memory_order_relaxed);
    return send(query, exchange.server);
  }
  if (error) return failed(query, exchange.server, std::move(answer));
  if (query->finished) counters_.late.fetch_add(1, std::memory_order_relaxed);
  finish(query, std::move(answer), now_);
}

// The next server that was not asked for this name yet may know better.
void EngineLoop::failed(const QueryPtr& query, const ServerPtr& server, std::shared_ptr<Answer> failure) {
  const bool servfail = failure->rcode == kServFail;
  query->servfail = query->servfail || servfail;
  if (!query->failure) query->failure = std::move(failure);
  ServerPtr next = options_.failoverOnError ? engine_.servers_.nextUnasked(query->triedServers) : nullptr;
  // A lone server may have met a passing fault: it is asked once more, as another one would be.
  const bool again =
      !next && servfail && !query->isTrace && !query->askedAgain && query->triedServers.size() == 1;
  if (again) {
    query->askedAgain = true;
    next = server;
  }
  if (!next) return giveUp(query, server);
  query->edns = true;
  query->tcp = false;
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
}

// Every server that may be asked has failed. The first failure stands, unless the aliases are to blame.
void EngineLoop::giveUp(const QueryPtr& query, const ServerPtr& server) {
  query->exhausted = true;
  query->failure->detail = query->words();
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
  closeSockets(*query);
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
void EngineLoop::unreachable(const QueryPtr& query, const Exchange& exchange, Obstacle obstacle) {
  if (query->finished) return;
  if (exchange.tcp) return tcpFailed(query, exchange, obstacle);
  Server& server = *exchange.server;
  query->note(server.text, ascii::cat({server.text, " ", obstacleText(obstacle)}));
  if (obstacle != Obstacle::NoSocket) {
    server.silent(query->parents.front(), exchange.sentAt);
    engine_.servers_.judge(server, now_);
  }
  const ServerPtr next = nextUnasked(*query);
  if (!next || onlyInforms(*query)) return;
  query->edns = true;
  query->tcp = false;
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
}

// It has answered over UDP a moment ago, so that there is nothing to wait for. (A connection that was accepted and
// closed may have met a server that is short of them: once more.)
void EngineLoop::tcpFailed(const QueryPtr& query, const Exchange& exchange, Obstacle obstacle) {
  if (obstacle == Obstacle::Closed && !query->connectedAgain) {
    query->connectedAgain = true;
    counters_.retries.fetch_add(1, std::memory_order_relaxed);
    return send(query, exchange.server);
  }
  query->note(exchange.server->text, tcpWords(*query, *exchange.server, obstacleText(obstacle)));
  failed(query, exchange.server, query->makeFailure(Status::Unreachable, -1, query->words()));
}

// Of a server that has been asked, has had its time and has not said anything.
void EngineLoop::noteSilence(Query& query, const Exchange& exchange) const {
  const Server& server = *exchange.server;
  if (exchange.step != query.step || exchange.sentAt == Time{} || now_ - exchange.sentAt < enough_) return;
  query.silence = true;
  if (exchange.tcp) {
    query.note(server.text, tcpWords(query, server, "does not answer"));
  } else if (!query.noted(server.text)) {
    query.note(server.text, ascii::cat({"no answer from ", server.text}));
  }
}

void EngineLoop::noteSilence(Query& query) const {
  for (const ExchangeId id : query.exchanges) noteSilence(query, exchanges_.at(id));
}

void EngineLoop::retry(const Retry& retry, Time now) {
  const QueryPtr& query = retry.query;
  if (query->finished || query->exhausted || query->step != retry.step || query->sends != retry.sends) return;
  const auto later = [&] {
    retries_.push_back({now + retryAfter_, query, retry.server, retry.step, retry.sends});
  };
  // Our doing, not the server's; or it is answering.
  if (waitsForSocket(*query) || arriving(*query)) return later();
  if (onlyInforms(*query)) {
    std::erase_if(query->exchanges, [&](ExchangeId id) {
      const auto at = exchanges_.find(id);
      if (!wanted(at->second)) return false;
      endExchange(at);
      return true;
    });
    return later();
  }
  noteSilence(*query);
  retry.server->silent(query->parents.front(), retry.at - retryAfter_);
  engine_.servers_.judge(*retry.server, now);
  ServerPtr next = nextUnasked(*query);
  if (!next && query->failure) return giveUp(query, engine_.servers_.first());
  if (!next) next = staysAtItsServer(*query) ? retry.server : engine_.servers_.after(retry.server.get());
  if (goesOn(query, next)) {
    later();
  } else {
    query->edns = true;
    counters_.retries.fetch_add(1, std::memory_order_relaxed);
    send(query, next);
  }
  const bool trusted =
      options_.failoverOnError || next == retry.server;  // what it says may be taken up later
  if (trusted && !query->finished && mayInform(*query) && !engine_.crowded()) startTrace(query, next);
}

void EngineLoop::expire(const QueryPtr& query, Time now) {
  noteSilence(*query);
  // Too little was left for a server to show itself, or there was no socket: that is our fullness, not its silence.
  const bool hadTime = query->sentAt && query->deadline - *query->sentAt >= enough_ && query->anyNoted();
  if (!hadTime && !query->failure) {
    counters_.overload.fetch_add(1, std::memory_order_relaxed);
    auto answer = query->makeFailure(Status::Timeout, -1, "no room for another DNS question within the time");
    answer->overload = true;
    return finish(query, std::move(answer), now);
  }
  const std::string within = ascii::cat({"within ", std::to_string(options_.timeout.count()), " ms"});
  auto answer = query->failure;
  if (answer) {
    answer->detail = query->words();
  } else {
    counters_.timeouts.fetch_add(1, std::memory_order_relaxed);
    query->timedOut = true;
    answer = query->makeFailure(query->silence ? Status::Timeout : Status::Unreachable, -1,
                                ascii::cat({query->words(), " ", within}));
  }
  if (query->trace) noteSilence(*query->trace);
  tellTrace(*query, *answer, within);
  finish(query, std::move(answer), now);
}

// Gives back what a question holds while it is in work.
void EngineLoop::settle(const QueryPtr& query) {
  query->finished = true;
  live_.erase(query->question);
  engine_.load_.fetch_sub(1, std::memory_order_relaxed);
  if (query->trace) forget(*query->trace);
  if (query->started) guarded([&] { queue_.release(*query); });
  counters_.inFlight.store(queue_.inFlight(), std::memory_order_relaxed);
}

void EngineLoop::finish(const QueryPtr& query, std::shared_ptr<Answer> answer, Time now) {
  if (query->isTrace) return traceEnded(query, std::move(answer));
  if (!query->finished) {
    settle(query);
  } else if (const auto other = live_.find(query->question); other != live_.end()) {
    // A late reply to an earlier asking: the question that is in work now has its answer too.
    settle(QueryPtr(other->second));
  }
  // A late reply may still fill the cache, but not at the price of a socket that others wait for.
  if (query->timedOut) {
    closeSockets(*query);
  } else {
    forget(*query);
  }
  sink_.publish(std::move(answer), now);
}

// Nobody will read what still comes: sockets of our own need not wait for it.
void EngineLoop::forget(Query& query) {
  query.finished = true;
  closeSockets(query);
  query.exchanges.clear();
}

}  // namespace alignd::dns
