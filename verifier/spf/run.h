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
  static std::shared_ptr<Run> start(Request mailFrom, const Options& options,
                                    std::shared_ptr<dns::Resolver> resolver, dns::Budget budget,
                                    Time deadline, dns::ProgressThreads& progress,
                                    std::weak_ptr<dns::Mailbox> message, Time now);

  /// True when the results are there. Any thread.
  bool done() const { return done_.load(std::memory_order_acquire); }
  /// Only when done(). HELO: nothing when it was not checked.
  const Result& mailFrom() const { return mailFrom_; }
  const std::optional<Result>& helo() const { return helo_; }

  /// The message's thread: goes on with what has arrived; never waits. Gives done().
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
  Run(Request mailFrom, const Options& options, Time deadline, std::weak_ptr<dns::Mailbox> message);
  void evaluateAll();
  void evaluateAgain();
  bool collect(Time now);
  void closeLookups();

  const Options options_;
  const Time deadline_;
  const std::weak_ptr<dns::Mailbox> message_;
  Request mailFromRequest_;
  std::optional<Request> heloRequest_;
  std::mutex running_;
  std::shared_ptr<dns::Bell> bell_;  // what DNS rings; under running_, like all below. Not the run itself,
                                     // so that the DNS thread never holds a run, and hence never destroys one
  std::unique_ptr<dns::Lookups> lookups_;      // of MAIL FROM
  std::unique_ptr<dns::Lookups> heloLookups_;  // null when HELO is not checked
  Carry carry_;                                // of MAIL FROM
  Carry heloCarry_;
  Result mailFrom_;  // this and helo_ do not change any more when done_
  bool mailFromDone_ = false;
  std::optional<Result> helo_;
  std::atomic<std::size_t> asked_{0};
  std::atomic<std::size_t> reRuns_{0};
  std::atomic<bool> done_{false};
};

}  // namespace alignd::spf
