#include "verifier/spf/run.h"

#include <algorithm>
#include <utility>

namespace alignd::spf {

Run::Run(Request mailFrom, const Options& options, Time deadline, std::weak_ptr<dns::Mailbox> message)
    : options_(options),
      deadline_(deadline),
      message_(std::move(message)),
      mailFromRequest_(std::move(mailFrom)) {
  mailFromRequest_.identity = Identity::MailFrom;
  const bool nullPath = mailFromRequest_.mailFrom.empty() || mailFromRequest_.mailFrom == "<>";
  if (options_.helo != HeloCheck::Off && !nullPath) {
    heloRequest_ = mailFromRequest_;
    heloRequest_->identity = Identity::Helo;
  }
}

std::shared_ptr<Run> Run::start(Request mailFrom, const Options& options,
                                std::shared_ptr<dns::Resolver> resolver, dns::Budget budget, Time deadline,
                                dns::ProgressThreads& progress, std::weak_ptr<dns::Mailbox> message,
                                Time now) {
  const std::shared_ptr<Run> run(
      new Run(std::move(mailFrom), options, std::min(deadline, now + options.timeLimit), std::move(message)));
  const std::lock_guard lock(run->running_);
  run->bell_ = std::make_shared<dns::Bell>(run, progress.queue());
  run->lookups_ = std::make_unique<dns::Lookups>(resolver, budget, run->bell_);
  run->lookups_->setNow(now);
  if (run->heloRequest_) {
    run->heloLookups_ = std::make_unique<dns::Lookups>(std::move(resolver), budget, run->bell_);
    run->heloLookups_->setNow(now);
  }
  run->evaluateAll();
  return run;
}

// Side by side.
void Run::evaluateAll() {
  if (!mailFromDone_) {
    if (auto result = evaluate(mailFromRequest_, options_, *lookups_, nullptr, &carry_)) {
      mailFrom_ = std::move(*result);
      mailFromDone_ = true;
    }
  }
  if (heloRequest_ && !helo_) {
    helo_ = evaluate(*heloRequest_, options_, *heloLookups_, nullptr, &heloCarry_);
  }
  asked_.store(lookups_->asked() + (heloLookups_ ? heloLookups_->asked() : 0), std::memory_order_relaxed);
  const bool done = mailFromDone_ && (helo_ || !heloRequest_);
  if (done) done_.store(true, std::memory_order_release);
}

// Under running_. Takes in what has come; true when an evaluation was blocked on some of it.
bool Run::collect(Time now) {
  if (now >= deadline_) {
    closeLookups();
    return true;
  }
  bool come = false;
  for (dns::Lookups* lookups : {lookups_.get(), heloLookups_.get()}) {
    if (lookups == nullptr) continue;
    lookups->setNow(now);
    come = lookups->collect() || come;
  }
  return come;
}

void Run::closeLookups() {
  lookups_->close();
  if (heloLookups_) heloLookups_->close();
}

void Run::evaluateAgain() {
  reRuns_.fetch_add(1, std::memory_order_relaxed);
  evaluateAll();
}

void Run::progress(Time now) noexcept {
  {
    const std::lock_guard lock(running_);
    if (done()) return;
    bell_->heard();
    // Rung for an answer that is needed, or to ask ahead from: so the ring counts, not what collect() gives.
    collect(now);
    evaluateAgain();
    if (!done()) return bell_->ran();
  }
  if (const auto message = message_.lock()) message->poke();
}

Work Run::work() const {
  Work out = carry_.work();
  out += heloCarry_.work();
  out.reRuns = reRuns();
  return out;
}

bool Run::tryFinish(Time now) {
  if (done()) return true;
  // When another thread runs it at this moment, that one will poke.
  const std::unique_lock lock(running_, std::try_to_lock);
  if (lock.owns_lock() && !done() && collect(now)) evaluateAgain();
  return done();
}

void Run::close() {
  if (done()) return;
  const std::lock_guard lock(running_);
  if (done()) return;
  closeLookups();
  evaluateAgain();
}

std::vector<std::pair<dns::Question, dns::AnswerPtr>> Run::used() {
  const std::lock_guard lock(running_);
  return lookups_->used();
}

}  // namespace alignd::spf
