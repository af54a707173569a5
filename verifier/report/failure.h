// What a failure report tells of one message (RFC 9991, RFC 6591), as the file that waits in the spool.
//
// The file: one line of JSON, the fields of message/feedback-report, the header fields that are shown, the text that is
// shown of the body. The JSON says how long each part is, where reports are wanted (ruf) and for whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/message/header_block.h"
#include "verifier/policy/decision.h"
#include "verifier/report/redact.h"
#include "verifier/verdict.h"

namespace alignd::report {

/// Which report the policy asks for with fo (RFC 9989 section 4.7).
enum class FailureKind {
  None,
  Dmarc,  // fo=0, fo=1
  Dkim,   // fo=d: a signature failed
  Spf,    // fo=s
};

/// Of this message: None, too, without ruf, for psd=y (RFC 9991 section 2), where the result may be another when the
/// message comes again, and for reports, bounces and other mail that an answer could go round in circles with.
FailureKind wantedFailure(const Verdict& verdict);

/// True when the beginning of the body may be shown: plain text that is not encoded (RFC 9991 section 7: no attachments).
bool mayShowBody(const message::HeaderBlock& header);

struct FailureOptions {
  RedactOptions header;
  std::size_t body = 0;  // octets of it that are shown
};

struct FailureContext {
  std::int64_t time = 0;          // seconds since 1970, UTC
  std::string_view queueId;       // may be empty
  std::string_view authservId;    // who judged
  std::string_view body;          // its beginning; looked at when mayShowBody() and options.body > 0
  std::string_view redactionKey;  // secret
  /// Domain and text of the SPF records that were used.
  std::vector<std::pair<std::string, std::string>> spfRecords;
};

/// The file's content: US-ASCII, at most about 200 KiB.
std::string failureRecord(FailureKind kind, const Verdict& verdict, const policy::Decision& decision,
                          const message::HeaderBlock& header, const FailureOptions& options,
                          const FailureContext& context);

}  // namespace alignd::report
