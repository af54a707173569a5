#include "dns/table/mailbox.h"

#include <algorithm>
#include <new>
#include <utility>

namespace alignd::dns {

void Mailbox::deliver(const AnswerPtr& answer) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    try {
      arrived_.push_back(answer);
    } catch (const std::bad_alloc&) {
      return;  // it stays away, as far as this message goes: a timeout
    }
    const bool wanted = needed_.erase(answer->question) > 0 || any_;
    if (!wanted) return;
    ready_ = true;
    changed_.notify_all();
  }
  if (auto waker = waker_.lock()) waker->wake();
}

void Mailbox::poke() noexcept {
  {
    const std::lock_guard lock(mutex_);
    ready_ = true;
    changed_.notify_all();
  }
  if (auto waker = waker_.lock()) waker->wake();
}

bool Mailbox::need(const Question& question) {
  const std::lock_guard lock(mutex_);
  const bool here = std::any_of(arrived_.begin(), arrived_.end(),
                                [&](const AnswerPtr& answer) { return answer->question == question; });
  if (here) return false;
  needed_.insert(question);
  return true;
}

void Mailbox::needAny(bool any) {
  const std::lock_guard lock(mutex_);
  any_ = any;
  // One that came before this call has woken nobody.
  if (any && !arrived_.empty()) ready_ = true;
}

std::vector<AnswerPtr> Mailbox::collect() {
  const std::lock_guard lock(mutex_);
  ready_ = false;
  return std::exchange(arrived_, {});
}

bool Mailbox::wait(Time deadline) {
  std::unique_lock lock(mutex_);
  if (ready_ || closed_) return ready_;
  ++sleeps_;
  changed_.wait_until(lock, deadline, [this] { return ready_ || closed_; });
  return ready_;
}

// The waker is not told: whoever closes a mailbox that has one is its owner, or has it run on. (Every message ends
// so, and a ring for nothing would wake the progress thread each time.)
void Mailbox::close() noexcept {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  arrived_.clear();
  needed_.clear();
  changed_.notify_all();
}

bool Mailbox::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::size_t Mailbox::sleeps() const {
  const std::lock_guard lock(mutex_);
  return sleeps_;
}

}  // namespace alignd::dns
