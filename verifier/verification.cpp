#include "verifier/verification.h"

#include <utility>

#include "dns/ascii.h"
#include "verifier/iprev/iprev.h"

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

Verification::Verification(std::shared_ptr<const VerificationOptions> options,
                           std::shared_ptr<dns::Resolver> resolver, dns::ProgressThread& progress)
    : options_(std::move(options)),
      resolver_(std::move(resolver)),
      progress_(progress),
      dkim_(options_->dkim),
      arc_(options_->arc) {}

Verification::~Verification() {
  abandon();
}

void Verification::use(std::shared_ptr<const VerificationOptions> options) {
  if (options == options_) return;
  options_ = std::move(options);
  dkim_ = dkim::MessageVerifier(options_->dkim);
  arc_ = arc::ChainVerifier(options_->arc);
}

void Verification::begin(Client client, std::string mailFrom, bool smtputf8, Exemption exemption, Time now,
                         UnixTime wall) {
  abandon();
  verdict_ = Verdict();
  verdict_.client = std::move(client);
  verdict_.envelope.mailFrom = std::move(mailFrom);
  verdict_.envelope.smtputf8 = smtputf8;
  verdict_.exemption = exemption;
  verdict_.received = wall;
  header_.clear();
  seenHeaderBytes_ = 0;
  bodyHashes_.reset();
  dkim_.reset();
  arc_.reset();
  deadline_ = now + options_->dnsTime;
  if (exempted()) return;

  lookups_.emplace(resolver_, options_->budget);
  lookups_->setNow(now);
  {
    const std::lock_guard lock(interruptMutex_);
    interruptible_ = lookups_->mailbox();
  }
  if (verdict_.client.address) {
    spf::Request request;
    request.client = *verdict_.client.address;
    request.helo = verdict_.client.helo;
    request.mailFrom = verdict_.envelope.mailFrom;
    request.now = wall;
    request.smtputf8 = smtputf8;
    spf_ = spf::Run::start(std::move(request), options_->spf, resolver_, options_->budget, deadline_,
                           progress_, lookups_->mailbox(), now);
  }
  askPolicyAhead();
}

// The envelope domain is usually the author's: its record is asked while the message is still on its way.
void Verification::askPolicyAhead() {
  const std::string& path = verdict_.envelope.mailFrom;
  const auto at = path.rfind('@');
  if (at == std::string::npos) return;
  const auto domain = dns::Name::parse(std::string_view(path).substr(at + 1));
  if (!domain || domain->isRoot()) return;
  if (const auto name = domain->under("_dmarc")) lookups_->ask({*name, dns::Type::TXT});
}

void Verification::recipient(std::string_view address) {
  verdict_.envelope.recipients.emplace_back(address);
}

void Verification::field(const message::RawField& field, Time now) {
  seenHeaderBytes_ += field.name.size() + field.value.size() + 3;  // colon and CRLF
  if (seenHeaderBytes_ > options_->maxHeaderBytes) {
    verdict_.headerTruncated = true;
    return;
  }
  header_.add(field);
  if (exempted()) return;
  lookups_->setNow(now);
  const std::size_t index = header_.size() - 1;
  dkim_.field(header_, index, *lookups_);
  arc_.field(header_, index, *lookups_);
}

void Verification::endOfHeader(Time now) {
  verdict_.headerBytes = seenHeaderBytes_;
  if (exempted()) return;
  lookups_->setNow(now);
  verdict_.author = message::findAuthor(header_);
  // What lies beyond the cap may hold another From: nobody can say who the author is.
  if (verdict_.headerTruncated) {
    verdict_.author.problem = message::AuthorProblem::TooLong;
    verdict_.author.domain.clear();
  }
  if (!verdict_.author.ambiguous()) dmarc::askAhead(verdict_.author.domain, *lookups_);
  dkim_.endOfHeader(header_, verdict_.author, bodyHashes_, *lookups_);
  arc_.endOfHeader(header_, bodyHashes_, *lookups_);
}

