// One message, from MAIL FROM to its Verdict: joins SPF, DKIM, ARC and DMARC. Fed in arrival order, asks DNS
// at the earliest moment, never waits except in wait().
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/table/lookups.h"
#include "dns/table/progress.h"
#include "verifier/authres/upstream.h"
#include "verifier/dmarc/evaluate.h"
#include "verifier/options.h"
#include "verifier/spf/run.h"
#include "verifier/verdict.h"

namespace alignd {

/// What stands in the header and is not known yet at MAIL FROM.
struct Awaited {
  /// The client is a relay of ours: whose message it hands on, cameFrom() says. SPF waits for it.
  bool client = false;
  /// A border host of ours may have judged these: they wait for takeOver().
  Methods methods{};
};

/// Reused from message to message of a connection. Belongs to the thread that works on the message;
/// interrupt() alone may be called by others.
class Verification {
 public:
  /// `progress` drives SPF between callbacks and must outlive this object.
  Verification(std::shared_ptr<const VerificationOptions> options, std::shared_ptr<dns::Resolver> resolver,
               dns::ProgressThreads& progress);
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;
  ~Verification();

  /// For the next message: new settings, after a reload.
  void use(std::shared_ptr<const VerificationOptions> options);

  /// MAIL FROM: forgets the message before, starts SPF. An exempt message is not evaluated, but its fields
  /// are kept so that they can be cleaned. `mailFrom` without angle brackets, "" for the null path; `wall` is
  /// the arrival time. What is `awaited` is begun when it is known; at endOfHeader() at the latest.
  void begin(Client client, std::string mailFrom, bool smtputf8, Exemption exemption, Time now, UnixTime wall,
             Awaited awaited = {});
  void recipient(std::string_view address);
  /// One header field as it came. Fields beyond the header cap are counted, not kept.
  void field(const message::RawField& field, Time now);
  /// Before endOfHeader, when the client was awaited: who gave the message to the relay. Nothing: that cannot be
  /// told, and SPF is `none`.
  void cameFrom(std::optional<IpAddress> address, Time now);
  /// Before endOfHeader, when methods were awaited: these results are taken as they are, every other awaited
  /// method is evaluated. Not dmarc when its author is not the one of this message, or when that is ambiguous.
  void takeOver(authres::Upstream upstream, Time now);
  void endOfHeader(Time now);
  /// After endOfHeader: false when no signature needs the body (SMFIP_SKIP).
  bool wantsBody() const;
  void body(std::span<const std::byte> chunk);

  /// After endOfHeader: true when finish() would have everything it needs. Runs what can run, no crypto. After the deadline, or
  /// an interrupt, missing answers are taken as timeouts.
  bool ready(Time now);
  /// Sleeps until something that ready() missed has come, until the deadline or an interrupt.
  void wait();
  /// When the DNS budget of this message ends.
  Time deadline() const { return deadline_; }
  /// The verdict; all crypto is done here. Never waits: what is missing counts as a timeout. Once a message; what it gives
  /// is valid until begin() or abandon().
  const Verdict& finish(Time now);
  /// The message is gone, or dealt with: nothing of it is held any longer.
  void abandon() noexcept;

  /// Any thread: ends the waiting of the message at hand as its deadline would.
  void interrupt() noexcept;

  /// The questions that were needed, and what DNS said. After finish(), until begin() or abandon().
  std::vector<std::pair<dns::Question, dns::AnswerPtr>> used() const;
  std::vector<std::pair<dns::Question, dns::AnswerPtr>> usedBySpf() const;

  /// The fields as they came, for cleaning. Valid until begin() or abandon().
  const message::HeaderBlock& header() const { return header_; }
  /// Exempt from evaluation after all, on account of the recipients: before endOfHeader.
  void exempt(Exemption exemption);
  bool exempted() const { return verdict_.exemption != Exemption::None; }

 private:
  struct Mechanisms;  // what is made anew when the settings change

  void startSpf(Time now);
  void readSignatures(std::size_t index, const Methods& of);
  void checkTakenPolicy();
  Methods take(authres::Upstream upstream, const Methods& of);
  spf::Result withoutClient() const;
  bool spfReady();
  bool identifiersReady();
  std::vector<dmarc::IdentifierInput> possibleIdentifiers() const;
  std::optional<dmarc::IdentifierInput> untoldSpf() const;
  std::optional<dmarc::Result> judgePolicy();
  std::vector<dmarc::IdentifierInput> identifiers() const;
  void askPolicyAhead();
  void close();

  std::shared_ptr<const VerificationOptions> options_;
  std::shared_ptr<dns::Resolver> resolver_;
  dns::ProgressThreads& progress_;

  Verdict verdict_;  // what is known so far, from whichever source
  Awaited awaited_;  // what has not come yet
  Methods here_;     // judged here; the others are awaited, or stand in the verdict as they were taken over
  Time deadline_{};
  message::HeaderBlock header_;
  std::size_t seenHeaderBytes_ = 0;
  bool ready_ = false;  // ready() has said so: it stays so
  bool begun_ = false;  // something of a message is held
  std::unique_ptr<Mechanisms> mechanisms_;
  std::optional<dns::Lookups> lookups_;
  std::shared_ptr<spf::Run> spf_;

  std::mutex interruptMutex_;  // guards interruptible_ alone
  std::weak_ptr<dns::Mailbox> interruptible_;
};

}  // namespace alignd
