#include "cli/message_command.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/key_checks.h"
#include "cli/message_file.h"
#include "cli/zone_cut.h"
#include "dns/data/ascii.h"
#include "dns/table/progress.h"
#include "verifier/authres/trace.h"
#include "verifier/cause/evidence.h"
#include "verifier/cause/explain.h"
#include "verifier/dkim/diagnosis.h"
#include "verifier/message/split.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/report/story.h"
#include "verifier/verification.h"

namespace alignd::cli {

namespace {

using ascii::cat;

// What is told counts before what the message says of itself.
struct Known {
  std::optional<IpAddress> client;
  std::string helo;
  std::string mailFrom;
  bool pathKnown = false;
  bool smtputf8 = false;
  std::size_t ownReceived = 0;  // Received fields on top that no milter saw
};

Known whatIsKnown(const Arguments& arguments, const MessageFile& file) {
  Known out;
  out.client = arguments.ip ? arguments.ip : file.client;
  // The HELO name belongs to the client.
  out.helo = !arguments.helo.empty() || arguments.ip ? arguments.helo : file.helo;
  out.pathKnown = arguments.mailFromGiven || file.mailFrom.has_value();
  out.mailFrom = arguments.mailFromGiven ? arguments.mailFrom : file.mailFrom.value_or("");
  const bool path8Bit = std::any_of(out.mailFrom.begin(), out.mailFrom.end(), ascii::is8Bit);
  out.smtputf8 = file.smtputf8 || path8Bit;
  out.ownReceived = file.ownReceived;
  return out;
}

bool isRelay(const std::optional<IpAddress>& client, const conf::Trust& trust) {
  return client && std::any_of(trust.relays.begin(), trust.relays.end(),
                               [&](const Network& network) { return network.contains(*client); });
}

// Gives the header to `verification`. Behind a relay of ours, its Received fields say whose mail it hands on, as in the
// daemon (milter/arrival.h).
void feedHeader(const message::SplitMessage& message, bool relayed, std::size_t ownReceived,
                const conf::Trust& trust, Time now, Verification& verification) {
  authres::Trace trace;
  if (relayed) trace.begin(trust.relays);
  std::size_t received = 0;
  for (const auto& field : message.fields) {
    if (relayed && ascii::equalIgnoreCase(ascii::trimWsp(field.name), "Received") &&
        ++received > ownReceived && trace.state() == authres::Trace::State::Open &&
        trace.received(field.value) == authres::Trace::State::Found) {
      verification.cameFrom(trace.address(), now);
    }
    verification.field(field, now);
  }
}

Verdict judge(const Arguments& arguments, const Known& known, const message::SplitMessage& message,
              const conf::Trust& trust, Verification& verification) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const bool relayed = isRelay(known.client, trust);
  Client client;
  (relayed ? client.relay : client.address) = known.client;
  if (!relayed) client.helo = known.helo;  // what a relay said in HELO is its own
  const auto wall = arguments.time
                        ? UnixTime(std::chrono::seconds(*arguments.time))
                        : std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  verification.begin(client, known.mailFrom, known.smtputf8, Exemption::None, now(), wall, {relayed, {}});
  for (const auto& recipient : arguments.recipients) verification.recipient(recipient);
  feedHeader(message, relayed, known.ownReceived, trust, now(), verification);
  verification.endOfHeader(now());
  if (verification.wantsBody()) {
    verification.body(std::as_bytes(std::span(message.body.data(), message.body.size())));
  }
  while (!verification.ready(now())) verification.wait();
  return verification.finish(now());
}

// What only the raw body can tell (verifier/dkim/diagnosis.h), added to what the verdict says already.
void diagnoseBodies(Verdict& verdict, const message::HeaderBlock& header, std::string_view body) {
  for (auto& signature : verdict.dkim.signatures) {
    if (signature.reason != dkim::Reason::BodyHashMismatch) continue;
    const std::string more = dkim::diagnoseBody(header, signature.field, body);
    if (more.empty()) continue;
    if (!signature.diagnosis.empty()) signature.diagnosis += "; ";
    signature.diagnosis += more;
  }
}

// SPF that was not evaluated might have passed, and aligned.
bool openWithoutSpf(const Verdict& verdict, const Known& known) {
  if (verdict.spf || verdict.author.ambiguous() || verdict.dmarc.status != dmarc::Status::Fail) return false;
  if (!known.pathKnown || known.mailFrom.empty()) return true;
  const auto domain = known.mailFrom.substr(known.mailFrom.rfind('@') + 1);
  return cause::ofAuthor(verdict, ascii::toLower(domain));
}

// In which zone the record lives that would mend it, and who serves that.
std::string whereToMend(const Verdict& verdict, const std::shared_ptr<dns::Resolver>& resolver) {
  const auto name = dns::Name::parse(cause::recordToMend(verdict));
  if (!name || name->isRoot()) return {};
  dns::Lookups lookups(resolver, {});
  const std::string zone = zoneOf(*name, lookups).text();
  return zone.empty() ? zone : cat({name->text(), " is in ", zone});
}

// The key that was meant, where there is none and one stands near.
std::string nearKey(const Verdict& verdict, const std::shared_ptr<dns::Resolver>& resolver) {
  const dkim::SignatureResult* signature = cause::ownSignature(verdict);
  const bool missing = cause::whyOf(verdict) == cause::Why::KeyMissing;
  if (signature == nullptr || !missing || !signature->chain.empty()) return {};
  dns::Lookups lookups(resolver, {});
  const KeyReport report = checkKey(signature->selector, signature->domainAscii, lookups);
  const Check* near = report.list.find("nearby");
  return near != nullptr && near->standing == Standing::Warn ? near->text : std::string();
}

int exitCode(const Verdict& verdict, const Known& known) {
  if (openWithoutSpf(verdict, known)) return kExitTemporary;
  switch (verdict.dmarc.status) {
    case dmarc::Status::Pass: return kExitPass;
    case dmarc::Status::TempError: return kExitTemporary;
    default: return kExitNotPass;
  }
}

std::vector<std::string> notesOf(const MessageFile& file, const Arguments& arguments, const Known& known,
                                 const Verdict& verdict) {
  std::vector<std::string> notes;
  for (const auto& note : file.notes) {
    const bool overruled = (arguments.ip && note.starts_with("client ")) ||
                           (arguments.mailFromGiven && note.starts_with("MAIL FROM "));
    if (!overruled) notes.push_back(note);
  }
  if (known.smtputf8) notes.emplace_back("judged as SMTPUTF8: header or path hold octets outside ASCII");
  if (verdict.client.relay) {
    notes.push_back(cat({verdict.client.relay->text(), " is a relay of yours ([trust] relays): ",
                         verdict.client.address
                             ? cat({"by its Received field the client is ", verdict.client.address->text()})
                             : std::string("its Received field names no client")}));
  }
  if (!verdict.spf) {
    notes.emplace_back(
        "SPF is not evaluated: the client is not known; give --ip, or the name of the MTA that took the "
        "message by --mx");
    if (openWithoutSpf(verdict, known)) {
      notes.emplace_back("so DMARC is not decided: SPF might have passed and aligned");
    }
  }
  return notes;
}

// Remarks are for those whose signatures broke.
void addTraces(std::vector<std::string>& notes, const Verdict& verdict, const message::HeaderBlock& header,
               std::string_view body) {
  const bool broken =
      std::any_of(verdict.dkim.signatures.begin(), verdict.dkim.signatures.end(), [](const auto& one) {
        return one.reason == dkim::Reason::BodyHashMismatch || one.reason == dkim::Reason::SignatureMismatch;
      });
  if (!broken) return;
  const auto subjects = header.find("Subject");
  const std::string_view subject = subjects.empty() ? std::string_view() : header[subjects.front()].value;
  for (auto& trace : tracesOf(subject, body)) notes.push_back(std::move(trace));
}

}  // namespace

