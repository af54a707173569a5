// Everything alignd knows of a message when it decides. Filled by Verification, read by policy, report and
// authres.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dns/data/address.h"
#include "dns/data/time.h"
#include "verifier/arc/result.h"
#include "verifier/dkim/result.h"
#include "verifier/dmarc/result.h"
#include "verifier/message/author.h"
#include "verifier/spf/result.h"
#include "verifier/work.h"

namespace alignd {

/// Why a session is not evaluated (DESIGN.md decision 12); it is cleaned and stamped all the same.
enum class Exemption { None, TrustedNetwork, Authenticated, LocalSubmission, Network, Recipient };

/// Who sent the message to us: the connection as the MTA told it, or, behind a relay of ours, what the relay's
/// Received field says of it (then only addresses are known).
struct Client {
  std::optional<IpAddress> address;  // none: local, or unknown to the MTA
  bool local = false;                // submitted on the machine itself, without a connection
  std::optional<IpAddress> relay;    // of ours that handed the message on: `address` is its client
  std::string name;                  // reverse name as the MTA verified it; may be empty
  std::string helo;                  // last HELO or EHLO argument
  std::string authenticatedUser;     // {auth_authen}; empty when not authenticated
  std::string authenticationType;    // {auth_type}
};

/// The envelope.
struct Envelope {
  std::string mailFrom;                 // without angle brackets; "" is the null path
  std::vector<std::string> recipients;  // without angle brackets
  bool smtputf8 = false;
};

/// iprev of RFC 8601 section 3.
struct IprevResult {
  enum class Status { Pass, Fail, TempError, PermError } status = Status::PermError;
  std::string text;
  std::optional<IpAddress> address{};  // that was checked
};

/// Some of the methods that a message is judged by.
struct Methods {
  bool iprev = false;
  bool spf = false;
  bool dkim = false;
  bool arc = false;
  bool dmarc = false;

  static constexpr Methods all() { return {true, true, true, true, true}; }
  bool any() const { return iprev || spf || dkim || arc || dmarc; }
  /// Those that are not among `others`.
  constexpr Methods without(const Methods& others) const {
    return {iprev && !others.iprev, spf && !others.spf, dkim && !others.dkim, arc && !others.arc,
            dmarc && !others.dmarc};
  }
};

/// What another host of ours found, and was not evaluated here (authres/upstream.h).
struct TakenOver {
  std::string from;  // its authserv-id, as it wrote it
  Methods methods;
};

struct Verdict {
  Client client;
  Envelope envelope;
  Exemption exemption = Exemption::None;
  message::Author author;
  std::string messageId;    // as the message says (message/message_id.h)
  std::string listId;       // as the message says (message/list_id.h)
  bool reportMail = false;  // a report of another receiver, as it says (message/report_mail.h)
  std::optional<IprevResult> iprev;
  std::optional<spf::Result> spf;      // MAIL FROM identity (postmaster@HELO for the null path)
  std::optional<spf::Result> spfHelo;  // HELO identity, when it was checked
  dkim::Result dkim;
  arc::Result arc;
  dmarc::Result dmarc;
  TakenOver takenOver;
  UnixTime received{};
  // What it took
  std::size_t dnsQuestions = 0;
  std::size_t reRuns = 0;
  Work work;                    // of all methods
  bool workRefused = false;     // some of it was left undone: it would have been too much
  bool deadlineMissed = false;  // some answer did not come within the budget
  std::size_t bodyBytes = 0;
  std::size_t headerBytes = 0;
  bool headerTruncated = false;  // over the header cap: the rest was not looked at
};

}  // namespace alignd
