#include "milter/session.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "dns/data/ascii.h"
#include "dns/data/reuse.h"
#include "milter/field_bytes.h"
#include "verifier/authres/write.h"
#include "verifier/cause/why.h"
#include "verifier/policy/decide.h"
#include "verifier/report/failure.h"
#include "verifier/spf/received_spf.h"

namespace alignd::milter {

namespace {

Time steadyNow() {
  return std::chrono::steady_clock::now();
}
UnixTime wallNow() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string_view withoutBrackets(std::string_view path) {
  if (path.size() >= 2 && path.front() == '<' && path.back() == '>') return path.substr(1, path.size() - 2);
  return path;
}

// MTAs write "[192.0.2.1]" or "unknown" for a client whose name they could not verify.
std::string_view verifiedName(std::string_view name) {
  return name.empty() || name.front() == '[' || name == "unknown" ? std::string_view() : name;
}

// The SPF records that were used, and where they stood.
std::vector<std::pair<std::string, std::string>> spfRecords(const Verification& verification) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [question, answer] : verification.usedBySpf()) {
    if (question.type != dns::Type::TXT || answer == nullptr) continue;
    for (const dns::Record& record : answer->records) {
      const auto* text = std::get_if<dns::Txt>(&record.data);
      if (text != nullptr && ascii::equalIgnoreCase(std::string_view(*text).substr(0, 6), "v=spf1")) {
        out.emplace_back(question.name.text(), *text);
      }
    }
  }
  return out;
}

}  // namespace

struct Session::Timing {
  Duration waited{};
};

Session::Session(Services& services, Dialect dialect) : services_(services), dialect_(dialect) {}

Session::~Session() {
  abort();
  if (verification_) services_.registry.remove(*verification_);
}

void Session::connect(std::string_view name, std::optional<IpAddress> address, bool local) {
  client_ = Client();
  client_.address = address ? std::optional(address->unmapped()) : std::nullopt;
  client_.name = verifiedName(name);
  client_.local = local;
  local_ = local;
}

void Session::helo(std::string_view argument) {
  client_.helo = argument;
}

void Session::mailFrom(std::string_view path, std::span<const std::string_view> parameters, Mta& mta) {
  abort();  // RSET and MAIL without a word in between
  bool smtputf8 = false;
  for (const auto parameter : parameters) smtputf8 |= ascii::equalIgnoreCase(parameter, "SMTPUTF8");
  client_.authenticationType = mta.macro("{auth_type}");
  client_.authenticatedUser = mta.macro("{auth_authen}");
  queueId_.clear();
  beginMessage(steadyNow(), wallNow(), std::string(withoutBrackets(path)), smtputf8);
}

void Session::beginMessage(Time now, UnixTime wall, std::string mailFrom, bool smtputf8) {
  runtime_ = services_.runtime.get();
  const conf::Settings& settings = runtime_->settings;
  if (!verification_ || resolver_ != runtime_->resolver) {  // the first message, or DNS was set up anew
    if (verification_) services_.registry.remove(*verification_);
    resolver_.reset();  // without memory in the middle of this the next message begins anew
    verification_ =
        std::make_unique<Verification>(runtime_->verification, runtime_->resolver, services_.progress);
    services_.registry.add(*verification_);
    resolver_ = runtime_->resolver;
  }
  started_ = now;
  inMessage_ = true;
  headerEnded_ = false;
  spoiled_ = clientLost_;
  recipients_.clear();
  services_.registry.messageBegins();
  removals_.begin(settings.authenticationResults.field,
                  !settings.authenticationResults.keepRemovedAs.empty());
  arrival_.begin(client_, local_, mailFrom.empty(), *runtime_);
  verification_->use(runtime_->verification);
  verification_->begin(arrival_.client(), std::move(mailFrom), smtputf8, arrival_.exemption(), now, wall,
                       arrival_.awaited());
}

void Session::recipient(std::string_view path) {
  if (!inMessage_ || spoiled_) return;
  verification_->recipient(withoutBrackets(path));
  if (!runtime_->settings.trust.exemptRecipients.empty()) recipients_.emplace_back(withoutBrackets(path));
}

void Session::field(std::string_view name, std::string_view value) {
  if (!inMessage_ || headerEnded_ || spoiled_) return;
  rebuildValue(value, dialect_.leadingSpace, value_);
  const Time now = steadyNow();
  const Removals::Claim claim = arrival_.field(name, value_, *verification_, now);
  removals_.field(name, value_, claim);
  verification_->field({name, value_}, now);
}

