// The seam between the answer table and what sends questions, so that each can be tested without the other.
#pragma once

#include <memory>

#include "dns/table/resolver.h"

namespace alignd::dns {

/// Sends questions. The engine; in tests, a script.
class Asker {
 public:
  Asker() = default;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  virtual ~Asker() = default;

  /// Any thread; never blocks. True: an answer to `question` will be published, at the latest when its
  /// deadline has passed. False: there is no room, or it has been stopped; nothing will come. `message` tells
  /// askers apart, for fairness; it is never looked into.
  virtual bool ask(const Question& question, const void* message, Need need) noexcept = 0;
  /// This message waits for a question that was asked already: one that still waits for a slot stands in its
  /// queue from now on too, or is raised from Ahead to Needed. A question that has ended is not asked anew.
  virtual void join(const Question& question, const void* message, Need need) noexcept = 0;
  /// Above half full: the time to refuse what is asked ahead.
  virtual bool busy() const noexcept = 0;
  /// Somebody waits for a slot or a socket: then joins are worth telling.
  virtual bool crowded() const noexcept { return busy(); }
};

/// Takes answers in. The answer table; in tests, a list.
class AnswerSink {
 public:
  AnswerSink() = default;
  AnswerSink(const AnswerSink&) = delete;
  AnswerSink& operator=(const AnswerSink&) = delete;
  virtual ~AnswerSink() = default;

  /// DNS thread. `expires` of a DNS fact is `now` + its TTL; of a temporary failure it is not looked at.
  virtual void publish(std::shared_ptr<Answer> answer, Time now) noexcept = 0;
};

}  // namespace alignd::dns
