#include "reporting/send/sender.h"

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include "dns/data/ascii.h"
#include "reporting/failure/arf.h"
#include "reporting/failure/intake.h"
#include "reporting/send/mail.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

// Fifteen minutes, then twice as long each time, at most four hours.
std::int64_t pause(int attempts) {
  return std::min<std::int64_t>(std::int64_t{900} << std::min(attempts, 8), 14'400);
}

std::optional<Destination> destinationOf(const Delivery& delivery) {
  const auto read = readRuaUri(cat({"mailto:", delivery.address}));
  const auto* mailbox = std::get_if<Mailbox>(&read);
  if (mailbox == nullptr) return std::nullopt;
  return Destination{delivery.domain, *mailbox, isFailure(delivery.report) ? "ruf" : "rua"};
}

std::string keyOf(const Destination& destination) {
  return cat({destination.tag, " ", destination.domain, " ", destination.mailbox.host});
}

}  // namespace

std::string previewName(const Delivery& delivery) {
  constexpr std::size_t kMaxAddress = 150;
  std::string out = cat({delivery.report, "-", delivery.address.substr(0, kMaxAddress), ".eml"});
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

bool Sender::concerns(const Delivery& delivery) const {
  return (onlyDomain.empty() || ascii::equalIgnoreCase(delivery.domain, onlyDomain)) &&
         (!onlyDay || delivery.day == *onlyDay);
}

std::string Sender::failureMessage(const Delivery& delivery) {
  const auto stored = store_.failure(delivery.report);
  const auto read = readFailure(stored ? stored->record : std::string());
  const auto* record = std::get_if<FailureRecord>(&read);
  if (record == nullptr) throw std::runtime_error("the store has lost a failure report that is to be sent");
  FailureMail mail;
  mail.from = options_.email;
  mail.fromName = options_.orgName;
  mail.to = delivery.address;
  mail.domain = options_.domain;
  mail.id = stored->id;
  mail.incidents = stored->incidents;
  mail.date = now_;
  return composeFailure(mail, *record);
}

std::string Sender::message(const Delivery& delivery) {
  if (isFailure(delivery.report)) return failureMessage(delivery);
  const auto stored = store_.report(delivery.report);
  if (!stored) throw std::runtime_error("the store has lost a report that is to be sent");
  const Report report = Maker(store_, options_, now_).load(*stored);
  const std::string packed = gzip(toXml(report));
  ReportMail mail;
  mail.from = options_.email;
  mail.fromName = options_.orgName;
  mail.to = delivery.address;
  mail.domain = options_.domain;
  mail.reportId = stored->id;
  mail.subject = subject(options_.domain, report);
  mail.about = stored->domain;
  mail.day = dayText(stored->day);
  mail.fileName = fileName(options_.domain, report);
  mail.attachment = packed;
  mail.date = now_;
  return compose(mail);
}

void Sender::note(const Delivery& delivery) {
  say(cat({delivery.domain, " ", dayText(delivery.day),
           isFailure(delivery.report) ? ", failure, to " : " to ", delivery.address, ": ",
           stateWord(delivery.state), delivery.note.empty() ? "" : ": ", delivery.note}));
}

void Sender::later(Delivery& delivery, const std::string& why) {
  delivery.note = why;
  if (now_ - delivery.since >= options_.retryFor.count()) {
    delivery.state = DeliveryState::Failed;
    delivery.note = cat({"given up after ", std::to_string(delivery.attempts + 1), " attempts: ", why});
  } else {
    delivery.state = DeliveryState::Waiting;
    delivery.due = now_ + pause(delivery.attempts);
  }
  ++delivery.attempts;
  store_.setState(delivery);
  note(delivery);
}

// Of the first of `due`. With it the next ones are asked that have not been, so that servers which never answer are waited
// for together.
const Agreement& Sender::agreementOf(std::span<const Delivery> due) {
  const auto first = destinationOf(due.front());
  if (!first) throw std::runtime_error("the store holds an address that cannot be sent to");
  const std::string wanted = keyOf(*first);
  if (const auto known = asked_.find(wanted); known != asked_.end()) return known->second;
  std::set<std::string> keys;
  std::vector<Destination> all;
  for (const Delivery& delivery : due) {
    auto one = destinationOf(delivery);
    if (!one || !concerns(delivery) || asked_.contains(keyOf(*one)) || !keys.insert(keyOf(*one)).second)
      continue;
    all.push_back(*std::move(one));
    if (all.size() == kAskedAtOnce) break;
  }
  std::vector<Agreement> answers = ask_(all);
  for (std::size_t i = 0; i < all.size(); ++i) asked_.emplace(keyOf(all[i]), std::move(answers.at(i)));
  return asked_.at(wanted);
}

// RFC 9990 section 4, before each mail: agreement can be withdrawn. `due` begins with the mail in question.
bool Sender::isWanted(std::span<Delivery> due) {
  Delivery& delivery = due.front();
  const Agreement& agreement = agreementOf(due);
  if (agreement.permission == Permission::Unknown) {
    later(delivery, agreement.text);
    return false;
  }
  const bool listed = agreement.instead.empty() ||
                      std::any_of(agreement.instead.begin(), agreement.instead.end(),
                                  [&](const Mailbox& other) { return other.address == delivery.address; });
  if (agreement.permission == Permission::Granted && listed) return true;
  delivery.state = DeliveryState::Refused;
  delivery.note = agreement.text;
  store_.transaction([&] {
    if (agreement.permission == Permission::Granted) {
      delivery.note = cat({destinationOf(delivery)->mailbox.host, " wants them at "});
      for (std::size_t i = 0; i < agreement.instead.size() && i < options_.maxDestinations; ++i) {
        Delivery other = delivery;
        other.address = agreement.instead[i].address;
        other.state = DeliveryState::Waiting;
        other.note.clear();
        delivery.note += cat({i == 0 ? "" : ", ", other.address});
        store_.addDelivery(other);
      }
    }
    store_.setState(delivery);
  });
  note(delivery);
  return false;
}

void Sender::conclude(Delivery delivery, const Reply& reply) {
  delivery.note = reply.text;
  switch (reply.handed) {
    case Handed::Accepted: delivery.state = DeliveryState::Sent; break;
    case Handed::Permanent: delivery.state = DeliveryState::Failed; break;
    case Handed::InDoubt: delivery.state = DeliveryState::Handing; break;
    case Handed::Temporary: return later(delivery, reply.text);
    case Handed::Unreachable:
    case Handed::Held: return;
  }
  ++delivery.attempts;
  store_.setState(delivery);
  note(delivery);
}

bool Sender::run(Transport& transport) {
  // What a destination wants instead is due at once: a second look finds it.
  for (int look = 0; look < 2; ++look) {
    std::vector<Delivery> due = store_.dueDeliveries(now_);
    for (std::size_t i = 0; i < due.size(); ++i) {
      Delivery& delivery = due[i];
      if (!concerns(delivery) || !isWanted(std::span(due).subspan(i))) continue;
      step("verified");
      const std::string text = message(delivery);
      const Reply reply = transport.hand(options_.email, delivery.address, text, [&] {
        step("written");
        bool mine = false;
        store_.transaction([&] { mine = store_.claim(delivery); });
        step("claimed");
        return mine;
      });
      step("handed");
      conclude(delivery, reply);
      step("concluded");
      if (reply.handed != Handed::Unreachable) continue;
      say(cat({"the MTA cannot be reached: ", reply.text}));
      return false;
    }
  }
  return true;
}

void Sender::preview(const std::function<void(const Delivery&, const std::string&)>& use) {
  for (const Delivery& delivery : store_.deliveries()) {
    if (delivery.state == DeliveryState::Waiting && concerns(delivery)) use(delivery, message(delivery));
  }
}

std::size_t Sender::retryInDoubt() {
  std::size_t count = 0;
  for (Delivery& delivery : store_.deliveries()) {
    if (delivery.state != DeliveryState::Handing || !concerns(delivery)) continue;
    delivery.state = DeliveryState::Waiting;
    delivery.due = now_;
    store_.setState(delivery);
    ++count;
  }
  return count;
}

}  // namespace alignd::reporting
