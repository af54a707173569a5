// One aggregate report: RFC 9990 section 3.1, ours or another's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reporting/aggregate/row.h"

namespace alignd::reporting {

struct Metadata {
  std::string orgName;
  std::string email;
  std::string extraContactInfo;
  std::string reportId;
  std::int64_t begin = 0;  // seconds since 1970; both inclusive
  std::int64_t end = 0;
  std::string error;
  std::string generator;
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

struct Report {
  Metadata metadata;
  PublishedPolicy policy;
  std::vector<std::pair<Row, std::int64_t>> rows;  // with their counts
  friend bool operator==(const Report&, const Report&) = default;
};

/// The XML file. Every octet of the report may come from outside: what XML 1.0 has no character for becomes U+FFFD.
std::string toXml(const Report& report);

/// Packed as RFC 1952 has it; the same for the same text.
std::string gzip(std::string_view text);

/// receiver!policy-domain!begin!end!unique-id.xml.gz
std::string fileName(std::string_view receiver, const Report& report);
/// Report Domain: ... Submitter: ... Report-ID: ...
std::string subject(std::string_view receiver, const Report& report);

}  // namespace alignd::reporting