void Session::endOfHeader() {
  if (!inMessage_ || headerEnded_ || spoiled_) return;
  headerEnded_ = true;
  if (!verification_->exempted() && allRecipientsExempt(recipients_, runtime_->settings.trust)) {
    verification_->exempt(Exemption::Recipient);
  }
  verification_->endOfHeader(steadyNow());
}

bool Session::wantsBody() const {
  return inMessage_ && (verification_->wantsBody() || bodyRoom() > 0);
}

// Octets of the body that a failure report may still show.
std::size_t Session::bodyRoom() const {
  const reporting::Options& reports = runtime_->settings.reports;
  if (!reports.failure || reports.failureBody <= shownBody_.size() || verification_->exempted()) return 0;
  return reports.failureBody - shownBody_.size();
}

void Session::body(std::span<const std::byte> chunk) {
  if (!inMessage_ || spoiled_) return;
  endOfHeader();  // an MTA that was told of no fields may leave it out
  if (const std::size_t room = std::min(bodyRoom(), chunk.size()); room > 0) {
    shownBody_.append(reinterpret_cast<const char*>(chunk.data()), room);
  }
  verification_->body(chunk);
}

Session::Timing Session::waitForAnswers() {
  Timing timing;
  const Time start = steadyNow();
  if (verification_->ready(start)) return timing;
  services_.kick();
  Time now = start;
  do {
    // A stop that came before this message could be interrupted: see Registry::stop.
    if (services_.registry.stopping()) verification_->interrupt();
    verification_->wait();
    now = steadyNow();
  } while (!verification_->ready(now));
  timing.waited = now - start;
  return timing;
}

Answer Session::endOfMessage(Mta& mta) {
  if (!inMessage_ || spoiled_) {
    endMessage();
    return Answer::TempFail;
  }
  endOfHeader();
  const Timing timing = waitForAnswers();
  const Verdict& verdict = verification_->finish(steadyNow());
  queueId_ = mta.macro("i");
  policy::Facts facts;
  facts.queueId = queueId_;
  facts.persistentFailure = failingForLong(verdict);
  const policy::Decision decision = policy::decide(verdict, facts, runtime_->settings.policy);
  const Answer answer = act(mta, verdict, decision);
  report(verdict, facts, decision, timing);
  endMessage();
  return answer;
}

bool Session::failingForLong(const Verdict& verdict) {
  policy::FailureMemory& memory = services_.failures;
  if (verdict.dmarc.status != dmarc::Status::TempError && !verdict.arc.trustedTransient && memory.empty()) {
    return false;  // nearly always
  }
  const auto outcome = policy::outcomeOf(verdict, verification_->used(), verification_->usedBySpf());
  return memory.persists(outcome, runtime_->settings.policy.temperrorPatience, steadyNow());
}

// What stays is cleaned and stamped; what is refused needs neither.
Answer Session::act(Mta& mta, const Verdict& verdict, const policy::Decision& decision) {
  const policy::Outcome& outcome = decision.taken;
  using policy::Action;
  if (outcome.action == Action::Reject || outcome.action == Action::TempFail) {
    mta.setReply(outcome.replyCode, outcome.enhancedCode, outcome.replyText);
    return outcome.action == Action::Reject ? Answer::Reject : Answer::TempFail;
  }
  if (stamp(mta, verdict, decision)) return Answer::Accept;
  // An unstamped message would be believed for what it says of itself: it comes again later.
  services_.metrics.stampFailures.add();
  return Answer::TempFail;
}

bool Session::stamp(Mta& mta, const Verdict& verdict, const policy::Decision& decision) {
  const conf::AuthenticationResults& settings = runtime_->settings.authenticationResults;
  bool done = true;
  // From the highest index down: a removal renumbers the fields below it.
  const auto& entries = removals_.entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    done = mta.removeField(entry->name(), entry->ordinal) && done;
  }
  for (const std::string& value : removals_.values()) {
    done = mta.appendField(settings.keepRemovedAs, std::string(ascii::trimWsp(value))) && done;
  }
  bool mark = decision.taken.action == policy::Action::Mark;
  if (decision.taken.action == policy::Action::Hold) {
    mark = !mta.quarantine("alignd: " + decision.taken.cause);  // an MTA without a hold queue gets the mark
  }
  if (mark) done = mta.prependField(kDispositionField, "quarantine") && done;
  if (arrival_.kept()) return done;  // theirs is the one field
  // Only of what was checked here: the field says for which client.
  if (runtime_->settings.verification.spf.receivedSpf && verdict.spf && verdict.spf->client) {
    spf::Request request;
    request.client = *verdict.spf->client;
    request.helo = verdict.client.helo;
    request.mailFrom = verdict.envelope.mailFrom;
    request.receiver = runtime_->settings.verification.spf.receiver;
    const std::string value = spf::receivedSpf(request, *verdict.spf);
    done = mta.prependField(std::string(spf::kReceivedSpfName), value) && done;
  }
  if (settings.field.splitMethods) {
    const auto values = authres::writeEach(verdict, decision, settings.field);
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      done = mta.prependField(kResultsField, *value) && done;
    }
    return done;
  }
  return mta.prependField(kResultsField, authres::write(verdict, decision, settings.field)) && done;
}

