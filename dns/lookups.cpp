#include "dns/lookups.h"

#include <algorithm>
#include <utility>

namespace alignd::dns {

Lookups::Lookups(std::shared_ptr<Resolver> resolver, Budget budget, std::weak_ptr<Waker> waker)
    : resolver_(std::move(resolver)), mailbox_(std::make_shared<Mailbox>(std::move(waker))), budget_(budget) {}

Lookups::~Lookups() { mailbox_->close(); }

const Answer* Lookups::find(const Question& question) {
  Entry& entry = entries_[question];
  if (!entry.needed) {
    entry.needed = true;
    entry.order = found_++;
    if (!entry.answer) ++missing_;
  } else if (!entry.answer && entry.sent) {
    return nullptr;  // a re-run: nothing new to say to the resolver
  }
  if (entry.answer) return entry.answer.get();
  if (closed_) {
    accept(entry, substitute(question, false));
  } else if (entry.sent) {
    // Asked ahead, needed now: raise it, unless it has just arrived.
    if (mailbox_->need(question)) {
      if (AnswerPtr answer = resolver_->findOrAsk(question, mailbox_, Need::Needed, now_)) accept(entry, answer);
    } else {
      collect();
    }
  } else if (asked_ >= budget_.total) {
    accept(entry, substitute(question, true));
  } else if (inFlight_ < budget_.inFlight) {
    send(question, entry, Need::Needed);
  }
  return entry.answer.get();
}

void Lookups::ask(const Question& question) {
  if (closed_ || asked_ >= budget_.total || inFlight_ >= budget_.inFlight) return;
  Entry& entry = entries_[question];
  if (!entry.answer && !entry.sent) send(question, entry, Need::Ahead);
}

const Answer* Lookups::peek(const Question& question) {
  const auto entry = entries_.find(question);
  return entry == entries_.end() ? nullptr : entry->second.answer.get();
}

void Lookups::send(const Question& question, Entry& entry, Need need) {
  if (need == Need::Needed) mailbox_->need(question);
  if (AnswerPtr answer = resolver_->findOrAsk(question, mailbox_, need, now_)) {
    accept(entry, std::move(answer));
    return;
  }
  entry.sent = true;
  ++inFlight_;
  ++asked_;
}

bool Lookups::accept(Entry& entry, AnswerPtr answer) {
  if (entry.answer) return false;  // pinned
  entry.answer = std::move(answer);
  if (std::exchange(entry.sent, false)) --inFlight_;
  if (entry.needed) --missing_;
  return entry.needed;
}

bool Lookups::collect() {
  if (closed_) return false;
  bool useful = false;
  for (AnswerPtr& answer : mailbox_->collect()) {
    const auto entry = entries_.find(answer->question);
    if (entry != entries_.end()) useful = accept(entry->second, std::move(answer)) || useful;
  }
  sendQueued();
  return useful;
}

// Needed questions that had to wait for a slot of this message's own.
void Lookups::sendQueued() {
  if (missing_ == 0 || inFlight_ >= budget_.inFlight) return;
  for (auto& [question, entry] : entries_) {
    if (!entry.needed || entry.answer || entry.sent) continue;
    if (asked_ >= budget_.total) {
      accept(entry, substitute(question, true));
    } else if (inFlight_ < budget_.inFlight) {
      send(question, entry, Need::Needed);
    }
  }
}

bool Lookups::wait(Time deadline) {
  if (closed_) return false;
  const bool woken = mailbox_->wait(deadline);
  collect();
  return woken;
}

void Lookups::close() {
  if (closed_) return;
  collect();
  closed_ = true;
  mailbox_->close();
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
