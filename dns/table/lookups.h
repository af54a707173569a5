// The DNS side of one message: which answers it has, which it needs, what it may still ask.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dns/table/resolver.h"

namespace alignd::dns {

/// What one message may ask (DESIGN.md decision 16).
struct Budget {
  std::size_t inFlight = 32;
  std::size_t total = 150;
};

/// Belongs to one message and to the thread that works on it. An answer once returned is pinned: no expiry,
/// eviction or failure changes it between two runs of an evaluator. After close() every missing answer
/// is a Timeout, so that evaluation always completes; late answers are unseen.
class Lookups {
 public:
  Lookups(std::shared_ptr<Resolver> resolver, Budget budget, std::weak_ptr<Waker> waker = {});
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;
  ~Lookups();

  /// The time that questions are asked at; the owner sets it before it runs evaluators.
  void setNow(Time now) { now_ = now; }
  Time now() const { return now_; }

  /// "I need this." The answer, or null: then the evaluator is blocked on it, and wait() will end when it
  /// comes. Beyond the budget the answer is a Timeout marked overload. The pointer lives as long as this
  /// object.
  const Answer* find(Question question);
  /// Convenience for the callers' most common form; a name that cannot be asked gives a BadName answer.
  const Answer* find(const Name& name, Type type) { return find(Question{name, type}); }

  /// Asks ahead of need; never wakes anyone; silently not done when the budget is used up or the engine
  /// refuses.
  void ask(Question question);

  /// The answer if it is here already, without asking and without need. For logs and optional extras.
  const Answer* peek(const Question& question);

  /// Takes in what has arrived. True when an answer came that some evaluator was blocked on.
  bool collect();
  /// Sleeps until a needed answer (or a poke) arrives or until `deadline`; collects. The only blocking call.
  /// True when there is a reason to run the evaluators again. Does not sleep when a needed answer has come
  /// since the last wait() or collect().
  bool wait(Time deadline);
  /// The deadline's one transition. Idempotent.
  void close();

  /// Questions that evaluators are blocked on now.
  std::size_t missing() const { return missing_; }
  /// Questions sent or queued on behalf of this message so far (cache hits do not count).
  std::size_t asked() const { return asked_; }
  /// All questions that find() was called for, in order of first call, with what it gave (null: still
  /// missing). For verdict logs, for tests that compare question lists, for alignd-check.
  std::vector<std::pair<Question, AnswerPtr>> used() const;

  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }

 private:
  struct Entry {
    AnswerPtr answer;
    bool needed = false;    // find() was called
    bool sent = false;      // given to the resolver, not answered yet
    bool ahead = false;     // of what was sent: the resolver has not been told that it is needed
    bool queued = false;    // in queued_
    std::size_t order = 0;  // of the first find()
  };
  using Item = std::pair<const Question, Entry>;  // stays where it is in entries_
  void accept(Entry& entry, AnswerPtr answer);
  void need(Item& item);
  void raise(Item& item);
  void send(Item& item, Need need);
  void sendQueued();
  void takeIn();
  AnswerPtr substitute(const Question& question, bool overload) const;

  std::shared_ptr<Resolver> resolver_;
  std::shared_ptr<Mailbox> mailbox_;
  Budget budget_;
  Time now_{};
  // What one message may ask is bounded, so that names which were chosen to collide cost little: any hash will do.
  struct QuickHash {
    std::size_t operator()(const Question& question) const noexcept {
      return std::hash<std::string_view>{}(question.name.text()) ^ static_cast<std::size_t>(question.type);
    }
  };
  std::unordered_map<Question, Entry, QuickHash> entries_;
  std::vector<Item*> queued_;  // needed, waiting for one of this message's own slots, in order
  std::size_t missing_ = 0;
  std::size_t inFlight_ = 0;
  std::size_t asked_ = 0;
  std::size_t found_ = 0;
  bool fresh_ = false;  // a needed answer has come that wait() or collect() has not told of
  bool closed_ = false;
};

}  // namespace alignd::dns
