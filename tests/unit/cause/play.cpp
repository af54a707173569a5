#include "tests/unit/cause/play.h"

namespace alignd::cause::test {

Verdict failing() {
  Verdict verdict;
  verdict.client.address = IpAddress::parse("203.0.113.66");
  verdict.envelope.mailFrom = "secret.local.part@bank.example";
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "bank.example";
  verdict.dmarc.status = dmarc::Status::Fail;
  verdict.dmarc.authorDomain = "bank.example";
  verdict.dmarc.organizationalDomain = "bank.example";
  verdict.dmarc.adkim = verdict.dmarc.aspf = dmarc::Alignment::Strict;
  verdict.dmarc.text = "nothing that passed is aligned with bank.example";
  return verdict;
}

dkim::SignatureResult signature(const std::string& domain, dkim::Status status, dkim::Reason reason,
                                const std::string& diagnosis) {
  dkim::SignatureResult out;
  out.status = status;
  out.reason = reason;
  out.domain = out.domainAscii = domain;
  out.selector = "s1";
  out.identity = "secret.local.part@" + domain;
  out.text = "i= is not within d=: secret.local.part";
  out.diagnosis = diagnosis;
  return out;
}

spf::Result spf(const std::string& domain, spf::Status status) {
  spf::Result out;
  out.status = status;
  out.domain = domain;
  out.client = IpAddress::parse("203.0.113.66");
  return out;
}

}  // namespace alignd::cause::test
