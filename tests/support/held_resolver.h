// Resolvers over a zone that do not answer at once: one whose answers the test lets go, round trip by round trip; one that
// keeps a single name back; and one that answers in shuffled order from a thread of its own.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "dns/zone/zone.h"

namespace alignd::test {

/// Keeps every question until release(). Belongs to one thread.
class HeldResolver final : public dns::Resolver {
 public:
  explicit HeldResolver(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}

  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need need, Time) override {
    for (auto& held : held_) {
      if (held.question == question && held.mailbox.lock() == mailbox) return nullptr;  // raised to Needed
    }
    held_.push_back({question, mailbox, need});
    asked_.push_back(question);
    return nullptr;
  }

  /// Answers all that were asked up to now; gives how many. One call is one round trip.
  std::size_t release() {
    const auto held = std::exchange(held_, {});
    for (const auto& one : held) {
      if (const auto mailbox = one.mailbox.lock()) mailbox->deliver(zone_->answer(one.question, {}));
    }
    return held.size();
  }

  /// Answers the one that was asked first; false when none waits.
  bool releaseOne() {
    if (held_.empty()) return false;
    const Held one = std::move(held_.front());
    held_.erase(held_.begin());
    if (const auto mailbox = one.mailbox.lock()) mailbox->deliver(zone_->answer(one.question, {}));
    return true;
  }

  /// Answers those that were asked about `name`; gives how many.
  std::size_t release(const std::string& name) {
    std::vector<Held> others;
    std::size_t answered = 0;
    for (Held& one : std::exchange(held_, {})) {
      if (one.question.name.text() != name) {
        others.push_back(std::move(one));
        continue;
      }
      ++answered;
      if (const auto mailbox = one.mailbox.lock()) mailbox->deliver(zone_->answer(one.question, {}));
    }
    held_ = std::move(others);
    return answered;
  }

  /// All questions so far, as "name TYPE", in order.
  std::vector<std::string> asked() const {
    std::vector<std::string> out;
    out.reserve(asked_.size());
    for (const auto& one : asked_)
      out.push_back(one.name.text() + " " + std::string(dns::typeName(one.type)));
    return out;
  }

 private:
  struct Held {
    dns::Question question;
    std::weak_ptr<dns::Mailbox> mailbox;
    dns::Need need;
  };
  std::shared_ptr<const dns::Zone> zone_;
  std::vector<Held> held_;
  std::vector<dns::Question> asked_;
};

/// Answers at once, but for one name. Any thread.
class HoldingResolver final : public dns::Resolver {
 public:
  explicit HoldingResolver(std::shared_ptr<const dns::Zone> zone, std::string held = {})
      : zone_(std::move(zone)), held_(std::move(held)) {}

  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time now) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(question.name.text());
    if (question.name.text() != held_) return zone_->answer(question, now);
    waiting_.emplace_back(question, mailbox);
    return nullptr;
  }

  /// Answers that name too, from now on.
  void release() {
    std::vector<std::pair<dns::Question, std::weak_ptr<dns::Mailbox>>> waiting;
    {
      const std::lock_guard lock(mutex_);
      held_.clear();
      waiting.swap(waiting_);
    }
    for (const auto& [question, mailbox] : waiting) {
      if (const auto alive = mailbox.lock()) alive->deliver(zone_->answer(question, {}));
    }
  }

  /// The names of all questions so far, in order.
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::shared_ptr<const dns::Zone> zone_;
  mutable std::mutex mutex_;
  std::string held_;
  std::vector<std::pair<dns::Question, std::weak_ptr<dns::Mailbox>>> waiting_;
  std::vector<std::string> asked_;
};

/// Delivers every answer from its own thread, always a random one of those that wait.
class ShuffledResolver final : public dns::Resolver {
 public:
  ShuffledResolver(std::shared_ptr<const dns::Zone> zone, unsigned seed)
      : zone_(std::move(zone)), random_(seed), thread_([this] { run(); }) {}
  ~ShuffledResolver() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>& mailbox,
                           dns::Need, Time) override {
    const std::lock_guard lock(mutex_);
    for (const auto& one : waiting_) {
      if (one.first == question && one.second.lock() == mailbox) return nullptr;
    }
    waiting_.emplace_back(question, mailbox);
    changed_.notify_all();
    return nullptr;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (stop_) return;
      const std::size_t which = random_() % waiting_.size();
      const auto [question, mailbox] = waiting_[which];
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(which));
      lock.unlock();
      if (const auto alive = mailbox.lock()) alive->deliver(zone_->answer(question, {}));
      lock.lock();
    }
  }

  std::shared_ptr<const dns::Zone> zone_;
  std::mt19937 random_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<dns::Question, std::weak_ptr<dns::Mailbox>>> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

/// Holds a resolver until nobody else does: a progress thread may have hold of who asked it for a moment longer. Then no
/// thread is left at the end of a fuzz target's run, of whose stack a search for leaks may know nothing.
class HeldLast {
 public:
  explicit HeldLast(std::shared_ptr<dns::Resolver> resolver) : resolver_(std::move(resolver)) {}
  HeldLast(const HeldLast&) = delete;
  HeldLast& operator=(const HeldLast&) = delete;
  ~HeldLast() {
    while (resolver_.use_count() > 1) std::this_thread::yield();
  }
  const std::shared_ptr<dns::Resolver>& get() const { return resolver_; }

 private:
  std::shared_ptr<dns::Resolver> resolver_;
};

}  // namespace alignd::test
