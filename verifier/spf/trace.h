// What an evaluation did, for people who want to follow it (alignd-check). Absent, it costs one null test a
// step.
#pragma once

#include <string>
#include <vector>

#include "dns/data/answer.h"
#include "verifier/spf/result.h"

namespace alignd::spf {

struct TraceLookup {
  dns::Question question;
  dns::Status status = dns::Status::NoData;
  std::vector<std::string> values;  // addresses, exchanges, names; no TXT. Foreign octets unescaped
  std::string chain;                // dns::chainText
};

struct TraceRecord;

struct TraceTerm {
  std::string text;     // as written
  std::string target;   // the name its domain-spec expands to; empty when it has none
  std::string outcome;  // "match", "no match", "temperror", "permerror"
  int terms = 0;        // counts after it, against the limits of RFC 7208 section 4.6.4
  int voids = 0;
  std::vector<TraceLookup> lookups;
  std::vector<TraceRecord> inner;  // of include and redirect: none or one
};

struct TraceRecord {
  std::string domain;
  std::string text;    // the SPF record; empty when there is none
  std::string reason;  // why there is none, or why it is not evaluated
  TraceLookup lookup;
  std::vector<TraceTerm> terms;  // those that were evaluated; redirect among them
  Status status = Status::None;
};

/// Filled by evaluate(); starts anew with each run of it.
class Trace {
 public:
  const TraceRecord& root() const { return root_; }

  void clear();
  void openRecord(const std::string& domain);
  void recordFound(const std::string& text);
  void closeRecord(Status status);
  void notEvaluated(const std::string& reason);
  void openTerm(std::string_view text);
  void target(const std::string& name);
  void closeTerm(std::string_view outcome, int terms, int voids);
  void lookup(const dns::Answer& answer);

 private:
  TraceRecord root_;
  // Open ones, outermost first. An element stays where it is while it is open: its siblings come later.
  std::vector<TraceRecord*> records_;
  std::vector<TraceTerm*>
      terms_;  // as many as records_, or one fewer when the innermost record has none open
};

}  // namespace alignd::spf
