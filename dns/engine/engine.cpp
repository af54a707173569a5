#include "dns/engine/engine.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "dns/engine/engine_loop.h"

namespace alignd::dns {

namespace {

EngineOptions completed(EngineOptions options) {
  using std::chrono::milliseconds;
  options.timeout = std::clamp(options.timeout, milliseconds(20), milliseconds(std::chrono::hours(1)));
  if (!options.retryAfter) options.retryAfter = options.timeout / 4;
  // Less would be a flood of our own.
  options.retryAfter = std::max(*options.retryAfter, milliseconds(20));
  if (!options.queue) options.queue = 4 * options.slots;
  return options;
}

}  // namespace

Engine::Engine(EngineOptions options)
    : options_(completed(std::move(options))),
      room_(options_.slots + options_.queue.value_or(0)),
      servers_(options_) {
  wakeUp_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wakeUp_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Engine::~Engine() {
  stop();
  close(wakeUp_);
}

void Engine::start(AnswerSink& sink) {
  auto loop = std::make_unique<EngineLoop>(*this, sink);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([loop = std::move(loop)] { loop->run(); });
}

void Engine::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (!thread_.joinable()) return;
  wake();
  thread_.join();
}

void Engine::wake() noexcept {
  counters_.wakeUps.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full, so that the thread wakes anyway.
  [[maybe_unused]] const auto written = write(wakeUp_, &one, sizeof(one));
}

bool Engine::ask(const Question& question, const void* message, Need need) noexcept {
  return enqueue(question, message, need, false);
}

void Engine::join(const Question& question, const void* message, Need need) noexcept {
  enqueue(question, message, need, true);  // without room it goes on as it was asked
}

bool Engine::enqueue(const Question& question, const void* message, Need need, bool joins) noexcept {
  if (load_.fetch_add(1, std::memory_order_relaxed) >= room_) {
    load_.fetch_sub(1, std::memory_order_relaxed);
    counters_.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      load_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    first = inbox_.empty();
    try {
      inbox_.push_back({question, message, need, std::chrono::steady_clock::now(), joins});
    } catch (const std::bad_alloc&) {
      load_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
  }
  // The thread empties the inbox whenever it comes round; only the first one has to wake it.
  if (first) wake();
  return true;
}

bool Engine::busy() const noexcept {
  return load_.load(std::memory_order_relaxed) >= (options_.slots + 1) / 2;
}

bool Engine::crowded() const noexcept {
  const auto& c = counters_;
  return busy() || c.udpWaiting.load(std::memory_order_relaxed) > 0 ||
         c.tcpWaiting.load(std::memory_order_relaxed) > 0;
}

EngineCounters Engine::counters() const {
  EngineCounters out;
  const auto& c = counters_;
  out.questions = c.questions;
  out.refused = c.refused;
  out.packets = c.packets;
  out.retries = c.retries;
  out.tcp = c.tcp;
  out.withoutEdns = c.withoutEdns;
  out.hops = c.hops;
  out.traced = c.traced;
  out.direct = c.direct;
  out.timeouts = c.timeouts;
  out.overload = c.overload;
  out.late = c.late;
  out.wakeUps = c.wakeUps;
  out.exceptions = c.exceptions;
  out.inFlight = c.inFlight;
  out.udpSockets = c.udpSockets;
  out.tcpSockets = c.tcpSockets;
  out.udpWaiting = c.udpWaiting;
  out.tcpWaiting = c.tcpWaiting;
  const std::uint64_t load = load_;
  out.waiting = load > out.inFlight ? load - out.inFlight : 0;
  out.servers = servers_.counters();
  return out;
}

}  // namespace alignd::dns
