#include "verifier/verification.h"

#include <utility>

#include "dns/data/ascii.h"
#include "verifier/arc/verifier.h"
#include "verifier/dkim/body_hashes.h"
#include "verifier/dkim/verifier.h"
#include "verifier/dmarc/organizational_domain.h"
#include "verifier/iprev/iprev.h"
#include "verifier/message/list_id.h"
#include "verifier/message/message_id.h"
#include "verifier/message/report_mail.h"
#include "verifier/spf/identity.h"

namespace alignd {

namespace {

// The signing domains and the envelope domain held against the author domain, before and after the crypto.
dmarc::IdentifierInput identifierOf(const spf::Result& result, const spf::Options& options) {
  dmarc::IdentifierInput input;
  input.kind = dmarc::Identifier::Kind::Spf;
  input.domain = result.domain;
  switch (result.status) {
    case spf::Status::Pass:
      input.state =
          spf::usableForDmarc(result, options) ? dmarc::IdentifierState::Pass : dmarc::IdentifierState::Fail;
      break;
    case spf::Status::TempError: input.state = dmarc::IdentifierState::TempError; break;
    case spf::Status::PermError: input.state = dmarc::IdentifierState::PermError; break;
    default: input.state = dmarc::IdentifierState::Fail;
  }
  return input;
}

dmarc::IdentifierInput identifierOf(const dkim::SignatureResult& signature) {
  dmarc::IdentifierInput input;
  input.kind = dmarc::Identifier::Kind::Dkim;
  input.domain = signature.domainAscii;
  input.selector = signature.selector;
  switch (signature.status) {
    case dkim::Status::Pass: input.state = dmarc::IdentifierState::Pass; break;
    case dkim::Status::TempError: input.state = dmarc::IdentifierState::TempError; break;
    case dkim::Status::PermError: input.state = dmarc::IdentifierState::PermError; break;
    default: input.state = dmarc::IdentifierState::Fail;
  }
  return input;
}

}  // namespace

struct Verification::Mechanisms {
  explicit Mechanisms(const VerificationOptions& options)
      : work(options.maxWork),
        bodies(options.dkim.maximumBodyHashes),
        dkim(options.dkim, &work),
        arc(options.arc, &work) {
    arc.setOrganizationalDomain([settings = options.dmarc](std::string_view domain, dns::Lookups& lookups) {
      return dmarc::organizationalDomain(domain, settings, lookups);
    });
  }
  Mechanisms(const Mechanisms&) = delete;
  Mechanisms& operator=(const Mechanisms&) = delete;
  ~Mechanisms() = default;