bool Verification::wantsBody() const {
  return !exempted() && bodyHashes_.wantsBody();
}

void Verification::body(std::span<const std::byte> chunk) {
  verdict_.bodyBytes += chunk.size();
  if (!exempted()) bodyHashes_.feed(chunk);
}

bool Verification::spfReady() {
  return !spf_ || spf_->done();
}

std::vector<dmarc::IdentifierInput> Verification::possibleIdentifiers() const {
  std::vector<dmarc::IdentifierInput> out;
  if (spf_ && spf_->done()) out.push_back(identifierOf(spf_->mailFrom(), options_->spf));
  for (const auto& candidate : dkim_.candidates()) {
    dmarc::IdentifierInput input;
    input.kind = dmarc::Identifier::Kind::Dkim;
    input.domain = candidate.domainAscii;
    input.selector = candidate.selector;
    input.state = dmarc::IdentifierState::Possible;
    out.push_back(std::move(input));
  }
  return out;
}

std::vector<dmarc::IdentifierInput> Verification::identifiers() const {
  std::vector<dmarc::IdentifierInput> out;
  if (verdict_.spf) out.push_back(identifierOf(*verdict_.spf, options_->spf));
  for (const auto& signature : verdict_.dkim.signatures) out.push_back(identifierOf(signature));
  return out;
}

bool Verification::identifiersReady() {
  return dmarc::prepared(verdict_.author, possibleIdentifiers(), options_->dmarc, *lookups_);
}

bool Verification::ready(Time now) {
  if (exempted()) return true;
  lookups_->setNow(now);
  lookups_->collect();
  ++verdict_.reRuns;
  const bool over =
      now >= deadline_ || lookups_->mailbox()->closed() || verdict_.reRuns > options_->maxReRuns;
  if (over) close();
  // Each is asked, even when one before it is not ready: what they miss is asked together.
  bool all = dkim_.ready(*lookups_);
  all = arc_.ready(*lookups_) && all;
  if (options_->iprev && verdict_.client.address) {
    all = iprev::evaluate(*verdict_.client.address, *lookups_).has_value() && all;
  }
  const bool spf = spfReady();
  all = spf && all;
  // Which identifiers there are is known when SPF is done.
  if (spf) all = identifiersReady() && all;
  return all || over;
}

void Verification::wait() {
  if (exempted()) return;
  lookups_->wait(deadline_);
}

void Verification::close() {
  if (!lookups_ || lookups_->closed()) return;
  verdict_.deadlineMissed = true;
  if (spf_) spf_->close();
  lookups_->close();
}

Verdict Verification::finish(Time now) {
  if (exempted()) return std::move(verdict_);
  if (!ready(now)) close();
  if (spf_) {
    verdict_.spf = spf_->mailFrom();
    verdict_.spfHelo = spf_->helo();
  }
  if (options_->iprev && verdict_.client.address) {
    verdict_.iprev = iprev::evaluate(*verdict_.client.address, *lookups_);
  }
  bodyHashes_.finish();
  verdict_.dkim =
      dkim_.finish(header_, bodyHashes_, *lookups_, verdict_.envelope.recipients, verdict_.received);
  auto dmarc = dmarc::evaluate(verdict_.author, identifiers(), options_->dmarc, *lookups_);
  if (!dmarc) {  // something that was not to be foreseen: never wait here
    close();
    dmarc = dmarc::evaluate(verdict_.author, identifiers(), options_->dmarc, *lookups_);
  }
  if (dmarc) verdict_.dmarc = std::move(*dmarc);
  verdict_.arc = arc_.finish(header_, bodyHashes_, *lookups_, verdict_.author, verdict_.received);
  verdict_.dnsQuestions = lookups_->asked() + (spf_ ? spf_->asked() : 0);
  return std::move(verdict_);
}

void Verification::abandon() {
  {
    const std::lock_guard lock(interruptMutex_);
    interruptible_.reset();
  }
  spf_.reset();
  lookups_.reset();
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
