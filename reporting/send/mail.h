// Report mail: RFC 9990 section 3.5.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reporting/report/mail_text.h"

namespace alignd::reporting {

struct ReportMail {
  std::string from;      // address
  std::string fromName;  // org_name
  std::string to;        // address
  std::string domain;    // submitter
  std::string reportId;
  std::string subject;
  std::string about;  // the policy domain
  std::string day;    // for people
  std::string fileName;
  std::string_view attachment;  // gzip
  std::int64_t date = 0;        // seconds since 1970
};

/// The message with CRLF line ends. The same report gives the same Message-ID, file name and Subject however often it is
/// sent. `fromName` may hold any UTF-8.
std::string compose(const ReportMail& mail);

/// Lines of 76.
std::string base64Lines(std::string_view octets);

}  // namespace alignd::reporting
