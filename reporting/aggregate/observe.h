// What a report says of one message: RFC 9990 section 3.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/aggregate/row.h"
#include "reporting/log/message.h"
#include "reporting/options.h"

namespace alignd::reporting {

/// Why a message stands in no report.
enum class Unreported {
  No,          // it does
  Exempt,      // not evaluated: own networks, authenticated ...
  NoAddress,   // the client is not known
  NoPolicy,    // no DMARC policy record, or its results were taken over from another host
  NoRua,       // the policy asks for no reports
  Deferred,    // refused for now: it comes again
  OwnReport,   // our own report mail
  ReportMail,  // that of another receiver
  Malformed,   // a word that no verdict has
};
std::string_view unreportedWord(Unreported why);

struct Observation {
  Unreported why = Unreported::No;
  PublishedPolicy policy;        // for No and NoRua
  std::vector<std::string> rua;  // as published, size limits included
  std::string error;             // what was wrong with the record; empty when nothing
  Row row;                       // for No
};

Observation observe(const LoggedMessage& message, const Options& options);

}  // namespace alignd::reporting
