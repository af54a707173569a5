#include "reporting/destination/verify.h"

#include "dns/data/ascii.h"
#include "verifier/dmarc/report_permission.h"

namespace alignd::reporting {

namespace {

using ascii::cat;
using Outcome = dmarc::ReportPermission::Outcome;

Permission permissionOf(const dmarc::ReportPermission& found) {
  if (found.granted()) return Permission::Granted;
  return found.outcome == Outcome::Unknown ? Permission::Unknown : Permission::Refused;
}

// Steps 8 and 9: what the destination wants instead.
Agreement instead(const dmarc::ReportPermission& found, const Mailbox& mailbox, std::string_view tag,
                  Agreement out) {
  std::vector<std::string> uris;
  for (const std::string& record : found.records) {
    if (uris.empty()) uris = urisOfRecord(record, tag);
  }
  for (const std::string& uri : uris) {
    const auto read = readRuaUri(uri);
    const auto* other = std::get_if<Mailbox>(&read);
    // MUST NOT report to either then: it may be a way to a victim.
    if (other == nullptr || other->host != mailbox.host) {
      return {Permission::Refused, false, {}, cat({found.name, " names another destination, ", uri})};
    }
    out.instead.push_back(*other);
  }
  return out;
}

}  // namespace

std::optional<Agreement> verifyDestination(const Destination& destination, const dmarc::Options& options,
                                           dns::Lookups& lookups) {
  const Mailbox& mailbox = destination.mailbox;
  const auto found = dmarc::reportPermission(destination.domain, mailbox.host, options, lookups);
  if (!found) return std::nullopt;
  Agreement out{permissionOf(*found), found->outcome == Outcome::Agreed, {}, found->text};
  return out.external ? instead(*found, mailbox, destination.tag, std::move(out)) : out;
}

}  // namespace alignd::reporting
