#include "verifier/dmarc/report_permission.h"

#include "dns/data/ascii.h"
#include "verifier/dmarc/organizational_domain.h"
#include "verifier/dmarc/record.h"

namespace alignd::dmarc {

namespace {

using ascii::cat;
using Outcome = ReportPermission::Outcome;

ReportPermission ends(Outcome outcome, std::string text) {
  return {outcome, {}, {}, std::move(text)};
}

// What keeps mail from a host altogether; Agreed when nothing does. Nothing while the answer is missing.
std::optional<ReportPermission> mailHost(std::string_view host, dns::Lookups& lookups) {
  const auto name = dns::Name::parse(host);
  if (!name || name->isRoot()) return ends(Outcome::NoName, "no host name");
  const dns::Answer* answer = lookups.find(*name, dns::Type::MX);
  if (answer == nullptr) return std::nullopt;
  if (answer->temporary()) {
    return ends(Outcome::Unknown, cat({"MX of ", host, ": ", dns::statusName(answer->status)}));
  }
  if (answer->status == dns::Status::NoSuchName) {
    return ends(Outcome::NoSuchHost, cat({host, " does not exist"}));
  }
  if (answer->records.size() == 1) {
    const auto* mx = std::get_if<dns::Mx>(&answer->records[0].data);
    if (mx != nullptr && mx->exchange.isRoot())
      return ends(Outcome::TakesNoMail, cat({host, " takes no mail (null MX)"}));
  }
  return ends(Outcome::Agreed, {});
}

// Steps 5 to 7: a DMARC record there, v=DMARC1 alone, is a yes.
ReportPermission readAgreement(const dns::Answer& answer, std::string name, std::string_view host) {
  ReportPermission out;
  for (const auto& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record.data);
    if (text != nullptr && parseRecord(*text)) out.records.push_back(*text);
  }
  out.outcome = out.records.empty() ? Outcome::NotAgreed : Outcome::Agreed;
  out.text =
      out.records.empty() ? cat({host, " does not agree: no record at ", name}) : cat({host, " agrees"});
  out.name = std::move(name);
  return out;
}

}  // namespace

std::optional<ReportPermission> reportPermission(std::string_view domain, std::string_view host,
                                                 const Options& options, dns::Lookups& lookups) {
  auto mail = mailHost(host, lookups);
  const auto own = organizationalDomain(domain, options, lookups);
  const auto theirs = organizationalDomain(host, options, lookups);
  if (!mail || (lookups.missing() > 0 && (!own || !theirs))) return std::nullopt;
  if (mail->outcome != Outcome::Agreed) return mail;
  if (!own || !theirs) {
    return ends(Outcome::Unknown,
                cat({"the organizational domain of ", own ? host : domain, " cannot be told for now"}));
  }
  if (*own == *theirs) return ends(Outcome::Within, cat({"within ", *own}));
  std::string name = cat({domain, "._report._dmarc.", host});
  const auto question = dns::Name::parse(name);
  if (!question) return ends(Outcome::NoName, cat({name, " is too long to be asked for"}));  // step 4
  const dns::Answer* answer = lookups.find(*question, dns::Type::TXT);
  if (answer == nullptr) return std::nullopt;
  if (answer->temporary()) return ends(Outcome::Unknown, cat({name, ": ", dns::statusName(answer->status)}));
  return readAgreement(*answer, std::move(name), host);
}

}  // namespace alignd::dmarc
