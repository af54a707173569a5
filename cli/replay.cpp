#include "cli/replay.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "dns/data/ascii.h"
#include "dns/data/idna.h"
#include "verifier/arc/trust.h"
#include "verifier/policy/decide.h"
#include "verifier/report/story.h"

namespace alignd::cli {

namespace {

using ascii::cat;
using report::printable;
using reporting::LoggedMessage;

constexpr std::uint64_t kExamples = 5;  // of one change
constexpr std::size_t kRows = 10;

// The member of an enumeration that has this word; `otherwise` when none has.
template <class Enum>
Enum fromWord(std::string_view text, std::initializer_list<Enum> all, std::string_view (*word)(Enum),
              Enum otherwise) {
  const auto found = std::find_if(all.begin(), all.end(), [&](Enum one) { return word(one) == text; });
  return found == all.end() ? otherwise : *found;
}

dmarc::Policy policyOf(std::string_view text) {
  using dmarc::Policy;
  return fromWord(text, {Policy::Quarantine, Policy::Reject}, dmarc::policyWord, Policy::None);
}

spf::Result spfOf(const reporting::LoggedSpf& logged, spf::Identity identity,
                  const std::optional<IpAddress>& client) {
  using spf::Status;
  spf::Result out;
  out.status = fromWord(
      logged.result,
      {Status::Pass, Status::Fail, Status::SoftFail, Status::Neutral, Status::TempError, Status::PermError},
      spf::statusWord, Status::None);
  out.identity = identity;
  out.domain = logged.domain;
  out.text = logged.reason;
  out.nullPath = logged.nullPath;
  out.client = client;
  return out;
}

dkim::SignatureResult signatureOf(const reporting::LoggedSignature& logged) {
  using dkim::Status;
  dkim::SignatureResult out;
  out.status = fromWord(logged.result,
                        {Status::Pass, Status::Fail, Status::Policy, Status::TempError, Status::PermError},
                        dkim::statusWord, Status::Neutral);
  out.domain = logged.domain;
  out.domainAscii = ascii::toLower(dns::toAscii(logged.domain).value_or(std::string()));
  out.selector = logged.selector;
  return out;
}

void fillDmarc(const reporting::LoggedDmarc& logged, dmarc::Result& out) {
  using dmarc::Status;
  out.status = fromWord(logged.result, {Status::Pass, Status::Fail, Status::TempError, Status::PermError},
                        dmarc::statusWord, Status::None);
  out.text = logged.reason;
  // Of a result that was taken over, the line holds what it does alone.
  out.hasPolicy = !logged.policy.empty() || !logged.disposition.empty();
  out.selected = policyOf(logged.policy.empty() ? logged.disposition : logged.policy);
  out.effective = policyOf(logged.disposition);
  out.testing = logged.testing;
  out.policyDomain = logged.policyDomain;
  out.discoveryFailed = logged.discoveryFailed;
}

void fillArc(const LoggedMessage& message, arc::Result& out) {
  using arc::Status;
  out.status = fromWord(message.arc, {Status::Pass, Status::Fail}, arc::statusWord, Status::None);
  for (const auto& logged : message.arcSets) {
    arc::Set& set = out.sets.emplace_back();
    set.instance = static_cast<int>(logged.instance);
    set.sealDomain = logged.domain;
    set.sealSelector = logged.selector;
  }
  out.trustedInstance = static_cast<int>(message.arcTrustedInstance);
  out.trustedPass = message.arcTrustedPass;
  out.trustedTransient = message.arcTrustedTransient;
}

// The trust of a chain under other sealers (DESIGN.md decision 10): every sealer from instance k on is listed, the
// message is unchanged since, and k says that the author was authenticated. Where k is the one that the daemon asked,
// what it found counts, organizational domains included.
void trustAnew(const LoggedMessage& message, const arc::Options& options, arc::Result& out) {
  const auto& sets = message.arcSets;
  std::size_t k = sets.size() + 1;
  while (k > 1 && arc::isTrusted(sets[k - 2].domain, options)) --k;
  const bool listed = k <= sets.size();
  std::size_t unchanged = sets.size() + 1;
  while (unchanged > 1 && sets[unchanged - 2].messagePasses) --unchanged;
  k = std::max(k, unchanged);
  const bool asked = listed && out.status == arc::Status::Pass && k <= sets.size();
  if (asked && out.trustedInstance == static_cast<int>(k)) return;
  if (listed && out.status != arc::Status::Pass) return;  // the same as before: it never vouches
  out.trustedInstance = asked ? static_cast<int>(k) : 0;
  out.trustedPass = asked && sets[k - 1].vouches;
  out.trustedTransient = false;
}

bool namesAddresses(const policy::Options& options) {
  return std::any_of(options.rules.begin(), options.rules.end(), [](const policy::Rule& rule) {
    return std::any_of(rule.recipients.begin(), rule.recipients.end(),
                       [](const std::string& recipient) { return !recipient.starts_with('@'); });
  });
}

}  // namespace

Verdict verdictOf(const LoggedMessage& message) {
  Verdict out;
  out.client.address = IpAddress::parse(message.client);
  out.envelope.mailFrom = message.mailFrom;
  for (const auto& domain : message.recipientDomains) out.envelope.recipients.push_back("@" + domain);
  if (!message.exempt.empty()) out.exemption = Exemption::Network;  // which one plays no part
  out.author.domain = message.from;
  if (message.fromProblem.empty()) {
    out.author.problem = message::AuthorProblem::None;
  } else {
    using enum message::AuthorProblem;
    out.author.problem = fromWord(message.fromProblem,
                                  {NoFrom, SeveralFrom, SeveralDomains, NoAddress, NoDomain, BadDomain,
                                   HiddenAddress, TooLong, HeaderTooLong},
                                  message::problemWord, Unparsable);
  }
  out.listId = message.listId;
  if (message.hasSpf) out.spf = spfOf(message.spf, spf::Identity::MailFrom, out.client.address);
  if (message.hasSpfHelo) out.spfHelo = spfOf(message.spfHelo, spf::Identity::Helo, out.client.address);
  for (const auto& signature : message.dkim) out.dkim.signatures.push_back(signatureOf(signature));
  fillArc(message, out.arc);
  fillDmarc(message.dmarc, out.dmarc);
  return out;
}

policy::Facts factsOf(const LoggedMessage& message) {
  policy::Facts out;
  out.queueId = message.queueId;
  out.persistentFailure = message.persistentFailure;
  out.why = cause::fromWord(message.why);
  return out;
}

policy::Decision decideAgain(const LoggedMessage& message, const conf::Settings& settings) {
  Verdict verdict = verdictOf(message);
  trustAnew(message, settings.verification.arc, verdict.arc);
  return policy::decide(verdict, factsOf(message), settings.policy);
}

Replay::Replay(conf::Settings settings)
    : settings_(std::move(settings)), namesRecipients_(namesAddresses(settings_.policy)) {}

void Replay::add(const LoggedMessage& message) {
  ++messages_;
  const policy::Decision decision = decideAgain(message, settings_);
  const std::string_view now = policy::actionWord(decision.taken.action);
  if (now == message.action) return;
  ++changed_;
  const std::string change = cat({message.action, " -> ", now});
  domains_.add(
      cat({change, "  ", message.from.empty() ? std::string_view("-") : std::string_view(message.from)}));
  if (++changes_[change] > kExamples) return;
  examples_.push_back({change, message.queueId, message.from, message.client, message.why,
                       decision.rule.empty() ? decision.taken.cause : cat({"rule ", decision.rule})});
}

void Replay::print(std::ostream& out) const {
  out << "\nUnder the other settings " << changed_ << " of " << messages_
      << " messages meet another action\n";
  if (namesRecipients_) {
    out << "  rules that name whole recipient addresses do not match: lines hold their domains alone\n";
  }
  for (const auto& [change, count] : changes_) out << "  " << count << "  " << change << '\n';
  const auto rows = domains_.most(kRows);
  if (!rows.empty()) out << "\nMost of them, by author domain\n";
  for (const auto& [key, count] : rows) out << "  " << count << "  " << printable(key) << '\n';
  if (!examples_.empty()) out << "\nExamples\n";
  for (const auto& one : examples_) {
    out << "  " << one.change << ": " << printable(one.queueId) << ", from " << printable(one.from)
        << ", client " << printable(one.client) << ", " << printable(one.why)
        << (one.cause.empty() ? "" : ", by " + printable(one.cause)) << '\n';
  }
}

void Replay::write(report::JsonWriter& w) const {
  w.beginObject("replay");
  w.number("messages", static_cast<std::int64_t>(messages_));
  w.number("changed", static_cast<std::int64_t>(changed_));
  w.flagIf("addresses_unknown", namesRecipients_);
  w.beginArray("changes");
  for (const auto& [change, count] : changes_) {
    w.beginObject();
    w.text("change", change);
    w.number("messages", static_cast<std::int64_t>(count));
    w.endObject();
  }
  w.endArray();
  w.beginArray("examples");
  for (const auto& one : examples_) {
    w.beginObject();
    w.text("change", one.change);
    w.text("queue_id", one.queueId);
    w.text("from", one.from);
    w.text("client", one.client);
    w.textIf("why", one.why);
    w.textIf("by", one.cause);
    w.endObject();
  }
  w.endArray();
  w.endObject();
}

}  // namespace alignd::cli
