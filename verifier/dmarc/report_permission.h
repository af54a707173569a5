// May the reports of a domain be sent to a host? RFC 9990 section 4: of another organization only if it says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/table/lookups.h"
#include "verifier/dmarc/options.h"

namespace alignd::dmarc {

struct ReportPermission {
  enum class Outcome {
    Within,       // the same organization: nobody has to be asked
    Agreed,       // of another one, which takes them
    NotAgreed,    // of another one, which does not say so
    NoSuchHost,   // the host does not exist
    TakesNoMail,  // it says that it takes none (null MX, RFC 7505)
    NoName,       // it cannot be asked: no host name, or too long a question
    Unknown,      // DNS failed: ask again later
  } outcome = Outcome::Unknown;
  std::string name;  // where its word stands: DOMAIN._report._dmarc.HOST; of Agreed and NotAgreed
  std::vector<std::string> records;  // of Agreed: what it published there, as it came
  std::string text;                  // why, as a sentence fragment; foreign octets unescaped

  bool granted() const { return outcome == Outcome::Within || outcome == Outcome::Agreed; }
};

/// `domain` is where the policy record was found, `host` the part of an address behind the @; both in A-labels. Nothing
/// while answers are missing (`lookups` knows which).
std::optional<ReportPermission> reportPermission(std::string_view domain, std::string_view host,
                                                 const Options& options, dns::Lookups& lookups);

}  // namespace alignd::dmarc
