// Which events of the MTA are answered. Each answer costs as much as hashing 16 KiB, and answers to all of them three
// times a message; on TCP none at the right place costs 40 ms.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace alignd::milter {

enum class MtaKind { Unknown, Postfix, Sendmail, Other };

/// By the macro v: Postfix puts its name before its version; Sendmail's is a number, "8.17.1.9/...". Nothing: Unknown.
MtaKind kindOf(std::string_view version);

struct Answers {
  bool recipients = false;
  bool data = false;
  bool body = true;  // SMFIP_SKIP is possible then
  friend bool operator==(const Answers&, const Answers&) = default;
};

/// For a connection of an MTA of this kind; `dataEvent`: it tells milters of DATA, when they want it.
///
/// The body. With answers there can be a "skip", once no signature needs it; but most mail is signed: none where it is
/// known that nothing depends on them. libmilter would wait for ever in an MTA that sends the last piece together with
/// the end of message, which Postfix and Sendmail do not.
///
/// TCP. It is about delayed acknowledgements (40 ms), for which the MTA's kernel keeps small segments back (Nagle's
/// algorithm, RFC 896). Our kernel delays them on a connection on which we have answered, as we have the negotiation.
/// - Postfix gathers events. What it says of the envelope gets an answer at its last event, and so does not stand
///   unacknowledged when the header follows. An MTA that has no DATA event for milters gets it at each recipient.
/// - Sendmail writes macros and events one by one: whatever follows an answer waits. Without any answer our kernel,
///   after its first delay, acknowledges each as we read it.
Answers answersFor(MtaKind kind, bool overTcp, bool dataEvent);

/// What an MTA offers at negotiation, of which alone it can be known then.
struct Offer {
  unsigned long actions = 0;
  unsigned long steps = 0;
  friend auto operator<=>(const Offer&, const Offer&) = default;
};

/// What connections have said of their MTAs, after their negotiation: for the negotiation of the next ones that offer the
/// same. Any thread.
class KnownMtas {
 public:
  void seen(Offer offer, MtaKind kind);
  /// Unknown before anyone has said; Other once two kinds have: what suits all is right then.
  MtaKind kindOf(Offer offer) const;

 private:
  static constexpr std::size_t kMost = 16;  // offers; more are not kept
  mutable std::mutex mutex_;
  std::map<Offer, MtaKind> kinds_;
};

}  // namespace alignd::milter
