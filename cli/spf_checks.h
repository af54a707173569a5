// What an SPF record asks of those who evaluate it, whoever sends: every include and redirect followed.
#pragma once

#include <string>
#include <vector>

#include "cli/checklist.h"
#include "dns/table/lookups.h"
#include "verifier/spf/options.h"

namespace alignd::cli {

struct SpfSurvey {
  std::string record;             // of the domain itself, as published; empty when there is none
  std::vector<std::string> tree;  // what includes what, a line each, indented
  int terms = 0;                  // with DNS, when no term matches before the end
  int voids = 0;  // of them without an answer; of names that hang on the message nothing is known
};

/// Adds the checks spf_record, spf_syntax, spf_includes, spf_terms, spf_voids, spf_all, spf_ranges and spf_ptr.
/// Waits for DNS; at most 60 records are read.
SpfSurvey checkSpf(const dns::Name& domain, const spf::Options& options, dns::Lookups& lookups,
                   Checklist& list);

}  // namespace alignd::cli
