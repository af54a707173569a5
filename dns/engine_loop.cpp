#include "dns/engine_loop.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include <unistd.h>

#include "dns/ascii.h"

namespace alignd::dns {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kTick{25};
// Then read: otherwise replies pile up in the sockets' buffers and are lost.
constexpr std::size_t kSendsPerTurn = 32;
constexpr milliseconds kLookAtResolvConf{1000};

}  // namespace

EngineLoop::EngineLoop(Engine& engine, AnswerSink& sink)
    : engine_(engine),
      options_(engine.options_),
      retryAfter_(engine.options_.retryAfter.value_or(engine.options_.timeout)),
      counters_(engine.counters_),
      sink_(sink),
      direct_(poller_, completions_, engine.options_.directSockets),
      resolvConf_(engine.options_.resolvConf),
      queue_(engine.options_.slots, engine.options_.parentPercent) {
  now_ = std::chrono::steady_clock::now();
  poller_.watch(engine_.wakeUp_, this, true, false);
  if (!options_.servers.empty()) engine_.servers_.assign(options_.servers);
  refreshServers();
  random_.next();
  // Find out now, in the caller's thread, whether c-ares can be set up.
  const CaresChannel trial(engine_.servers_.all().front()->address, options_.timeout, poller_, completions_);
}

EngineLoop::~EngineLoop() {
  poller_.forget(engine_.wakeUp_);
  // Channels refer to the poller: they must not outlive it with their servers.
  for (const auto& [id, exchange] : exchanges_) exchange.server->closeChannels();
  for (const ServerPtr& server : retired_) server->closeChannels();
  for (const ServerPtr& server : engine_.servers_.all()) server->closeChannels();
}

void EngineLoop::run() noexcept {
  while (!stop_) turn();
  stopAll();
}

void EngineLoop::turn() {
  poller_.wait(patience());
  now_ = std::chrono::steady_clock::now();
  sendsThisTurn_ = 0;
  if (takeInbox() && now_ - resolvConfSeen_ >= kLookAtResolvConf) refreshServers();
  workOff();
  if (now_ - lastTick_ >= kTick) tick(now_);
  startQueued();
  workOff();
}

milliseconds EngineLoop::patience() const {
  if (moreToStart_ || !completions_.empty()) return milliseconds(0);
  if (!live_.empty() || !exchanges_.empty()) return kTick;
  milliseconds longest{-1};
  for (const ServerPtr& server : engine_.servers_.all()) {
    if (!server->setAside) continue;
    const auto left = std::chrono::ceil<milliseconds>(server->nextProbe - now_);
    longest = std::max(milliseconds(0), longest.count() < 0 ? left : std::min(longest, left));
  }
  return longest;
}

void EngineLoop::ready(int fd, bool, bool) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(fd, &count, sizeof(count));
}

bool EngineLoop::takeInbox() {
  std::vector<Engine::Asked> inbox;
  {
    const std::lock_guard lock(engine_.mutex_);
    inbox.swap(engine_.inbox_);
    stop_ = engine_.stopping_;
  }
  for (auto& asked : inbox) takeIn(std::move(asked));
  return !inbox.empty();
}

