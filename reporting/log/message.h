// One message as its verdict line tells of it: what reports and summaries need, typed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace alignd::reporting {

/// Members are named as in alignd-verdicts(5); what the line leaves out is empty, false or 0.
struct LoggedSignature {
  std::string result;
  std::string domain;    // d
  std::string selector;  // s
  std::string reason;    // one word
  std::string text;      // the same for a person
};

struct LoggedSpf {
  std::string result;
  std::string domain;
  std::string reason;
  bool nullPath = false;
};

struct LoggedIdentifier {
  std::string kind;  // "spf" or "dkim"
  std::string domain;
  std::string selector;
  bool passed = false;
  bool aligned = false;
};

/// One name of the DMARC walk.
struct LoggedStep {
  std::string name;
  std::string answer;
  std::string record;
  std::string problem;
};

struct LoggedDmarc {
  std::string result;
  std::string reason;
  std::string policyDomain;  // empty: no policy, or it was taken over from another host
  std::string p, sp, np;     // sp and np: empty when not published
  std::string policy;        // the value that applies
  std::string disposition;   // after t=y
  std::string adkim, aspf, fo;
  std::string method;
  bool testing = false;
  bool discoveryFailed = false;
  bool psd = false;  // psd=y
  bool alignedSpf = false;
  bool alignedDkim = false;
  std::vector<std::string> rua;
  std::vector<std::string> ruf;
  std::vector<LoggedIdentifier> identifiers;
  std::vector<LoggedStep> walk;
};

/// One set of the ARC chain.
struct LoggedSet {
  std::int64_t instance = 0;
  std::string domain;  // of the seal
  std::string selector;
  bool messagePasses = false;  // its ARC-Message-Signature, ams
  bool vouches = false;        // it says that the author's domain was authenticated
};

struct LoggedMessage {
  std::int64_t timeMs = 0;  // since 1970, UTC
  std::string host;         // that wrote the line: its own word, else the journal's; empty when neither says
  std::string queueId;
  std::string client;
  std::string helo;
  std::string mailFrom;
  std::vector<std::string> recipientDomains;
  std::string exempt;
  std::string from;
  std::string fromProblem;
  std::string why;      // one word
  std::string remedy;   // who can mend it, and how
  std::string listId;   // of the List-Id field
  bool report = false;  // it says that it is a report of another receiver
  bool hasSpf = false;
  LoggedSpf spf;
  bool hasSpfHelo = false;
  LoggedSpf spfHelo;
  std::vector<LoggedSignature> dkim;
  std::string arc;  // its result
  std::vector<LoggedSet> arcSets;
  std::int64_t arcTrustedInstance = 0;
  bool arcTrustedPass = false;
  bool arcTrustedTransient = false;
  bool hasDmarc = false;
  LoggedDmarc dmarc;
  std::string action;
  std::string would;
  std::string cause;
  std::string rule;
  std::string overrideType;
  std::string overrideComment;
  bool persistentFailure = false;
  std::uint64_t removedResults = 0;  // removed_ar
  std::int64_t dnsMs = 0;            // whole milliseconds
};

}  // namespace alignd::reporting
