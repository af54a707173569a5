#include "reporting/destination/verify.h"

#include "dns/data/ascii.h"
#include "verifier/dmarc/organizational_domain.h"
#include "verifier/dmarc/record.h"

namespace alignd::reporting {

namespace {

using ascii::cat;

Agreement unknown(std::string text) {
  return {Permission::Unknown, false, {}, std::move(text)};
}
Agreement refused(std::string text) {
  return {Permission::Refused, false, {}, std::move(text)};
}

// A host that takes no mail at all (RFC 7505), or does not exist. Nothing while the answer is missing.
std::optional<Agreement> mailHost(const Mailbox& mailbox, dns::Lookups& lookups) {
  const auto name = dns::Name::parse(mailbox.host);
  if (!name) return refused("no host name");
  const dns::Answer* answer = lookups.find(*name, dns::Type::MX);
  if (answer == nullptr) return std::nullopt;
  if (answer->temporary()) {
    return unknown(cat({"MX of ", mailbox.host, ": ", dns::statusName(answer->status)}));
  }
  if (answer->status == dns::Status::NoSuchName) return refused(cat({mailbox.host, " does not exist"}));
  if (answer->records.size() == 1) {
    const auto* mx = std::get_if<dns::Mx>(&answer->records[0].data);
    if (mx != nullptr && mx->exchange.isRoot())
      return refused(cat({mailbox.host, " takes no mail (null MX)"}));
  }
  return Agreement{Permission::Granted, false, {}, {}};
}

// Steps 6 to 9: what the destination publishes.
Agreement readAgreement(const dns::Answer& answer, const std::string& name, const Mailbox& mailbox,
                        std::string_view tag) {
  bool agreed = false;
  std::vector<std::string> uris;
  for (const auto& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record.data);
    if (text == nullptr || !dmarc::parseRecord(*text)) continue;
    agreed = true;
    if (uris.empty()) uris = urisOfRecord(*text, tag);
  }
  if (!agreed) return refused(cat({mailbox.host, " does not agree: no record at ", name}));
  Agreement out{Permission::Granted, true, {}, cat({mailbox.host, " agrees"})};
  for (const std::string& uri : uris) {
    const auto read = readRuaUri(uri);
    const auto* other = std::get_if<Mailbox>(&read);
    // MUST NOT report to either then: it may be a way to a victim.
    if (other == nullptr || other->host != mailbox.host) {
      return refused(cat({name, " names another destination, ", uri}));
    }
    out.instead.push_back(*other);
  }
  return out;
}

}  // namespace

std::optional<Agreement> verifyDestination(std::string_view domain, const Mailbox& mailbox,
                                           std::string_view tag, const dmarc::Options& options,
                                           dns::Lookups& lookups) {
  const auto host = mailHost(mailbox, lookups);
  const auto own = dmarc::organizationalDomain(domain, options, lookups);
  const auto theirs = dmarc::organizationalDomain(mailbox.host, options, lookups);
  if (lookups.missing() > 0 && (!host || !own || !theirs)) return std::nullopt;
  if (host && host->permission != Permission::Granted) return host;
  if (!own || !theirs) {
    return unknown(cat({"the organizational domain of ", own ? std::string_view(mailbox.host) : domain,
                        " cannot be told for now"}));
  }
  if (*own == *theirs) return Agreement{Permission::Granted, false, {}, cat({"within ", *own})};
  const std::string name = cat({domain, "._report._dmarc.", mailbox.host});
  const auto question = dns::Name::parse(name);
  if (!question) return refused(cat({name, " is too long to be asked for"}));  // step 4
  const dns::Answer* answer = lookups.find(*question, dns::Type::TXT);
  if (answer == nullptr) return std::nullopt;
  if (answer->temporary()) return unknown(cat({name, ": ", dns::statusName(answer->status)}));
  return readAgreement(*answer, name, mailbox, tag);
}

}  // namespace alignd::reporting