void EngineLoop::takeIn(Engine::Asked&& asked) {
  const auto found = live_.find(asked.question);
  if (found != live_.end()) {  // somebody else's turn may come sooner
    engine_.load_.fetch_sub(1, std::memory_order_relaxed);
    if (!found->second->started) queue_.push(found->second, asked.message, asked.need);
    return;
  }
  if (asked.joins) {  // its answer is on its way to the asker
    engine_.load_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  counters_.questions.fetch_add(1, std::memory_order_relaxed);
  const auto query = std::make_shared<Query>(asked.question, asked.at + options_.timeout);
  live_.emplace(std::move(asked.question), query);
  deadlines_.push_back(query);
  queue_.push(query, asked.message, asked.need);
}

void EngineLoop::startQueued() {
  moreToStart_ = false;
  while (sendsThisTurn_ < kSendsPerTurn) {
    const QueryPtr query = queue_.pop();
    if (!query) break;
    counters_.inFlight.store(queue_.inFlight(), std::memory_order_relaxed);
    query->startedAt = now_;
    send(query, engine_.servers_.first());
  }
  moreToStart_ = sendsThisTurn_ >= kSendsPerTurn;
}

void EngineLoop::refreshServers() {
  resolvConfSeen_ = now_;
  if (!options_.servers.empty()) return;
  const auto servers = resolvConf_.changed();
  if (!servers) return;
  const std::vector<ServerPtr> before = engine_.servers_.all();
  engine_.servers_.assign(*servers);
  const auto& after = engine_.servers_.all();
  for (const ServerPtr& server : before) {
    if (std::find(after.begin(), after.end(), server) == after.end()) retired_.push_back(server);
  }
}

void EngineLoop::workOff() {
  while (!completions_.empty()) {
    working_.swap(completions_);
    for (Completion& completion : working_) completed(std::move(completion));
    working_.clear();
  }
  while (!waitingForSocket_.empty() && direct_.hasRoom()) {
    const ExchangeId id = waitingForSocket_.front();
    waitingForSocket_.pop_front();
    const auto found = exchanges_.find(id);
    if (found != exchanges_.end()) transmit(id, found->second);
  }
}

void EngineLoop::tick(Time now) {
  lastTick_ = now;
  for (const ServerPtr& server : engine_.servers_.all()) server->tick();
  for (const ServerPtr& server : retired_) server->tick();
  // Their last exchange is over: nobody but this list holds them.
  std::erase_if(retired_, [](const ServerPtr& server) { return server.use_count() == 1; });
  direct_.tick(now);
  workOff();
  while (!retries_.empty() && retries_.front().at <= now) {
    const Retry next = std::move(retries_.front());
    retries_.pop_front();
    retry(next, now);
  }
  while (!deadlines_.empty() && (deadlines_.front()->finished || deadlines_.front()->deadline <= now)) {
    const QueryPtr query = std::move(deadlines_.front());
    deadlines_.pop_front();
    if (!query->finished) expire(query, now);
  }
  for (const ServerPtr& server : engine_.servers_.all()) {
    if (server->setAside && server->nextProbe <= now) probe(server, now);
  }
}

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
  if (error) exchange.server->counters.failures.fetch_add(1, std::memory_order_relaxed);
  if (query->finished && (error || reply.truncated || reply.unfinished)) return;

  // Over UDP what was cut off, what cannot be read and what does not repeat the letters' case is asked over
  // TCP, where nobody can forge it and every version of c-ares is out of the way.
  const bool altered = !exchange.tcp && !sameQuestionOctets(exchange.packet.octets(), octets);
  if (!exchange.tcp && (reply.truncated || altered || reply.status == Status::Malformed)) {
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
  auto answer = query->take(std::move(reply), exchange.server->believed, exchange.server->text, now_);
  if (!answer) {
    counters_.hops.fetch_add(1, std::memory_order_relaxed);
    return send(query, exchange.server);
  }
  if (error) return failed(query, exchange.server, std::move(answer));
  if (query->finished) counters_.late.fetch_add(1, std::memory_order_relaxed);
  finish(query, std::move(answer), now_);
}

// The next server that was not asked for this name yet may know better; when there is none, the first failure
// stands.
void EngineLoop::failed(const QueryPtr& query, const ServerPtr&, std::shared_ptr<Answer> failure) {
  if (!query->failure) query->failure = std::move(failure);
  const ServerPtr next =
      options_.failoverOnError ? engine_.servers_.nextUnasked(query->triedServers) : nullptr;
  if (!next) return finish(query, query->failure, now_);
  query->edns = true;
  query->tcp = false;
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
}

// Nobody listens there. The next server is asked at once; the same one again when the retry timer says so:
// resolvers are restarted now and then.
void EngineLoop::unreachable(const QueryPtr& query, const Exchange& exchange) {
  if (query->finished) return;
  exchange.server->silent(parentDomains(query->name).front());
  engine_.servers_.judge(*exchange.server, now_);
  const ServerPtr next = engine_.servers_.nextUnasked(query->triedServers);
  if (!next) return;
  query->edns = true;
  query->tcp = false;
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
}

void EngineLoop::retry(const Retry& retry, Time now) {
  const QueryPtr& query = retry.query;
  if (query->finished || query->step != retry.step || query->sends != retry.sends) return;
  const bool waiting = std::any_of(waitingForSocket_.begin(), waitingForSocket_.end(), [&](ExchangeId id) {
    return std::find(query->exchanges.begin(), query->exchanges.end(), id) != query->exchanges.end();
  });
  if (waiting) {  // our fault, not the server's
    retries_.push_back({now + retryAfter_, query, retry.server, retry.step, retry.sends});
    return;
  }
  retry.server->silent(parentDomains(query->name).front());
  engine_.servers_.judge(*retry.server, now);
  if (query->failure && !engine_.servers_.nextUnasked(query->triedServers))
    return finish(query, query->failure, now);
  query->edns = true;
  ServerPtr next = engine_.servers_.nextUnasked(query->triedServers);
  if (!next) next = engine_.servers_.after(retry.server.get());
  counters_.retries.fetch_add(1, std::memory_order_relaxed);
  send(query, next);
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
  if (query->failure) return finish(query, query->failure, now);
  counters_.timeouts.fetch_add(1, std::memory_order_relaxed);
  query->timedOut = true;
  std::string detail = ascii::cat(
      {"no answer for ", query->name.text(), " within ", std::to_string(options_.timeout.count()), " ms"});
  finish(query, query->makeFailure(Status::Timeout, -1, std::move(detail)), now);
}

// Gives back what a question holds while it is in work.
void EngineLoop::settle(const QueryPtr& query) {
  query->finished = true;
  if (query->started) queue_.release(*query);
  counters_.inFlight.store(queue_.inFlight(), std::memory_order_relaxed);
  engine_.load_.fetch_sub(1, std::memory_order_relaxed);
  live_.erase(query->question);
}

void EngineLoop::finish(const QueryPtr& query, std::shared_ptr<Answer> answer, Time now) {
  if (!query->finished) {
    settle(query);
  } else if (const auto other = live_.find(query->question); other != live_.end()) {
    // A late reply to an earlier asking: the question that is in work now has its answer too.
    settle(QueryPtr(other->second));
  }
  if (!query->timedOut) {  // sockets of our own need not wait for what nobody will read
    for (const ExchangeId id : query->exchanges) {
      direct_.cancel(id);
      if (!exchanges_.at(id).viaCares) exchanges_.erase(id);
    }
    query->exchanges.clear();
  }
  sink_.publish(std::move(answer), now);
}

void EngineLoop::probe(const ServerPtr& server, Time now) {
  server->nextProbe = now + options_.probeEvery;
  if (!direct_.hasRoom()) return;
  const ExchangeId id = ++lastExchange_;
  Exchange& exchange = exchanges_[id];
  exchange.server = server;
  exchange.viaCares = false;
  exchange.packet = buildQuery({Name(), Type::NS}, {static_cast<std::uint16_t>(random_.next()), true, 0});
  server->counters.sent.fetch_add(1, std::memory_order_relaxed);
  direct_.send(server->address, DirectClient::Protocol::Udp, exchange.packet, id,
               now + options_.probeEvery / 2);
}

void EngineLoop::stopAll() {
  takeInbox();
  for (const auto& [question, query] : live_) {
    auto answer = query->makeFailure(Status::Timeout, -1, "the resolver is stopping");
    answer->overload = true;
    sink_.publish(std::move(answer), now_);
  }
  live_.clear();
  engine_.load_ = 0;
  counters_.inFlight = 0;
}

}  // namespace alignd::dns
