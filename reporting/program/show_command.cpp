#include <algorithm>
#include <ctime>
#include <map>
#include <ostream>

#include "dns/data/ascii.h"
#include "dns/data/name.h"
#include "reporting/failure/intake.h"
#include "reporting/program/ask.h"
#include "reporting/report/maker.h"
#include "verifier/report/story.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using report::printable;

std::string timeText(std::int64_t seconds) {
  const std::int64_t minute = seconds % kDaySeconds / 60;
  const auto two = [](std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return cat({dayText(seconds / kDaySeconds), " ", two(minute / 60), ":", two(minute % 60)});
}

std::string messagesText(std::int64_t count) {
  return cat({std::to_string(count), count == 1 ? " message" : " messages"});
}

void printDelivery(std::ostream& out, const Delivery& delivery) {
  if (isFailure(delivery.report)) out << "  failure report";
  out << "  " << printable(delivery.address) << ": " << stateWord(delivery.state);
  if (delivery.state == DeliveryState::Waiting) out << ", due " << timeText(delivery.due) << " UTC";
  if (delivery.attempts > 0)
    out << ", " << delivery.attempts << (delivery.attempts == 1 ? " attempt" : " attempts");
  if (!delivery.note.empty()) out << " (" << printable(delivery.note) << ')';
  out << '\n';
}

void explainPolicy(const Job& job, Store& store, const StoredPolicy& policy, std::ostream& out) {
  const Options& options = job.settings.reports;
  out << dayText(policy.day) << ", p=" << printable(policy.policy.p) << ": " << messagesText(policy.messages)
      << '\n';
  if (const std::string why = notReported(policy, options); !why.empty()) {
    out << "  no report: " << printable(why) << '\n';
    return;
  }
  bool any = false;
  for (const Delivery& delivery : store.deliveries()) {
    if (delivery.day != policy.day || delivery.domain != policy.policy.domain) continue;
    any = true;
    printDelivery(out, delivery);
  }
  if (any) return;
  const auto closed = store.closedDays();
  out << (closed.contains(policy.day) ? "  the day was closed and no report was made of it\n"
                                      : "  the report is made when the day is over\n");
}

}  // namespace

int runShow(const Job& job, Store& store, std::ostream& out) {
  if (!job.settings.reports.identified())
    out << "reports are off: set org_name, email and domain in [reports]\n";
  std::vector<Delivery> all = store.deliveries();
  std::map<DeliveryState, std::size_t> counts;
  for (const Delivery& delivery : all) ++counts[delivery.state];
  std::string heading;
  for (const Delivery& delivery : all) {
    if (delivery.state == DeliveryState::Sent) continue;
    const std::string now = cat({dayText(delivery.day), " ", delivery.domain});
    if (now != heading) out << printable(now) << '\n';
    heading = now;
    printDelivery(out, delivery);
  }
  for (const Day day : store.openDays(job.now / kDaySeconds + 2)) {
    std::int64_t messages = 0;
    const auto policies = store.policies(day);
    for (const StoredPolicy& policy : policies) messages += policy.messages;
    out << dayText(day) << ": " << messagesText(messages) << " under " << policies.size()
        << " policies, not closed\n";
  }
  out << counts[DeliveryState::Sent] << " sent, " << counts[DeliveryState::Waiting] << " waiting, "
      << counts[DeliveryState::Failed] << " failed, " << counts[DeliveryState::Refused] << " refused, "
      << counts[DeliveryState::Handing] << " in doubt\n";
  return kExitGood;
}

int runWhy(const Job& job, Store& store, std::ostream& out) {
  auto name = dns::Name::parse(job.arguments.operands[0]);
  if (!name || name->isRoot()) {
    out << "no domain name\n";
    return kExitUsage;
  }
  const std::string asked = name->text();
  // The policy may stand above the domain that people ask for.
  std::vector<StoredPolicy> policies = store.policiesOf(asked);
  while (policies.empty() && name->labelCount() > 1) {
    name = name->parent();
    policies = store.policiesOf(name->text());
  }
  if (policies.empty()) {
    out << "no message under a policy record of " << printable(asked)
        << ", or of a domain above it, has been collected: no record, only exempt mail, or no mail\n";
    return kExitBad;
  }
  if (name->text() != asked) {
    out << "the policy record is that of " << printable(name->text()) << "; its report covers "
        << printable(asked) << '\n';
  }
  for (const StoredPolicy& policy : policies) explainPolicy(job, store, policy, out);
  const Asker asker(job);
  for (const std::string& uri : policies.front().rua) {
    out << printable(uri) << ": ";
    const auto read = readRuaUri(uri);
    const auto* mailbox = std::get_if<Mailbox>(&read);
    if (mailbox == nullptr) {
      out << "not used: " << std::get<std::string>(read) << '\n';
      continue;
    }
    const Agreement agreement = asker.ask({{policies.front().policy.domain, *mailbox}}).front();
    out << (agreement.permission == Permission::Granted   ? "good: "
            : agreement.permission == Permission::Refused ? "refused: "
                                                          : "not known for now: ")
        << printable(agreement.text) << '\n';
  }
  return kExitGood;
}

}  // namespace alignd::reporting
