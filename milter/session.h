// One connection of the MTA: collects what it says, and at end of message judges, cleans, stamps, acts and
// logs.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "milter/arrival.h"
#include "milter/mta.h"
#include "milter/removals.h"
#include "milter/services.h"
#include "verifier/policy/decision.h"
#include "verifier/policy/facts.h"
#include "verifier/verification.h"

namespace alignd::milter {

/// What the MTA is answered at end of message.
enum class Answer { Accept, Reject, TempFail };

/// How the MTA speaks, found out at negotiation.
struct Dialect {
  bool leadingSpace = true;  // SMFIP_HDR_LEADSPC: values come with the blank behind the colon
};

/// Owned by libmilter's context alone, which calls it from one thread at a time, though not always the same.
class Session {
 public:
  Session(Services& services, Dialect dialect);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// `name` as the MTA verified it. No address: unknown, or, with `local`, submitted on the machine itself.
  void connect(std::string_view name, std::optional<IpAddress> address, bool local);
  void helo(std::string_view argument);
  /// `path` with or without angle brackets; `parameters` as "SMTPUTF8", "BODY=8BITMIME".
  void mailFrom(std::string_view path, std::span<const std::string_view> parameters, Mta& mta);
  void recipient(std::string_view path);
  /// Value as the MTA hands it over: folds as LF, with or without the leading blank (see Dialect).
  void field(std::string_view name, std::string_view value);
  void endOfHeader();
  /// After endOfHeader: false when nothing needs the body.
  bool wantsBody() const;
  void body(std::span<const std::byte> chunk);
  /// Waits for DNS if it must, then does everything that is to be done with the message.
  Answer endOfMessage(Mta& mta);
  /// The message ends here, the connection does not.
  void abort() noexcept;

  /// An error in a callback that cannot be answered: the message ends with a temporary failure, and outside of a message
  /// all that follow on this connection do. Who the client is was not taken down then: judged as nobody's, their SPF would
  /// be `none`.
  void spoil() noexcept {
    spoiled_ = true;
    clientLost_ = clientLost_ || !inMessage_;
  }

 private:
  struct Timing;
  void beginMessage(Time now, UnixTime wall, std::string mailFrom, bool smtputf8);
  void endMessage() noexcept;
  std::size_t bodyRoom() const;
  Timing waitForAnswers();
  bool failingForLong(const Verdict& verdict);
  bool stamp(Mta& mta, const Verdict& verdict, const policy::Decision& decision);
  Answer act(Mta& mta, const Verdict& verdict, const policy::Decision& decision);
  void report(const Verdict& verdict, const policy::Facts& facts, const policy::Decision& decision,
              const Timing& timing);
  void warnOfHiddenClients(const Verdict& verdict);
  void spoolFailure(const Verdict& verdict, const policy::Decision& decision);

  Services& services_;
  Dialect dialect_;
  Client client_;
  bool local_ = false;
  bool clientLost_ = false;

  // Of the message at hand.
  std::shared_ptr<const Runtime> runtime_;
  std::shared_ptr<dns::Resolver> resolver_;  // that verification_ asks
  std::unique_ptr<Verification> verification_;
  Arrival arrival_;
  Removals removals_;
  std::vector<std::string> recipients_;
  std::string queueId_;
  std::string value_;      // the field at hand, rebuilt; capacity kept
  std::string line_;       // the verdict line; capacity kept
  std::string shownBody_;  // the beginning of the body, where failure reports may show it
  Time started_{};
  bool inMessage_ = false;
  bool headerEnded_ = false;
  bool spoiled_ = false;
};

}  // namespace alignd::milter
