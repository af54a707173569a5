// A failure report as mail: RFC 9991, RFC 6591, RFC 5965.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reporting/failure/record.h"

namespace alignd::reporting {

struct FailureMail {
  std::string from;            // address
  std::string fromName;        // org_name
  std::string to;              // address
  std::string domain;          // who reports
  std::string id;              // of the report
  std::int64_t incidents = 1;  // messages like this one
  std::int64_t date = 0;       // seconds since 1970
};

/// The message in US-ASCII with CRLF line ends; the same Message-ID however often it is sent.
std::string composeFailure(const FailureMail& mail, const FailureRecord& record);

}  // namespace alignd::reporting
