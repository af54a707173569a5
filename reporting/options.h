// What an operator can choose about reports: `[reports]` of alignd.toml.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace alignd::reporting {

enum class Tls { Never, WhereOffered, Always };

struct Options {
  // Who reports. Nothing is made or sent until all three are set.
  std::string orgName;           // org_name
  std::string email;             // contact, From and envelope sender of report mail
  std::string domain;            // the submitter: in file names, Subject and Message-ID
  std::string extraContactInfo;  // a page or a phone number; may be empty

  /// A file for SQLite, or "postgresql://..." for a fleet.
  std::string store = "/var/lib/alignd/reports.db";
  /// Days, reports and what became of them are forgotten after this.
  std::chrono::seconds keep = std::chrono::hours(24 * 30);
  /// Verdict lines that are older when they are collected are not counted.
  std::chrono::seconds maxAge = std::chrono::hours(24 * 3);
  /// How long after the end of a day its reports are made: until then its last lines are collected.
  std::chrono::seconds settle = std::chrono::hours(1);

  bool envelopeTo = false;          // tell recipient domains
  bool ownDomain = false;           // report to ourselves too
  std::size_t minimumMessages = 1;  // fewer in a day: no report
  std::size_t maxRecords = 50'000;  // in one report; what is over goes into records without signatures
  std::size_t maxSize = std::size_t{10} << 20U;  // octets of one attached file; larger reports are split
  std::size_t maxDestinations = 5;               // of one policy
  std::size_t hostCap = 1000;                    // mails to one destination host for one day
  /// Policy domains and destinations ("example.org", "*.example.org"). `only` empty: all.
  std::vector<std::string> only;
  std::vector<std::string> never;

  /// "smtp://host:port" or "smtps://host:port"; or the sendmail program when `sendmail` is set.
  std::string smtp = "smtp://127.0.0.1:25";
  std::string sendmail;
  Tls tls = Tls::WhereOffered;
  std::string caFile;        // who signs the MTA's certificate; empty: the system's authorities
  std::string user;          // SMTP AUTH; empty: none
  std::string passwordFile;  // its first line
  std::chrono::seconds timeout{60};
  std::chrono::seconds spread = std::chrono::hours(4);     // the window that mails are spread over
  std::chrono::seconds retryFor = std::chrono::hours(48);  // temporary failures
  std::string metricsFile;                                 // for node_exporter; empty: none

  /// Failure reports (RFC 9991). The daemon writes what alignd-report sends; the only part of this that it reads.
  bool failure = false;
  std::string failureSpool = "/var/lib/alignd/failures";  // a folder that both may write
  std::size_t failureFiles = 1000;                        // in it at most
  std::size_t failureSize = std::size_t{16} << 20U;       // octets in it at most
  std::size_t failureRate = 20;  // an hour: messages of one policy domain, mails to one destination host
  bool failureRedact = true;     // local parts, names and whatever else is about people
  std::vector<std::string> failureFields;  // shown as they came all the same ("Subject")
  std::size_t failureBody = 0;             // octets of a text body that are shown; 0: never any

  bool identified() const { return !orgName.empty() && !email.empty() && !domain.empty(); }
};

}  // namespace alignd::reporting
