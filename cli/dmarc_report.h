// alignd-check dmarc: which policy applies to mail of a domain, and why.
#pragma once

#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "dns/table/lookups.h"
#include "verifier/dmarc/options.h"
#include "verifier/dmarc/result.h"

namespace alignd::cli {

/// What failing mail of one domain meets.
struct Handling {
  bool decided = false;    // a record with a usable policy applies
  bool temporary = false;  // DNS did not answer
  std::string policyDomain;
  std::string tag;
  dmarc::Policy selected = dmarc::Policy::None;
  dmarc::Policy effective = dmarc::Policy::None;
};

struct DmarcReport {
  dmarc::Result result;  // of mail of the domain itself that nothing authenticates
  std::string byList;    // organizational domain
  Handling existing;     // of a subdomain
  Handling nonexistent;
};

/// Walks for the domain and for names below it. Waits.
DmarcReport surveyDmarc(const dns::Name& domain, const dmarc::Options& options, dns::Lookups& lookups);

/// Prints the walk name by name with each record as it is understood and what is wrong with it, the organizational
/// domain by walk and by list, and what happens to failing mail of the domain, of a subdomain that exists and of one
/// that does not. `options.list` may be null: then libpsl's own list is compared with. Pass: a usable policy applies;
/// not pass: none does; temporary: DNS did not answer.
int runDmarc(const Arguments& arguments, const dmarc::Options& options,
             std::shared_ptr<dns::Resolver> resolver, std::ostream& out);

}  // namespace alignd::cli
