// A verdict of any texts, written as a line and read back: reports are made of what is read, so that it must be what was
// meant. Texts come back whole, unless the line says that something is missing.
//
// The input: six octets of choices, then texts, each ended by a NUL; when they end, they begin anew.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/log/line_reader.h"
#include "tests/fuzz/check.h"
#include "verifier/report/bounds.h"
#include "verifier/report/line.h"

namespace {

using namespace alignd;
using test::check;

constexpr std::size_t kMostText = 60;  // of one, that no line is cut
constexpr std::size_t kMostItems = 5;

class Texts {
 public:
  explicit Texts(std::string_view input) : all_(input) {}

  // ASCII: of other octets a line keeps the valid UTF-8 alone.
  std::string next() {
    if (at_ >= all_.size()) at_ = 0;
    const auto end = std::min(all_.find('\0', at_), all_.size());
    std::string out(all_.substr(at_, std::min(end - at_, kMostText)));
    for (char& c : out) c = static_cast<char>(c & 0x7f);
    at_ = end + 1;
    return out;
  }

 private:
  std::string_view all_;
  std::size_t at_ = 0;
};

template <class Enum>
Enum pick(std::size_t octet, std::size_t count) {
  return static_cast<Enum>(octet % count);
}

Verdict verdictOf(const std::uint8_t* choices, Texts& texts) {
  Verdict verdict;
  verdict.client.helo = texts.next();
  verdict.client.name = texts.next();
  verdict.envelope.mailFrom = texts.next();
  verdict.listId = texts.next();
  verdict.reportMail = (choices[0] & 1U) != 0;
  if ((choices[0] & 2U) == 0) {
    verdict.author.problem = message::AuthorProblem::None;
    verdict.author.domain = texts.next();
  }
  for (std::size_t i = 0; i < choices[1] % kMostItems; ++i) {
    verdict.envelope.recipients.push_back("r@" + texts.next() + std::to_string(i));
  }
  if ((choices[0] & 4U) != 0) {
    auto& spf = verdict.spf.emplace();
    spf.status = pick<spf::Status>(choices[2], 7);
    spf.domain = texts.next();
    spf.text = texts.next();
    spf.nullPath = (choices[0] & 8U) != 0;
  }
  for (std::size_t i = 0; i < choices[3] % kMostItems; ++i) {
    auto& one = verdict.dkim.signatures.emplace_back();
    one.status = pick<dkim::Status>(choices[3] / kMostItems + i, 6);
    one.domain = texts.next();
    one.selector = texts.next();
    one.text = texts.next();
  }
  auto& dmarc = verdict.dmarc;
  dmarc.status = pick<dmarc::Status>(choices[4], 5);
  dmarc.hasPolicy = (choices[0] & 16U) != 0;
  if (dmarc.hasPolicy) {
    dmarc.record = "v=DMARC1; " + texts.next();
    dmarc.policyDomain = texts.next();
    dmarc.published = dmarc.selected = dmarc.effective = pick<dmarc::Policy>(choices[5], 3);
    dmarc.fo = texts.next();
    dmarc.testing = (choices[0] & 32U) != 0;
    for (std::size_t i = 0; i < choices[5] / 3 % kMostItems; ++i) dmarc.rua.push_back(texts.next());
    for (std::size_t i = 0; i < choices[5] / 16 % kMostItems; ++i) dmarc.ruf.push_back(texts.next());
  }
  dmarc.alignedSpf = (choices[0] & 64U) != 0;
  dmarc.alignedDkim = (choices[0] & 128U) != 0;
  for (std::size_t i = 0; i < choices[2] / 7 % kMostItems; ++i) {
    auto& one = dmarc.identifiers.emplace_back();
    one.kind = i % 2 == 0 ? dmarc::Identifier::Kind::Spf : dmarc::Identifier::Kind::Dkim;
    one.domain = texts.next();
    one.selector = texts.next();
    one.passed = (choices[1] & 32U) != 0;
    one.aligned = one.passed && (choices[1] & 64U) != 0;
  }
  for (std::size_t i = 0; i < choices[4] / 5 % kMostItems; ++i) {
    auto& step = dmarc.walk.emplace_back();
    step.name = texts.next();
    step.record = texts.next();
    step.problem = texts.next();
  }
  return verdict;
}

void compare(const Verdict& verdict, const reporting::LoggedMessage& read) {
  check(read.from == verdict.author.domain, "from");
  check(read.helo == verdict.client.helo && read.mailFrom == verdict.envelope.mailFrom, "envelope");
  check(read.recipientDomains.size() == verdict.envelope.recipients.size(),
        "recipients, whose domains differ");
  check(read.hasSpf == verdict.spf.has_value(), "spf");
  check(read.listId == verdict.listId && read.report == verdict.reportMail, "what kind of mail");
  if (verdict.spf) {
    check(read.spf.result == spf::statusWord(verdict.spf->status) && read.spf.domain == verdict.spf->domain &&
              read.spf.reason == verdict.spf->text && read.spf.nullPath == verdict.spf->nullPath,
          "spf as it was");
  }
  check(read.dkim.size() == verdict.dkim.signatures.size(), "signatures");
  for (std::size_t i = 0; i < read.dkim.size(); ++i) {
    const auto& was = verdict.dkim.signatures[i];
    check(read.dkim[i].result == dkim::statusWord(was.status) && read.dkim[i].domain == was.domain &&
              read.dkim[i].selector == was.selector && read.dkim[i].text == was.text &&
              read.dkim[i].reason == dkim::reasonWord(was.reason),
          "a signature as it was");
  }
  const auto& dmarc = verdict.dmarc;
  check(read.hasDmarc && read.dmarc.result == dmarc::statusWord(dmarc.status), "dmarc");
  check(read.dmarc.alignedSpf == dmarc.alignedSpf && read.dmarc.alignedDkim == dmarc.alignedDkim, "aligned");
  if (dmarc.hasPolicy) {
    const auto applied = dmarc.status == dmarc::Status::Pass ? dmarc::Policy::None : dmarc.effective;
    check(read.dmarc.policyDomain == dmarc.policyDomain &&
              read.dmarc.p == dmarc::policyWord(dmarc.published) &&
              read.dmarc.disposition == dmarc::policyWord(applied) && read.dmarc.fo == dmarc.fo &&
              read.dmarc.testing == dmarc.testing,
          "the policy as it was");
    check(read.dmarc.rua == dmarc.rua && read.dmarc.ruf == dmarc.ruf, "where reports go");
  }
  check(read.dmarc.identifiers.size() == dmarc.identifiers.size(), "identifiers");
  for (std::size_t i = 0; i < dmarc.identifiers.size(); ++i) {
    const auto& is = read.dmarc.identifiers[i];
    const auto& was = dmarc.identifiers[i];
    check(is.domain == was.domain && is.selector == was.selector && is.passed == was.passed &&
              is.aligned == was.aligned && (is.kind == "spf") == (was.kind == dmarc::Identifier::Kind::Spf),
          "an identifier as it was");
  }
  check(read.dmarc.walk.size() == dmarc.walk.size(), "the walk");
  for (std::size_t i = 0; i < dmarc.walk.size(); ++i) {
    check(read.dmarc.walk[i].name == dmarc.walk[i].name &&
              read.dmarc.walk[i].record == dmarc.walk[i].record &&
              read.dmarc.walk[i].problem == dmarc.walk[i].problem,
          "a step as it was");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kChoices = 6;
  if (size < kChoices) return 0;
  Texts texts({reinterpret_cast<const char*>(data) + kChoices, size - kChoices});
  const Verdict verdict = verdictOf(data, texts);
  const std::string queueId = texts.next();
  report::Context context;
  context.time = std::chrono::system_clock::time_point(std::chrono::seconds(1'760'000'000));
  context.queueId = queueId;
  std::string line;
  report::appendLine(line, report::Format::Json, verdict, {}, context);
  check(line.size() <= report::kMaxLine && line.find('\n') == std::string::npos, "a bounded line");
  static reporting::LineReader reader;
  reporting::LoggedMessage read;
  check(reader.read(line, read) == reporting::LineKind::Message, "what is written can be read");
  check(read.timeMs == 1'760'000'000'000 && read.queueId == queueId, "when, and which");
  if (line.find("\"left_out\"") == std::string::npos && line.find("[+") == std::string::npos) {
    compare(verdict, read);
  }
  return 0;
}
