// Which key of the file is which setting: the whole vocabulary of alignd.toml.
#pragma once

#include "conf/section.h"
#include "conf/settings.h"

namespace alignd::conf {

/// Binds all settings, section by section, in the order of the shipped file.
void bind(Schema& schema, Settings& settings);

// Its parts.
void bindDaemon(Schema& schema, Settings& settings);    // [milter] [log] [metrics]
void bindHeader(Schema& schema, Settings& settings);    // [authentication_results] [trust]
void bindDns(Schema& schema, Settings& settings);       // [dns]
void bindPolicies(Schema& schema, Settings& settings);  // [policy] [[rule]]
void bindChecks(Schema& schema, Settings& settings);    // [limits] [iprev] [spf] [dkim] [arc] [dmarc]
void bindReports(Schema& schema, Settings& settings);   // [reports]

// What several parts bind.
void bindNetworks(Section& section, std::string_view key, std::vector<Network>& networks);
/// "user@example.org" or "@example.org".
std::optional<Complaint> checkMailbox(const std::string& text);

}  // namespace alignd::conf
