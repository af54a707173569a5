// The DMARC side of a domain: record, policy, subdomains, where reports go.
#pragma once

#include "cli/checklist.h"
#include "cli/dmarc_report.h"
#include "dns/table/lookups.h"

namespace alignd::cli {

/// Adds the checks dmarc_record, dmarc_tags, dmarc_policy, dmarc_subdomains, dmarc_testing, dmarc_reports and
/// dmarc_destinations. Waits for DNS.
DmarcReport checkPolicy(const dns::Name& domain, const dmarc::Options& options, dns::Lookups& lookups,
                        Checklist& list);

}  // namespace alignd::cli
