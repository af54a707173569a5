// SPF of one message, making progress between the MTA's callbacks (DESIGN.md, threads and ownership).
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "dns/table/lookups.h"
#include "dns/table/progress.h"
#include "verifier/spf/evaluate.h"

namespace alignd::spf {

/// Depends on the envelope alone: owns its requests and its Lookups, so that it may run while the message's
/// own thread is busy or idle. One runner at a time: the thread that starts it, then a progress thread
/// whenever an answer comes that it was blocked on, or the message's thread when it asks. Dropping the last
/// reference with answers in flight is safe at any time.
class Run final : public dns::Runnable {
 public:
  /// Starts with what is known and asks for the rest; never blocks. The HELO identity is checked beside MAIL
  /// FROM as Options::helo wants it; not for the null path, since MAIL FROM is postmaster@HELO then. The run
  /// ends as temperror at `deadline`, or at now + Options::timeLimit when that is earlier. Each of the two may ask
  /// what `budget` allows: a HELO record that asks much leaves MAIL FROM its own. `message` is poked
  /// once if the run ends on a progress thread; it may be empty.
  static std::shared_ptr<Run> start(Request mailFrom, Options options,
                                    std::shared_ptr<dns::Resolver> resolver, dns::Budget budget,
                                    Time deadline, dns::ProgressThreads& progress,
                                    std::weak_ptr<dns::Mailbox> message, Time now);

  /// True when the results are there. Any thread.
  bool done() const { return done_.load(std::memory_order_acquire); }
  /// Some thread had no memory to go on: done() will never be, and close() throws.
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  /// Only when done(). HELO: nothing when it was not checked.
  const Result& mailFrom() const { return *mailFrom_->result; }
  const std::optional<Result>& helo() const { return helo_ ? helo_->result : kNotChecked; }
  /// The same, and nothing of them stays here. Only when done(), once.
  Result takeMailFrom() { return *std::move(mailFrom_->result); }
  std::optional<Result> takeHelo() { return helo_ ? std::move(helo_->result) : std::nullopt; }

  /// The message's thread: goes on with what has arrived; never waits. Gives done(). Throws std::bad_alloc, and so does
  /// close(), when any thread had no memory to go on: there are no results then.
  bool tryFinish(Time now);
  /// The message's deadline: what is missing is a timeout, so that the run ends now. done() afterwards.
  /// Idempotent.
  void close();

  /// For the verdict: DNS questions sent so far, and how often the evaluation was run again.
  std::size_t asked() const { return asked_.load(std::memory_order_relaxed); }
  std::size_t reRuns() const { return reRuns_.load(std::memory_order_relaxed); }
  /// Only when done(): what both checks took.
  Work work() const;

  /// The questions that the check of MAIL FROM needed, and what DNS said. Only when done().
  std::vector<std::pair<dns::Question, dns::AnswerPtr>> used();

  void progress(Time now) noexcept override;

  ~Run() override = default;

 private:
  // Of one identity.
  struct Check {
    Check(Request of, std::shared_ptr<dns::Resolver> resolver, dns::Budget budget,
          const std::shared_ptr<dns::Bell>& bell);
    void evaluate(const Options& options);
    Request request;
    dns::Lookups lookups;
    Carry carry;                   // points into what lookups holds
    std::optional<Result> result;  // does not change any more once it is there
  };
  static inline const std::optional<Result> kNotChecked;

  Run(Options options, Time deadline, std::weak_ptr<dns::Mailbox> message);
  void evaluateAll();
  void evaluateAgain();
  template <class Step>
  void attempt(Step step);
  bool collect(Time now);
  void closeLookups();

  const Options options_;
  const Time deadline_;
  const std::weak_ptr<dns::Mailbox> message_;
  std::mutex running_;
  std::shared_ptr<dns::Bell> bell_;  // what DNS rings; under running_, like all below. Not the run itself,
                                     // so that the DNS thread never holds a run, and hence never destroys one
  std::unique_ptr<Check> mailFrom_;
  std::unique_ptr<Check> helo_;  // null when HELO is not checked
  std::atomic<std::size_t> asked_{0};
  std::atomic<std::size_t> reRuns_{0};
  std::atomic<bool> done_{false};
  std::atomic<bool> failed_{false};
};

}  // namespace alignd::spf
