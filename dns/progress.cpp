#include "dns/progress.h"

#include <chrono>
#include <utility>

namespace alignd::dns {

void ProgressQueue::post(std::weak_ptr<Runnable> runnable) noexcept {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  waiting_.push_back(std::move(runnable));
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

ProgressThread::ProgressThread() : queue_(std::make_shared<ProgressQueue>()), thread_([this] { run(); }) {}

ProgressThread::~ProgressThread() {
  stop();
}

void ProgressThread::stop() noexcept {
  queue_->stop();
  if (thread_.joinable()) thread_.join();
}

void ProgressThread::run() noexcept {
  std::weak_ptr<Runnable> next;
  while (queue_->take(next)) {
    if (const auto runnable = next.lock()) runnable->progress(std::chrono::steady_clock::now());
  }
}

}  // namespace alignd::dns
