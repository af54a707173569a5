// All that an operator can choose, typed, with its defaults. The structs of other rooms are theirs; here are
// the daemon's own, and all of them together.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "dns/data/address.h"
#include "dns/engine/options.h"
#include "reporting/options.h"
#include "verifier/authres/options.h"
#include "verifier/options.h"
#include "verifier/policy/options.h"
#include "verifier/report/local_parts.h"

namespace alignd::conf {

/// `[milter]`: how the MTA reaches us.
struct Milter {
  /// "unix:/path", "inet:port@host" or "inet6:port@host". The default is where a chrooted Postfix reaches it, and
  /// where nobody else does: the folder is of group postfix.
  std::string socket = "unix:/var/spool/postfix/alignd/alignd.sock";
  /// Of a unix socket: its mode, and the group that it is given (empty: the process's own).
  unsigned socketMode = 0660;
  std::string socketGroup;
  /// Connections that may wait to be accepted.
  int backlog = 1024;
  /// How long the MTA may be silent on a connection. libmilter's own default.
  std::chrono::seconds idleTime{7210};
  /// The largest packet of the milter protocol: one header field has to fit.
  std::size_t packet = std::size_t{4} << 20U;
  /// How long messages in flight may take to end after SIGTERM.
  std::chrono::milliseconds stopTime{5000};
};

/// `[authentication_results]`, beside authres::Options.
struct AuthenticationResults {
  authres::Options field;
  /// When not empty, removed fields are kept under this name, at the end of the header.
  std::string keepRemovedAs;
};

/// `[trust]`: who is not evaluated, but cleaned and stamped all the same (DESIGN.md decision 12).
struct Trust {
  /// This machine itself (127.0.0.0/8 and ::1), beside `networks`: cron's mail is ours.
  bool loopback = true;
  /// Networks of our own: their mail is ours.
  std::vector<Network> networks;
  /// Sessions that authenticated ({auth_type}).
  bool authenticated = true;
  /// Mail that was submitted on the machine itself, without a connection.
  bool localSubmission = true;
  /// Foreign networks that are not to be evaluated.
  std::vector<Network> exemptNetworks;
  /// Addresses, or domains as "@example.org": when all recipients are listed, the message is not evaluated.
  std::vector<std::string> exemptRecipients;
  /// Hosts of ours that hand on the mail of others: whose it is, their Received field says.
  std::vector<Network> relays;
  /// Border hosts of ours, and the authserv-ids that they stamp with.
  std::vector<Network> upstreamNetworks;
  std::vector<std::string> upstreamIds;
  /// What is taken over from their Authentication-Results: any of "iprev", "spf", "dkim", "arc", "dmarc". With
  /// none, their field is left as it is, and we add none of our own.
  std::vector<std::string> upstreamMethods;
  /// Warn after so many messages in a row that all came from trusted networks; 0: never.
  std::size_t warnAfter = 1000;
};

/// `[dmarc]`, beside dmarc::Options.
struct Dmarc {
  /// File for organizational_domain = "psl" and "compare"; "builtin": the list that libpsl was built with.
  std::string publicSuffixList = "builtin";
};

enum class VerdictFormat { Json, KeyValue };
enum class LogLevel { Debug, Info, Warning, Error };
enum class Facility { Mail, Daemon, Local0, Local1, Local2, Local3, Local4, Local5, Local6, Local7 };

/// `[log]`
struct Log {
  /// "stderr", "stdout", "syslog", "journal", "none", or a path.
  std::string verdicts = "stderr";
  VerdictFormat format = VerdictFormat::Json;
  report::LocalParts localParts = report::LocalParts::Keep;
  /// File with the key of their hashes; "": the process makes one for itself.
  std::string localPartsKeyFile;
  /// What the daemon has to say about itself: "stderr" or "syslog".
  bool operationalToSyslog = false;
  LogLevel level = LogLevel::Info;
  Facility facility = Facility::Mail;
};

/// `[metrics]`
struct Metrics {
  /// "" (off), "unix:/path", "inet:port@127.0.0.1" or "inet6:port@::1". Loopback only.
  std::string listen;
};

struct Settings {
  Milter milter;
  AuthenticationResults authenticationResults;
  Trust trust;
  dns::Options dns;
  VerificationOptions verification;
  Dmarc dmarc;
  policy::Options policy;  // its `spf` is that of `verification`
  Log log;
  Metrics metrics;
  reporting::Options reports;  // read by alignd-report, not by the daemon
};

}  // namespace alignd::conf