int runMessage(const Arguments& arguments, std::string_view raw, const conf::Settings& settings,
               std::shared_ptr<dns::Resolver> resolver, std::ostream& out) {
  const std::string& own = settings.authenticationResults.field.authservId;
  const MessageFile file = readMessageFile(raw, arguments.mx.empty() ? own : arguments.mx);
  const Known known = whatIsKnown(arguments, file);
  dns::ProgressThreads progress;
  Verification verification(std::make_shared<const VerificationOptions>(settings.verification), resolver,
                            progress);
  const message::SplitMessage message = message::split(file.text);
  Verdict verdict = judge(arguments, known, message, settings.trust, verification);
  diagnoseBodies(verdict, verification.header(), message.body);
  const policy::Decision decision = policy::decide(verdict, {}, settings.policy);
  std::vector<std::string> notes = notesOf(file, arguments, known, verdict);
  addTraces(notes, verdict, verification.header(), message.body);
  if (std::string near = nearKey(verdict, resolver); !near.empty()) notes.push_back(std::move(near));
  if (std::string where = whereToMend(verdict, resolver); !where.empty()) notes.push_back(std::move(where));
  std::string text;
  if (arguments.json) {
    std::string joined;
    for (const auto& note : notes) joined += cat({joined.empty() ? "" : "; ", note});
    report::Context context;
    context.note = joined;
    context.time = std::chrono::system_clock::now();
    report::appendLine(text, report::Format::Json, verdict, decision, context);
    text += '\n';
  } else {
    for (const auto& note : notes) text += cat({"note      ", report::printable(note), "\n"});
    report::appendStory(text, verdict, decision);
  }
  out << text;
  return exitCode(verdict, known);
}

}  // namespace alignd::cli