void Session::report(const Verdict& verdict, const policy::Facts& facts, const policy::Decision& decision,
                     const Timing& timing) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  services_.metrics.count(verdict, decision, removals_.removedResults(), timing.waited);
  warnOfHiddenClients(verdict);
  report::Context context;
  context.time = std::chrono::system_clock::now();
  context.host = services_.host;
  context.queueId = queueId_;
  context.dnsTime = duration_cast<microseconds>(timing.waited);
  context.totalTime = duration_cast<microseconds>(steadyNow() - started_);
  context.removedFields = removals_.removedResults();
  context.persistentFailure = facts.persistentFailure;
  context.localParts = {runtime_->settings.log.localParts, runtime_->localPartsKey};
  if (!dialect_.leadingSpace) {
    context.note = "the MTA hides the blank after the colon: one was assumed, c=simple may fail";
  }
  line_.clear();
  report::appendLine(line_, runtime_->format, verdict, decision, context);
  LineFields fields{queueId_,
                    verdict.author.domain,
                    {},
                    cause::word(cause::whyOf(verdict)),
                    policy::actionWord(decision.taken.action)};
  if (verdict.exemption == Exemption::None) fields.dmarc = dmarc::statusWord(verdict.dmarc.status);
  services_.verdicts.write(line_, fields);
  try {
    spoolFailure(verdict, decision);
  } catch (const std::exception&) {  // the line is written: what it says is what the MTA is answered
    services_.metrics.failureReports[Metrics::kFailureError].add();
  }
}

void Session::warnOfHiddenClients(const Verdict& verdict) {
  using Warning = TrustWatch::Warning;
  const auto& client = verdict.client.address;
  switch (services_.trustWatch.look(verdict.exemption, client, runtime_->settings.trust.warnAfter)) {
    case Warning::None: return;
    case Warning::AllTrusted:
      services_.metrics.allTrusted.add();
      spdlog::warn(
          "all mail so far came from [trust] networks and nothing was evaluated: does a proxy or NAT hide "
          "the "
          "clients?");
      return;
    case Warning::OnePrivateClient:
      services_.metrics.onePrivateClient.add();
      spdlog::warn(
          "all mail so far came from {}, a private address: if a proxy or NAT hides the clients, SPF fails "
          "for all "
          "of it. Let the MTA see them (Postfix: postscreen_upstream_proxy_protocol), or name a host of "
          "yours that "
          "hands mail on in [trust] relays",
          client->text());
      return;
  }
}

// RFC 9991: what alignd-report sends. Made here, written elsewhere.
void Session::spoolFailure(const Verdict& verdict, const policy::Decision& decision) {
  const reporting::Options& reports = runtime_->settings.reports;
  if (!reports.failure || decision.taken.action == policy::Action::TempFail) return;
  const report::FailureKind kind = report::wantedFailure(verdict);
  if (kind == report::FailureKind::None || ascii::equalIgnoreCase(verdict.envelope.mailFrom, reports.email) ||
      !services_.failureSpool.admit(verdict.dmarc.policyDomain, steadyNow())) {
    return;
  }
  report::FailureOptions options;
  options.header.redact = reports.failureRedact;
  options.header.fields = reports.failureFields;
  options.body = reports.failureBody;
  report::FailureContext context;
  context.time = verdict.received.time_since_epoch().count();
  context.queueId = queueId_;
  context.authservId = runtime_->settings.authenticationResults.field.authservId;
  context.body = shownBody_;
  context.redactionKey = services_.failureSpool.redactionKey();
  context.spfRecords = spfRecords(*verification_);
  services_.failureSpool.put(
      report::failureRecord(kind, verdict, decision, verification_->header(), options, context));
}

void Session::abort() noexcept {
  if (!inMessage_) return;
  services_.metrics.aborted.add();
  endMessage();
}

void Session::endMessage() noexcept {
  if (!inMessage_) return;
  inMessage_ = false;
  services_.registry.messageEnds();
  verification_->abandon();
  removals_.end();
  emptyForReuse(recipients_);
  emptyForReuse(value_);
  emptyForReuse(line_);
  emptyForReuse(shownBody_);
}

}  // namespace alignd::milter
