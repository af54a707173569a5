#include "dns/table/lookups.h"

#include <algorithm>
#include <utility>

namespace alignd::dns {

Lookups::Lookups(std::shared_ptr<Resolver> resolver, Budget budget, std::weak_ptr<Waker> waker)
    : resolver_(std::move(resolver)),
      mailbox_(std::make_shared<Mailbox>(std::move(waker))),
      budget_(budget) {}

Lookups::~Lookups() {
  mailbox_->close();
}

const Answer* Lookups::find(Question question) {
  Item& item = *entries_.try_emplace(std::move(question)).first;
  Entry& entry = item.second;
  if (entry.answer && entry.needed) return entry.answer.get();
  if (!entry.needed) {
    entry.needed = true;
    entry.order = found_++;
    if (entry.answer) return entry.answer.get();
    ++missing_;
    need(item);
  }
  // Otherwise a re-run: the resolver has been told.
  return entry.answer.get();
}

// The first find() of a question that has no answer yet.
void Lookups::need(Item& item) {
  if (closed_) {
    accept(item.second, substitute(item.first, false));
  } else if (item.second.sent) {
    raise(item);
  } else if (asked_ >= budget_.total) {
    accept(item.second, substitute(item.first, true));
  } else if (inFlight_ < budget_.inFlight) {
    send(item, Need::Needed);
  } else {
    item.second.queued = true;
    queued_.push_back(&item);
    mailbox_->needAny(true);
  }
}

// Asked ahead, needed now.
void Lookups::raise(Item& item) {
  if (!mailbox_->need(item.first)) takeIn();  // it has just arrived
  if (item.second.answer || !item.second.sent) {
    // Taken in; or what arrived was a refusal, and then the question starts from the beginning.
    if (!item.second.answer) need(item);
    return;
  }
  item.second.ahead = false;
  if (AnswerPtr answer = resolver_->findOrAsk(item.first, mailbox_, Need::Needed, now_)) {
    accept(item.second, std::move(answer));
  }
}

void Lookups::ask(Question question) {
  if (closed_ || asked_ >= budget_.total || inFlight_ >= budget_.inFlight) return;
  Item& item = *entries_.try_emplace(std::move(question)).first;
  if (!item.second.answer && !item.second.sent && !item.second.queued) send(item, Need::Ahead);
}

const Answer* Lookups::peek(const Question& question) {
  const auto entry = entries_.find(question);
  return entry == entries_.end() ? nullptr : entry->second.answer.get();
}

void Lookups::send(Item& item, Need need) {
  if (AnswerPtr answer = resolver_->findOrAsk(item.first, mailbox_, need, now_)) {
    if (need == Need::Ahead && answer->overload) return;  // refused: it may be asked again
    return accept(item.second, std::move(answer));
  }
  item.second.sent = true;
  item.second.ahead = need == Need::Ahead;
  ++inFlight_;
  ++asked_;
  // Only now: what is here already costs the mailbox nothing. An answer that was quicker than this is found
  // there.
  if (need == Need::Needed && !mailbox_->need(item.first)) takeIn();
}

// Pins the answer.
void Lookups::accept(Entry& entry, AnswerPtr answer) {
  if (entry.answer) return;
  if (std::exchange(entry.sent, false)) --inFlight_;
  if (answer->overload && std::exchange(entry.ahead, false)) return;  // asked ahead and refused later
  entry.answer = std::move(answer);
  if (entry.needed) --missing_;
}

void Lookups::takeIn() {
  for (AnswerPtr& answer : mailbox_->collect()) {
    const auto entry = entries_.find(answer->question);
    if (entry == entries_.end() || entry->second.answer) continue;
    accept(entry->second, std::move(answer));
    fresh_ = fresh_ || (entry->second.needed && entry->second.answer);
  }
}

bool Lookups::collect() {
  if (closed_) return false;
  takeIn();
  sendQueued();
  return std::exchange(fresh_, false);
}

// Needed questions that had to wait for a slot of this message's own, first come first served.
void Lookups::sendQueued() {
  if (queued_.empty()) return;
  while (!queued_.empty() && (inFlight_ < budget_.inFlight || asked_ >= budget_.total)) {
    Item& item = *queued_.front();
    queued_.erase(queued_.begin());
    item.second.queued = false;
    if (!item.second.answer) need(item);
    fresh_ = fresh_ || item.second.answer;
  }
  if (queued_.empty()) mailbox_->needAny(false);
}

bool Lookups::wait(Time deadline) {
  if (closed_) return false;
  if (std::exchange(fresh_, false)) return true;
  const bool woken = mailbox_->wait(deadline);
  return collect() || woken;
}

void Lookups::close() {
  if (closed_) return;
  collect();
  closed_ = true;
  mailbox_->close();
  queued_.clear();
  for (auto& [question, entry] : entries_) {
    if (entry.needed && !entry.answer) accept(entry, substitute(question, false));
  }
}

AnswerPtr Lookups::substitute(const Question& question, bool overload) const {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  answer->status = Status::Timeout;
  answer->rcode = -1;
  answer->overload = overload;
  answer->detail = overload ? "more DNS questions than one message may ask" : "no answer before the deadline";
  return answer;
}

std::vector<std::pair<Question, AnswerPtr>> Lookups::used() const {
  std::vector<std::pair<std::size_t, const std::pair<const Question, Entry>*>> order;
  for (const auto& item : entries_) {
    if (item.second.needed) order.emplace_back(item.second.order, &item);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::pair<Question, AnswerPtr>> out;
  out.reserve(order.size());
  for (const auto& [index, item] : order) out.emplace_back(item->first, item->second.answer);
  return out;
}

}  // namespace alignd::dns
