// Report mail: RFC 9990 section 3.5.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

/// "Thu, 26 Nov 2026 11:00:00 +0000"
std::string mailDate(std::int64_t seconds);
/// Lines of 76.
std::string base64Lines(std::string_view octets);
/// `text` as it may stand in a field: as it is, or as encoded-words of RFC 2047.
std::string phrase(std::string_view text);

}  // namespace alignd::reporting
