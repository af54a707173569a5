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
  bool psd = false;  // psd=y
  bool alignedSpf = false;
  bool alignedDkim = false;
  std::vector<std::string> rua;
  std::vector<std::string> ruf;
  std::vector<LoggedIdentifier> identifiers;
  std::vector<LoggedStep> walk;
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
  bool hasSpf = false;
  LoggedSpf spf;
  std::vector<LoggedSignature> dkim;
  std::string arc;  // its result
  bool hasDmarc = false;
  LoggedDmarc dmarc;
  std::string action;
  std::string would;
  std::string cause;
  std::string rule;
  std::string overrideType;
  std::string overrideComment;
};

}  // namespace alignd::reporting
