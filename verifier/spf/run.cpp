#include "verifier/spf/run.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace alignd::spf {

Run::Check::Check(Request of, std::shared_ptr<dns::Resolver> resolver, dns::Budget budget,
                  const std::shared_ptr<dns::Bell>& bell)
    : request(std::move(of)), lookups(std::move(resolver), budget, bell) {}

void Run::Check::evaluate(const Options& options) {
  if (!result) result = spf::evaluate(request, options, lookups, nullptr, &carry);
}

Run::Run(Options options, Time deadline, std::weak_ptr<dns::Mailbox> message)
    : options_(std::move(options)), deadline_(deadline), message_(std::move(message)) {}

std::shared_ptr<Run> Run::start(Request mailFrom, Options options, std::shared_ptr<dns::Resolver> resolver,
                                dns::Budget budget, Time deadline, dns::ProgressThreads& progress,
                                std::weak_ptr<dns::Mailbox> message, Time now) {
  deadline = std::min(deadline, now + options.timeLimit);
  const std::shared_ptr<Run> run(new Run(std::move(options), deadline, std::move(message)));
  const std::lock_guard lock(run->running_);
  run->bell_ = std::make_shared<dns::Bell>(run, progress.queue());
  const bool nullPath = mailFrom.mailFrom.empty() || mailFrom.mailFrom == "<>";
  if (run->options_.helo != HeloCheck::Off && !nullPath) {
    run->helo_ = std::make_unique<Check>(mailFrom, resolver, budget, run->bell_);
    run->helo_->request.identity = Identity::Helo;
    run->helo_->lookups.setNow(now);
  }
  run->mailFrom_ = std::make_unique<Check>(std::move(mailFrom), std::move(resolver), budget, run->bell_);
  run->mailFrom_->request.identity = Identity::MailFrom;
  run->mailFrom_->lookups.setNow(now);
  run->evaluateAll();
  return run;
}

// Side by side.
void Run::evaluateAll() {
  mailFrom_->evaluate(options_);
  if (helo_) helo_->evaluate(options_);
  asked_.store(mailFrom_->lookups.asked() + (helo_ ? helo_->lookups.asked() : 0), std::memory_order_relaxed);
  const bool done = mailFrom_->result && (!helo_ || helo_->result);
  if (done) done_.store(true, std::memory_order_release);
}

// Under running_. Takes in what has come; true when an evaluation was blocked on some of it.
bool Run::collect(Time now) {
  if (now >= deadline_) {
    closeLookups();
    return true;
  }
  bool come = false;
  for (Check* check : {mailFrom_.get(), helo_.get()}) {
    if (check == nullptr) continue;
    check->lookups.setNow(now);
    come = check->lookups.collect() || come;
  }
  return come;
}

void Run::closeLookups() {
  mailFrom_->lookups.close();
  if (helo_) helo_->lookups.close();
}

void Run::evaluateAgain() {
  reRuns_.fetch_add(1, std::memory_order_relaxed);
  evaluateAll();
}

// Under running_. What ends in the middle, without memory, cannot go on: whoever wants its results hears that as well.
template <class Step>
void Run::attempt(Step step) {
  if (failed()) throw std::bad_alloc();
  try {
    step();
  } catch (...) {
    failed_.store(true, std::memory_order_release);
    throw;
  }
}

void Run::progress(Time now) noexcept {
  try {
    const std::lock_guard lock(running_);
    if (done()) return;
    bell_->heard();
    attempt([&] {
      // Rung for an answer that is needed, or to ask ahead from: so the ring counts, not what collect() gives.
      collect(now);
      evaluateAgain();
    });
    if (!done()) return bell_->ran();
  } catch (const std::exception&) {
    // The message's thread sees failed(), and gets it from close().
  }
  if (const auto message = message_.lock()) message->poke();
}

Work Run::work() const {
  Work out = mailFrom_->carry.work();
  if (helo_) out += helo_->carry.work();
  out.reRuns = reRuns();
  return out;
}

bool Run::tryFinish(Time now) {
  if (done()) return true;
  // When another thread runs it at this moment, that one will poke.
  const std::unique_lock lock(running_, std::try_to_lock);
  if (!lock.owns_lock() || done()) return done();
  attempt([&] {
    if (collect(now)) evaluateAgain();
  });
  return done();
}

void Run::close() {
  if (done()) return;
  const std::lock_guard lock(running_);
  if (done()) return;
  attempt([&] {
    closeLookups();
    evaluateAgain();
  });
}

std::vector<std::pair<dns::Question, dns::AnswerPtr>> Run::used() {
  const std::lock_guard lock(running_);
  return mailFrom_->lookups.used();
}

}  // namespace alignd::spf
