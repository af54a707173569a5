// What SPF found.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/data/address.h"

namespace alignd::spf {

enum class Status { None, Neutral, Pass, Fail, SoftFail, TempError, PermError };  // RFC 7208 section 2.6
/// "none", "pass" ... as in RFC 8601 section 2.7.2.
std::string_view statusWord(Status status);

enum class Identity { MailFrom, Helo };

/// What a result quotes of records and of the envelope is cut, so that no record fills the log.
inline constexpr std::size_t kMaxReason = 600;
inline constexpr std::size_t kMaxTerm = 120;
inline constexpr std::size_t kMaxDomain = 253;

struct Result {
  Status status = Status::None;
  Identity identity = Identity::MailFrom;
  std::optional<IpAddress> client;  // that was checked; IPv4 when it was an IPv4-mapped IPv6 address. Nothing
                                    // when nobody here checked one
  std::string
      domain;  // that was checked: of MAIL FROM, or of HELO for a null path or identity Helo; A-labels
  bool nullPath = false;  // MAIL FROM was <>: identity is postmaster@HELO (RFC 7208 section 2.4)
  std::string
      text;  // the reason as a sentence fragment, of at most kMaxReason octets. Foreign octets unescaped.
  std::string mechanism;  // the term that matched or broke, as written; cut after kMaxTerm octets
  int prefixLength =
      -1;  // of the term that matched, for the client's family; 0 for "all"; -1 when it has none
  std::vector<std::string> path;  // domains whose records led here through include and redirect, outermost
      // first; the last is the one whose record holds `mechanism`, or closes a circle.
      // Each cut after kMaxDomain octets
  std::string explanation;  // exp= expanded; only for Fail; US-ASCII
  int terms = 0;            // of 10 (RFC 7208 section 4.6.4)
  int voids = 0;            // of 2
};

}  // namespace alignd::spf
