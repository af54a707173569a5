#include "tests/unit/cli_log/month.h"

#include <array>
#include <chrono>

#include "verifier/policy/decide.h"
#include "verifier/report/line.h"

namespace alignd::cli::test {

namespace {

dkim::SignatureResult signedBy(const std::string& domain) {
  dkim::SignatureResult out;
  out.status = dkim::Status::Pass;
  out.reason = dkim::Reason::Verified;
  out.domain = out.domainAscii = domain;
  out.selector = "s1";
  return out;
}

}  // namespace

Verdict forged() {
  Verdict verdict;
  verdict.client.address = IpAddress::parse("203.0.113.66");
  verdict.envelope.mailFrom = "x@bank.example";
  verdict.envelope.recipients = {"a@here.example"};
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "bank.example";
  verdict.spf.emplace();
  verdict.spf->status = spf::Status::Fail;
  verdict.spf->domain = "bank.example";
  verdict.spf->client = verdict.client.address;
  dmarc::Result& dmarc = verdict.dmarc;
  dmarc.status = dmarc::Status::Fail;
  dmarc.authorDomain = dmarc.policyDomain = dmarc.organizationalDomain = "bank.example";
  dmarc.record = "v=DMARC1; p=reject";
  dmarc.hasPolicy = true;
  dmarc.published = dmarc.selected = dmarc.effective = dmarc::Policy::Reject;
  dmarc.selectedTag = "p";
  return verdict;
}

Verdict aligned() {
  Verdict verdict = forged();
  verdict.client.address = verdict.spf->client = IpAddress::parse("192.0.2.10");
  verdict.spf->status = spf::Status::Pass;
  verdict.dkim.signatures = {signedBy("bank.example")};
  verdict.dmarc.status = dmarc::Status::Pass;
  verdict.dmarc.alignedDkim = true;
  return verdict;
}

Verdict unaligned() {
  Verdict verdict = forged();
  verdict.client.address = verdict.spf->client = IpAddress::parse("2001:db8::25");
  verdict.spf->status = spf::Status::Pass;
  verdict.spf->domain = "esp.example";
  verdict.dkim.signatures = {signedBy("esp.example")};
  verdict.listId = "news.esp.example";
  return verdict;
}

std::string line(const Verdict& verdict, const std::string& queueId, std::int64_t timeMs,
                 const policy::Options& options) {
  report::Context context;
  context.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(timeMs));
  context.queueId = queueId;
  context.removedFields = verdict.dmarc.status == dmarc::Status::Fail ? 1 : 0;
  context.dnsTime = std::chrono::milliseconds(verdict.dkim.signatures.empty() ? 1500 : 3);
  std::string out;
  report::appendLine(out, report::Format::Json, verdict, policy::decide(verdict, {}, options), context);
  return out + "\n";
}

std::string month(std::size_t messages) {
  constexpr std::int64_t kFirst = 1'790'812'800'000;  // 2026-10-01T00:00:00Z
  const std::array<Verdict, 3> kinds{aligned(), forged(), unaligned()};
  std::string out;
  for (std::size_t i = 0; i < messages; ++i) {
    out += line(kinds[i % kinds.size()], "Q" + std::to_string(i),
                kFirst + static_cast<std::int64_t>(i) * 60'000);
  }
  return out;
}

}  // namespace alignd::cli::test
