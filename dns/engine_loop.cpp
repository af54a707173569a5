#include "dns/engine_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <unistd.h>

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
