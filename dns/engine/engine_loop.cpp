#include "dns/engine/engine_loop.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include <unistd.h>

#include "dns/data/ascii.h"

namespace alignd::dns {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kTick{25};
// Then read: otherwise replies pile up in the sockets' buffers and are lost.
constexpr std::size_t kSendsPerTurn = 32;
constexpr milliseconds kLookAtResolvConf{1000};
// Of one message, while the queue is more than half full.
constexpr std::size_t kFewWaiting = 8;

FairQueue socketQueue(std::size_t sockets, const EngineOptions& options) {
  return FairQueue({sockets, options.parentPercent, options.parentPercent});
}

}  // namespace

EngineLoop::EngineLoop(Engine& engine, AnswerSink& sink)
    : engine_(engine),
      options_(engine.options_),
      retryAfter_(engine.options_.retryAfter.value_or(engine.options_.timeout)),
      enough_(std::min(retryAfter_, options_.timeout / 2)),
      counters_(engine.counters_),
      sink_(sink),
      direct_(poller_, completions_),
      resolvConf_(engine.options_.resolvConf),
      queue_({options_.slots, options_.parentPercent}),
      udp_{socketQueue(options_.directSockets, options_), counters_.udpSockets, counters_.udpWaiting},
      tcp_{socketQueue(options_.tcpSockets, options_), counters_.tcpSockets, counters_.tcpWaiting} {
  now_ = std::chrono::steady_clock::now();
  if (!poller_.watch(engine_.wakeUp_, this, true, false)) throw std::bad_alloc();
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

void EngineLoop::turn() noexcept {
  guarded([&] { poller_.wait(patience()); });
  now_ = std::chrono::steady_clock::now();
  sendsThisTurn_ = 0;
  guarded([&] {
    if (takeInbox() && now_ - resolvConfSeen_ >= kLookAtResolvConf) refreshServers();
  });
  guarded([&] { workOff(); });
  if (now_ - lastTick_ >= kTick) guarded([&] { tick(now_); });
  guarded([&] { startQueued(); });
  guarded([&] { workOff(); });
}

void EngineLoop::broke(const QueryPtr& query, const char* why) noexcept {
  counters_.exceptions.fetch_add(1, std::memory_order_relaxed);
  guarded([&] {
    const QueryPtr asked = query->isTrace ? query->traced.lock() : query;
    if (!asked || asked->finished) return;
    auto answer = asked->makeFailure(Status::Timeout, -1, ascii::cat({"an error of our own: ", why}));
    answer->overload = true;  // it says nothing about the name
    finish(asked, std::move(answer), now_);
  });
}

milliseconds EngineLoop::patience() const {
  if (moreToStart_ || !completions_.empty()) return milliseconds(0);
  if (!live_.empty() || !exchanges_.empty() || takenIn_ < taken_.size()) return kTick;
  milliseconds longest{-1};
  for (const ServerPtr& server : engine_.servers_.all()) {
    if (!server->wantsProbe()) continue;
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
  for (bool any = false;; any = true) {
    {
      const std::lock_guard lock(engine_.mutex_);
      stop_ = engine_.stopping_;
      if (takenIn_ == taken_.size()) {  // otherwise an error of ours has left some
        taken_.clear();
        takenIn_ = 0;
        taken_.swap(engine_.inbox_);
      }
    }
    if (taken_.empty()) return any;
    for (; takenIn_ < taken_.size(); ++takenIn_) takeIn(taken_[takenIn_]);
  }
}

void EngineLoop::takeIn(const Engine::Asked& asked) {
  const auto found = live_.find(asked.question);
  if (found != live_.end()) {  // somebody else's turn may come sooner
    const QueryPtr& query = found->second;
    engine_.load_.fetch_sub(1, std::memory_order_relaxed);
    return guarded([&] {
      if (asked.need == Need::Needed) query->need = Need::Needed;
      if (!query->started) return queue_.push(query, asked.message, asked.need);
      return raiseSockets(*query, asked.message, asked.need);
    });
  }
  if (asked.joins) {  // its answer is on its way to the asker
    engine_.load_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  counters_.questions.fetch_add(1, std::memory_order_relaxed);
  QueryPtr query;
  try {
    query = std::make_shared<Query>(asked.question, asked.at + options_.timeout);
    query->need = asked.need;
    if (!mayWait(*query, asked.message)) return refuse(asked.question);
    deadlines_.push_back(query);
    live_.emplace(asked.question, query);
  } catch (const std::bad_alloc&) {
    if (query) query->finished = true;
    return refuse(asked.question);
  }
  guarded(query, [&] { queue_.push(query, asked.message, asked.need); });
}

// Above half full nobody's questions may take what is left of the queue: neither one message's nor those below one
// domain. Otherwise whoever fills it decides whose questions are refused.
bool EngineLoop::mayWait(const Query& query, const void* message) const {
  if (engine_.load_.load(std::memory_order_relaxed) <= engine_.room_ / 2) return true;
  const std::size_t below = std::max<std::size_t>(engine_.room_ * options_.parentPercent / 100, 1);
  return queue_.waitingOf(message) < kFewWaiting && queue_.waitingBelow(query.parents.front()) < below;
}

void EngineLoop::refuse(const Question& question) {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  answer->status = Status::Timeout;
  answer->rcode = -1;
  answer->overload = true;
  answer->detail = "no room for another DNS question";
  engine_.load_.fetch_sub(1, std::memory_order_relaxed);
  counters_.overload.fetch_add(1, std::memory_order_relaxed);
  sink_.publish(std::move(answer), now_);
}

void EngineLoop::startQueued() {
  moreToStart_ = false;
  while (sendsThisTurn_ < kSendsPerTurn) {
    const auto query = std::static_pointer_cast<Query>(queue_.pop());
    if (!query) break;
    counters_.inFlight.store(queue_.inFlight(), std::memory_order_relaxed);
    guarded(query, [&] { send(query, engine_.servers_.first()); });
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
    openSockets(udp_);
    openSockets(tcp_);
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
    guarded(next.query, [&] { retry(next, now); });
  }
  while (!deadlines_.empty() && (deadlines_.front()->finished || deadlines_.front()->deadline <= now)) {
    const QueryPtr query = deadlines_.front();
    if (!query->finished) expire(query, now);  // when it throws, once more at the next tick
    deadlines_.pop_front();
  }
  openSockets(udp_);
  openSockets(tcp_);
  for (const ServerPtr& server : engine_.servers_.all()) {
    if (server->wantsProbe() && server->nextProbe <= now) probe(server, now);
  }
}

// Every resolver has the root's name servers at hand, whatever somebody's zone does to it. Its socket is beyond the
// pools: whoever fills those must not keep a server from being heard again.
void EngineLoop::probe(const ServerPtr& server, Time now) {
  server->nextProbe = now + options_.probeEvery;
  server->probed();
  Exchange exchange;
  exchange.server = server;
  exchange.viaCares = false;
  exchange.sentAt = now;
  exchange.packet = buildQuery({Name(), Type::NS}, {static_cast<std::uint16_t>(random_.next()), true, 0});
  const ExchangeId id = ++lastExchange_;
  direct_.send(server->address, DirectClient::Protocol::Udp, exchange.packet, id,
               now + options_.probeEvery / 2);
  exchanges_.emplace(id, std::move(exchange));
  server->counters.sent.fetch_add(1, std::memory_order_relaxed);
}

void EngineLoop::stopAll() {
  guarded([&] { takeInbox(); });
  for (const auto& item : live_) {
    guarded([&] {
      auto answer = item.second->makeFailure(Status::Timeout, -1, "the resolver is stopping");
      answer->overload = true;
      sink_.publish(std::move(answer), now_);
    });
  }
  live_.clear();
  engine_.load_ = 0;
  counters_.inFlight = 0;
}

}  // namespace alignd::dns
