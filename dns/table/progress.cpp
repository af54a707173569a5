#include "dns/table/progress.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

namespace alignd::dns {

void ProgressQueue::post(std::weak_ptr<Runnable> runnable) noexcept {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  try {
    waiting_.push_back(std::move(runnable));
  } catch (const std::bad_alloc&) {
    return;  // its message ends with what is known
  }
  changed_.notify_one();
}

bool ProgressQueue::take(std::weak_ptr<Runnable>& out) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
  if (stopped_) return false;
  out = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

void ProgressQueue::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  waiting_.clear();
  changed_.notify_all();
}

Bell::Bell(std::weak_ptr<Runnable> runnable, std::shared_ptr<ProgressQueue> queue)
    : runnable_(std::move(runnable)), queue_(std::move(queue)) {}

void Bell::wake() noexcept {
  State now = state_.load();
  while (true) {
    if (now == State::Waiting || now == State::Again) return;
    const State next = now == State::Idle ? State::Waiting : State::Again;
    if (!state_.compare_exchange_weak(now, next)) continue;
    if (next == State::Waiting) queue_->post(runnable_);
    return;
  }
}

void Bell::ran() noexcept {
  State running = State::Running;
  if (state_.compare_exchange_strong(running, State::Idle)) return;
  state_.store(State::Waiting);
  queue_->post(runnable_);
}

ProgressThreads::ProgressThreads(std::size_t count) : queue_(std::make_shared<ProgressQueue>()) {
  if (count == 0) count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 4);
  threads_.reserve(count);
  try {
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
  } catch (...) {  // the first ones run already, and no destructor is called for what is half made
    stop();
    throw;
  }
}

ProgressThreads::~ProgressThreads() {
  stop();
}

void ProgressThreads::stop() noexcept {
  queue_->stop();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ProgressThreads::run() noexcept {
  std::weak_ptr<Runnable> next;
  while (queue_->take(next)) {
    if (const auto runnable = next.lock()) runnable->progress(std::chrono::steady_clock::now());
  }
}

}  // namespace alignd::dns