  WorkBudget work;  // the others point to it
  dkim::BodyHashes bodies;
  dkim::MessageVerifier dkim;
  arc::ChainVerifier arc;
};

Verification::Verification(std::shared_ptr<const VerificationOptions> options,
                           std::shared_ptr<dns::Resolver> resolver, dns::ProgressThreads& progress)
    : options_(std::move(options)),
      resolver_(std::move(resolver)),
      progress_(progress),
      mechanisms_(std::make_unique<Mechanisms>(*options_)) {}

Verification::~Verification() {
  abandon();
}

void Verification::use(std::shared_ptr<const VerificationOptions> options) {
  if (options == options_) return;
  mechanisms_ = std::make_unique<Mechanisms>(*options);  // first: they may not become half those
  options_ = std::move(options);
}

void Verification::begin(Client client, std::string mailFrom, bool smtputf8, Exemption exemption, Time now,
                         UnixTime wall, Awaited awaited) {
  abandon();
  begun_ = true;
  verdict_.client = std::move(client);
  verdict_.envelope.mailFrom = std::move(mailFrom);
  verdict_.envelope.smtputf8 = smtputf8;
  verdict_.exemption = exemption;
  verdict_.received = wall;
  awaited_ = awaited;
  here_ = Methods::all().without(awaited.methods);
  seenHeaderBytes_ = 0;
  ready_ = false;
  deadline_ = now + options_->dnsTime;
  if (exempted()) return;

  lookups_.emplace(resolver_, options_->budget);
  lookups_->setNow(now);
  {
    const std::lock_guard lock(interruptMutex_);
    interruptible_ = lookups_->mailbox();
  }
  startSpf(now);
  if (here_.dmarc) askPolicyAhead();
}

// As soon as it is known whom to check, and that it has to be done here.
void Verification::startSpf(Time now) {
  if (spf_ || exempted() || awaited_.client || !here_.spf || !verdict_.client.address) return;
  spf::Request request;
  request.client = *verdict_.client.address;
  request.helo = verdict_.client.helo;
  request.mailFrom = verdict_.envelope.mailFrom;
  request.now = verdict_.received;
  request.smtputf8 = verdict_.envelope.smtputf8;
  request.receiver = options_->spf.receiver;
  spf::Options options = options_->spf;
  // What was said to the relay is not known: there is no HELO identity.
  if (verdict_.client.relay) options.helo = spf::HeloCheck::Off;
  spf_ = spf::Run::start(std::move(request), std::move(options), resolver_, options_->budget, deadline_,
                         progress_, lookups_->mailbox(), now);
}

// The envelope domain is usually the author's: its record is asked while the message is still on its way.
void Verification::askPolicyAhead() {
  const std::string& path = verdict_.envelope.mailFrom;
  const auto at = path.rfind('@');
  if (at == std::string::npos) return;
  const auto domain = dns::Name::parse(std::string_view(path).substr(at + 1));
  if (!domain || domain->isRoot()) return;
  if (auto name = domain->under("_dmarc")) lookups_->ask({*std::move(name), dns::Type::TXT});
}

void Verification::recipient(std::string_view address) {
  verdict_.envelope.recipients.emplace_back(address);
}

void Verification::field(const message::RawField& field, Time now) {
  seenHeaderBytes_ += field.name.size() + field.value.size() + 3;  // colon and CRLF
  if (seenHeaderBytes_ > options_->maxHeaderBytes || header_.size() >= options_->maxFields) {
    verdict_.headerTruncated = true;
    return;
  }
  header_.add(field);
  if (exempted()) return;
  lookups_->setNow(now);
  readSignatures(header_.size() - 1, here_);
}

// Shows the field at `index` to those of the methods that read signatures.
void Verification::readSignatures(std::size_t index, const Methods& of) {
  if (of.dkim) mechanisms_->dkim.field(header_, index, *lookups_);
  if (of.arc) mechanisms_->arc.field(header_, index, *lookups_);
}

void Verification::cameFrom(std::optional<IpAddress> address, Time now) {
  if (!awaited_.client) return;
  awaited_.client = false;
  verdict_.client.address = address;
  startSpf(now);
}

void Verification::takeOver(authres::Upstream upstream, Time now) {
  const Methods awaited = std::exchange(awaited_.methods, {});
  if (!awaited.any() || exempted()) return;
  const Methods taken = take(std::move(upstream), awaited);
  here_ = Methods::all().without(taken);
  lookups_->setNow(now);
  // What waited for this catches up.
  const Methods late = awaited.without(taken);
  for (std::size_t i = 0; i < header_.size(); ++i) readSignatures(i, late);
  if (late.dmarc) askPolicyAhead();
  startSpf(now);
}

// Another host's results into the verdict, as if they had been found here. Which ones there were. A chain that was
// taken over has no sets, so that it never is a trusted sealer's word.
Methods Verification::take(authres::Upstream upstream, const Methods& of) {
  const Methods taken{of.iprev && upstream.iprev, of.spf && upstream.spf, of.dkim && upstream.dkim,
                      of.arc && upstream.arc, of.dmarc && upstream.dmarc};
  if (taken.any()) verdict_.takenOver = {std::move(upstream.authservId), taken};
  if (taken.iprev) verdict_.iprev = std::move(upstream.iprev);
  if (taken.spf) verdict_.spf = std::move(upstream.spf);
  if (taken.dkim) verdict_.dkim = std::move(*upstream.dkim);
  if (taken.arc) verdict_.arc = std::move(*upstream.arc);
  if (taken.dmarc) verdict_.dmarc = std::move(*upstream.dmarc);
  return taken;
}

// Whose author it is that the other host judged, this message alone can tell: an ambiguous one is nobody's
// (DESIGN.md decision 3).
void Verification::checkTakenPolicy() {
  const message::Author& author = verdict_.author;
  if (here_.dmarc || (!author.ambiguous() && verdict_.dmarc.authorDomain == author.domain)) return;
  here_.dmarc = true;
  verdict_.dmarc = {};
  verdict_.takenOver.methods.dmarc = false;
  if (!verdict_.takenOver.methods.any()) verdict_.takenOver = {};
}

void Verification::exempt(Exemption exemption) {
  verdict_.exemption = exemption;
  // What another host found is told no more than what we would have found.
  verdict_.takenOver = {};
  verdict_.iprev.reset();
  verdict_.spf.reset();
  verdict_.dkim = {};
  verdict_.arc = {};
  verdict_.dmarc = {};
}

void Verification::endOfHeader(Time now) {
  verdict_.headerBytes = seenHeaderBytes_;
  verdict_.messageId = message::messageId(header_);
  takeOver({}, now);
  cameFrom(std::nullopt, now);
  if (exempted()) return;
  lookups_->setNow(now);
  verdict_.author = message::findAuthor(header_);
  verdict_.listId = message::listId(header_);
  verdict_.reportMail = message::isReportMail(header_);
  // What lies beyond the cap may hold another From: nobody can say who the author is.
  if (verdict_.headerTruncated) {
    verdict_.author.problem = message::AuthorProblem::HeaderTooLong;
    verdict_.author.domain.clear();
    verdict_.author.found.clear();
  }
  checkTakenPolicy();
  if (!verdict_.author.ambiguous() && here_.dmarc) dmarc::askAhead(verdict_.author.domain, *lookups_);
  // Methods that were taken over have seen no field, and ask for nothing.
  mechanisms_->dkim.endOfHeader(header_, verdict_.author, mechanisms_->bodies, *lookups_);
  mechanisms_->arc.endOfHeader(header_, mechanisms_->bodies, *lookups_);
}

bool Verification::wantsBody() const {
  return !exempted() && mechanisms_->bodies.wantsBody();
}

void Verification::body(std::span<const std::byte> chunk) {
  verdict_.bodyBytes += chunk.size();
  if (!exempted()) mechanisms_->bodies.feed(chunk);
}

bool Verification::spfReady() {
  if (!spf_ || spf_->done()) return true;
  if (spf_->failed()) spf_->close();  // throws: there is nothing to wait for
  return false;
}

// What SPF would have said, had the relay told who gave it the message, or what was said in HELO where that is all there
// is: nobody can know.
std::optional<dmarc::IdentifierInput> Verification::untoldSpf() const {
  const bool nullPath = verdict_.envelope.mailFrom.empty();
  if (!verdict_.client.relay || !here_.spf || (verdict_.client.address && !nullPath)) return std::nullopt;
  const spf::Sender sender = spf::senderOf(spf::Identity::MailFrom, verdict_.envelope.mailFrom,
                                           verdict_.client.helo, verdict_.envelope.smtputf8);
  dmarc::IdentifierInput out;
  out.kind = dmarc::Identifier::Kind::Spf;
  out.domain = nullPath ? verdict_.author.domain : sender.domain;  // any name may have been said in HELO
  out.state = dmarc::IdentifierState::TempError;
  return out;
}

std::vector<dmarc::IdentifierInput> Verification::possibleIdentifiers() const {
  std::vector<dmarc::IdentifierInput> out = identifiers();  // what was taken over
  if (const auto untold = untoldSpf()) out.push_back(*untold);
  if (spf_) out.push_back(identifierOf(spf_->mailFrom(), options_->spf));
  for (const auto& [signature, canPass] : mechanisms_->dkim.candidates()) {
    dmarc::IdentifierInput input;
    input.kind = dmarc::Identifier::Kind::Dkim;
    input.domain = signature->domainAscii;
    input.selector = signature->selector;
    // Those that never pass wait for nothing, but of a failure it is told whose they were.
    input.state = canPass ? dmarc::IdentifierState::Possible : dmarc::IdentifierState::PermError;
    out.push_back(std::move(input));
  }
  return out;
}

// A failure that SPF might have kept away, had a relay of ours told its client, is none: nothing is refused for what
// cannot be told, nor deferred, for it will not be told later either.
std::optional<dmarc::Result> Verification::judgePolicy() {
  const auto known = identifiers();
  const auto evaluate = [&](const std::vector<dmarc::IdentifierInput>& of) {
    return dmarc::evaluate(verdict_.author, of, options_->dmarc, *lookups_);
  };
  const auto untold = untoldSpf();
  if (!untold) return evaluate(known);
  auto with = known;
  with.push_back(*untold);
  auto result = evaluate(with);
  if (!result || result->status != dmarc::Status::TempError) return result;
  auto without = evaluate(known);
  if (!without || without->status != dmarc::Status::Fail) return result;
  without->status = dmarc::Status::PermError;
  without->spfUntold = true;
  without->hasPolicy = false;
  without->effective = dmarc::Policy::None;
  without->text = verdict_.client.address
                      ? "what was said in HELO to relay " + verdict_.client.relay->text() +
                            " is not known, and SPF of it could have aligned"
                      : verdict_.spf->text + ", and SPF could have aligned";
  return without;
}

std::vector<dmarc::IdentifierInput> Verification::identifiers() const {
  std::vector<dmarc::IdentifierInput> out;
  out.reserve(1 + verdict_.dkim.signatures.size());
  if (verdict_.spf) out.push_back(identifierOf(*verdict_.spf, options_->spf));
  for (const auto& signature : verdict_.dkim.signatures) out.push_back(identifierOf(signature));
  return out;
}

bool Verification::identifiersReady() {
  return !here_.dmarc || dmarc::prepared(verdict_.author, possibleIdentifiers(), options_->dmarc, *lookups_);
}

bool Verification::ready(Time now) {
  if (exempted() || ready_) return true;
  lookups_->setNow(now);
  lookups_->collect();
  ++verdict_.reRuns;
  const bool over =
      now >= deadline_ || lookups_->mailbox()->closed() || verdict_.reRuns > options_->maxReRuns;
  if (over) close();
  // Each is asked, even when one before it is not ready: what they miss is asked together.
  bool all = mechanisms_->dkim.ready(*lookups_);
  all = mechanisms_->arc.ready(*lookups_) && all;
  if (options_->iprev && verdict_.client.address && here_.iprev) {
    all = iprev::evaluate(*verdict_.client.address, *lookups_).has_value() && all;
  }
  const bool spf = spfReady();
  all = spf && all;
  // Which identifiers there are is known when SPF is done.
  if (spf) all = identifiersReady() && all;
  ready_ = all || over;
  return ready_;
}

void Verification::wait() {
  if (exempted()) return;
  lookups_->wait(deadline_);
}

void Verification::close() {
  verdict_.deadlineMissed = true;
  if (spf_) spf_->close();
  lookups_->close();
}

const Verdict& Verification::finish(Time now) {
  if (exempted()) return verdict_;
  if (!ready(now)) close();
  if (spf_) {
    spf_->close();  // if it is not done yet
    verdict_.spf = spf_->takeMailFrom();
    verdict_.spfHelo = spf_->takeHelo();
  }
  if (!verdict_.spf && verdict_.client.relay) verdict_.spf = withoutClient();
  if (options_->iprev && verdict_.client.address && here_.iprev) {
    verdict_.iprev = iprev::evaluate(*verdict_.client.address, *lookups_);
  }
  mechanisms_->bodies.finish();
  if (here_.dkim) {
    verdict_.dkim = mechanisms_->dkim.finish(header_, mechanisms_->bodies, *lookups_,
                                             verdict_.envelope.recipients, verdict_.received);
  }
  if (here_.dmarc) {
    auto dmarc = judgePolicy();
    if (!dmarc) {  // something that was not to be foreseen: never wait here
      close();
      dmarc = judgePolicy();
    }
    if (dmarc) verdict_.dmarc = std::move(*dmarc);
  }
  if (here_.arc) {
    verdict_.arc =
        mechanisms_->arc.finish(header_, mechanisms_->bodies, *lookups_, verdict_.author, verdict_.received);
  }
  verdict_.work += mechanisms_->work.spent();
  verdict_.work += mechanisms_->bodies.work();
  verdict_.workRefused = mechanisms_->work.refused();
  if (spf_) verdict_.work += spf_->work();
  verdict_.work.reRuns += verdict_.reRuns;
  verdict_.dnsQuestions = lookups_->asked() + (spf_ ? spf_->asked() : 0);
  return verdict_;
}

// There is nobody to be checked: no result of RFC 7208 section 2.6 but `none` claims that somebody was.
spf::Result Verification::withoutClient() const {
  const spf::Sender sender = spf::senderOf(spf::Identity::MailFrom, verdict_.envelope.mailFrom,
                                           verdict_.client.helo, verdict_.envelope.smtputf8);
  spf::Result out;
  out.domain = sender.domain;
  out.nullPath = sender.nullPath;
  out.text = "the Received field of relay " + verdict_.client.relay->text() + " names no client";
  return out;
}

std::vector<std::pair<dns::Question, dns::AnswerPtr>> Verification::used() const {
  if (!lookups_) return {};
  return lookups_->used();
}

std::vector<std::pair<dns::Question, dns::AnswerPtr>> Verification::usedBySpf() const {
  if (!spf_) return {};
  return spf_->used();
}

void Verification::abandon() noexcept {
  if (!std::exchange(begun_, false)) return;
  {
    const std::lock_guard lock(interruptMutex_);
    interruptible_.reset();
  }
  spf_.reset();
  lookups_.reset();
  // Idle connections are many: they hold nothing of the message before.
  verdict_ = Verdict();
  header_.clear();
  mechanisms_->work.reset();
  mechanisms_->bodies.reset();
  mechanisms_->dkim.reset();
  mechanisms_->arc.reset();
}

void Verification::interrupt() noexcept {
  std::shared_ptr<dns::Mailbox> mailbox;
  {
    const std::lock_guard lock(interruptMutex_);
    mailbox = interruptible_.lock();
  }
  if (mailbox) mailbox->close();
}

}  // namespace alignd
