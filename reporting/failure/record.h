// What the daemon left of one message, for a failure report (verifier/report/failure.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace alignd::reporting {

/// A larger file is none of the daemon's.
inline constexpr std::size_t kMaxFailure = std::size_t{512} << 10U;

struct FailureRecord {
  std::int64_t time = 0;     // of the message, seconds since 1970
  std::string policyDomain;  // where the policy was found
  std::string from;          // the author domain
  std::string client;        // address; may be empty
  bool redacted = true;
  std::vector<std::string> ruf;
  std::string feedback;  // fields of message/feedback-report, each with its CRLF
  std::string header;    // fields that are shown of the message
  std::string body;      // what is shown of its text; as a rule nothing
};

/// The record, or why the file is none: torn, of another version, or with octets that no record has.
std::variant<FailureRecord, std::string> readFailure(std::string_view file);

/// What reports about the same failure of the same mail stream have in common (RFC 9991 section 8.1).
std::string similarity(const FailureRecord& record);

}  // namespace alignd::reporting
