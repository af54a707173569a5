// Every case with a message, through the class that joins all mechanisms: what a milter session does, without
// the milter.
#include <cstddef>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>

#include <gtest/gtest.h>

#ifdef ALIGND_LOG
#  include "cli/replay.h"
#  include "reporting/log/line_reader.h"
#endif
#include "tests/support/judge.h"
#include "tests/support/keep_line.h"
#include "tests/support/suites.h"
#include "verifier/authres/write.h"
#include "verifier/cause/explain.h"
#include "verifier/message/split.h"
#include "verifier/policy/decide.h"
#include "verifier/report/line.h"
#include "verifier/verification.h"

namespace alignd {
namespace {

using test::Case;

const std::vector<std::string>& suites() {
  static const std::vector<std::string> kSuites{
      "rfc-examples",      "mail-dkim",        "opendkim",  "dkimpy",         "mox",
      "go-msgauth",        "mailauth",         "edge-dkim", "arc-validation", "rfc9989-examples",
      "mailauth-js-dmarc", "mail-dmarc-parse", "espoofer",  "attacks-from",   "attacks-ar",
      "attacks-dkim",      "field-reports"};
  return kSuites;
}

dns::ProgressThreads& progress() {
  static dns::ProgressThreads thread;
  return thread;
}

Verdict judge(const Case& one) {
  const auto options = std::make_shared<const VerificationOptions>();
  const Time now{};
  Verification verification(options, std::make_shared<dns::ZoneResolver>(one.zone), progress());
  Client client;
  client.address = IpAddress::parse(one.text("client_ip"));
  client.helo = one.text("helo");
  verification.begin(client, one.text("mail_from"), false, Exemption::None, now, one.arrival());
  const std::string recipient = one.text("rcpt_to");
  verification.recipient(recipient.empty() ? "rcpt@example.net" : recipient);
  const auto message = message::split(one.message);
  for (const auto& field : message.fields) verification.field(field, now);
  verification.endOfHeader(now);
  if (verification.wantsBody()) {
    verification.body(std::as_bytes(std::span(message.body.data(), message.body.size())));
  }
  while (!verification.ready(now)) verification.wait();
  return verification.finish(now);
}

// Comments removed, quoted strings blanked: what a careless reader still sees.
std::string naked(std::string_view value) {
  std::string out;
  int comment = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if ((quoted || comment > 0) && c == '\\') {
      ++i;
    } else if (quoted) {
      if (c == '"') quoted = false;
    } else if (c == '(') {
      ++comment;
    } else if (c == ')' && comment > 0) {
      --comment;
    } else if (comment == 0 && c == '"') {
      quoted = true;
      out += "\"\"";
    } else if (comment == 0) {
      out += c;
    }
  }
  return out;
}

// tests/data/why.txt: "CAUSE CASE" a line.
const std::map<std::string, std::string>& causes() {
  static const auto kCauses = [] {
    std::map<std::string, std::string> out;
    std::ifstream in(ALIGND_TEST_DATA "/why.txt");
    std::string word;
    std::string id;
    while (in >> word && std::getline(in >> std::ws, id)) out[id] = word;
    return out;
  }();
  return kCauses;
}

// The cause is the one in the list, never contradicts the verdict, and each that is to be mended says how.
void checkCause(const Case& one, const Verdict& verdict) {
  using cause::Why;
  const Why why = cause::whyOf(verdict);
  const auto known = causes().find(one.id);
  if (known == causes().end()) {
    ADD_FAILURE() << "not in why.txt: " << cause::word(why) << ' ' << one.id;
  } else {
    EXPECT_EQ(cause::word(why), known->second) << one.id << ": " << cause::explain(verdict);
  }
  const dmarc::Status status = verdict.dmarc.status;
  EXPECT_EQ(why == Why::Aligned, status == dmarc::Status::Pass);
  EXPECT_EQ(why == Why::AmbiguousAuthor, verdict.author.ambiguous());
  if (why == Why::NoPolicy) {
    EXPECT_EQ(status, dmarc::Status::None);
  }
  if (why == Why::DnsTrouble) {
    EXPECT_EQ(status, dmarc::Status::TempError);
  }
  EXPECT_NE(cause::explain(verdict), "") << one.id;
  EXPECT_LE(cause::explain(verdict).size(), cause::kMaxText) << one.id;
  EXPECT_EQ(cause::remedy(verdict).empty(), why == Why::Aligned) << one.id;
}

#ifdef ALIGND_LOG
// Every branch of a decision, and a rule on every fact.
std::vector<conf::Settings> manySettings() {
  std::vector<conf::Settings> out(4);
  out[1].policy.mode = policy::Mode::Enforce;
  out[1].policy.reject = out[1].policy.quarantine = out[1].policy.author = policy::Action::Reject;
  out[1].policy.spf.rejectFail = out[1].policy.spf.deferTempError = true;
  out[1].policy.spf.helo = spf::HeloCheck::Decide;
  out[2] = out[1];
  const auto rule = [&](const char* name, policy::RuleAction action) -> policy::Rule& {
    policy::Rule& made = out[2].policy.rules.emplace_back();
    made.name = name;
    made.action = action;
    return made;
  };
  rule("clients", policy::RuleAction::Accept).clientNetworks = {*Network::parse("192.0.2.0/25")};
  rule("signers", policy::RuleAction::Quarantine).signingDomains = {"example.com", "*.example.com"};
  rule("spf", policy::RuleAction::NoChange).spfDomains = {"example.org", "*.example.org"};
  rule("sealers", policy::RuleAction::Accept).sealers = {"example.org"};
  rule("lists", policy::RuleAction::TempFail).listIds = {"*.example"};
  policy::Rule& stricter = rule("stricter", policy::RuleAction::Policy);
  stricter.results = {"fail"};
  stricter.recipients = {"@example.net"};
  stricter.policy = dmarc::Policy::Reject;
  // What was found: a share of some causes, and what was published.
  out[3] = out[1];
  policy::Rule& causes = out[3].policy.rules.emplace_back();
  causes.name = "causes";
  causes.why = {"forged",           "unsigned",  "modified",     "key_missing",
                "unaligned_signer", "no_policy", "policy_broken"};
  causes.share = 0.5;
  causes.action = policy::RuleAction::TempFail;
  policy::Rule& published = out[3].policy.rules.emplace_back();
  published.name = "published";
  published.published = {"none", "quarantine"};
  published.action = policy::RuleAction::Quarantine;
  return out;
}

// What alignd-check log --replay decides is what the daemon would have decided.
void checkReplay(const Verdict& verdict) {
  std::string line;
  report::Context context;
  context.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'000));
  report::appendLine(line, report::Format::Json, verdict, {}, context);
  reporting::LineReader reader;
  reporting::LoggedMessage message;
  ASSERT_EQ(reader.read(line, message), reporting::LineKind::Message) << line;
  for (const conf::Settings& settings : manySettings()) {
    const policy::Decision direct = policy::decide(verdict, {}, settings.policy);
    const policy::Decision again = cli::decideAgain(message, settings);
    EXPECT_EQ(policy::actionWord(again.taken.action), policy::actionWord(direct.taken.action)) << line;
    EXPECT_EQ(policy::actionWord(again.wouldBe.action), policy::actionWord(direct.wouldBe.action)) << line;
    EXPECT_EQ(again.wouldBe.cause, direct.wouldBe.cause) << line;
    EXPECT_EQ(again.rule, direct.rule) << line;
    EXPECT_EQ(again.overrideType, direct.overrideType) << line;
    EXPECT_EQ(again.overrideComment, direct.overrideComment) << line;
  }
}
#endif

// As the daemon would write them, stamping and enforcing, for the test of the schema.
void keepLines(const Verdict& verdict) {
  policy::Options enforce;
  enforce.mode = policy::Mode::Enforce;
  enforce.reject = enforce.author = policy::Action::Reject;
  report::Context context;
  context.queueId = "4cXyZ";
  for (const policy::Options& options : {policy::Options(), enforce}) {
    std::string line;
    report::appendLine(line, report::Format::Json, verdict, policy::decide(verdict, {}, options), context);
    test::keepLine(line);
  }
}

void play(const Case& one) {
  const Verdict verdict = judge(one);
  for (const auto& line : test::disagreements(one, verdict, {"spf", "dkim", "arc", "dmarc"})) {
    ADD_FAILURE() << line;
  }
  checkCause(one, verdict);
  keepLines(verdict);
#ifdef ALIGND_LOG
  checkReplay(verdict);
#endif
  authres::Options options;
  options.authservId = "mx.receiver.example";
  const std::string value = authres::write(verdict, policy::Decision(), options);
  const std::string bare = naked(value);
  const auto expect = one.expect();
  for (const auto& pattern : expect.value("ar_forbid", nlohmann::json::array())) {
    EXPECT_FALSE(std::regex_search(bare, std::regex(pattern.get<std::string>()))) << value;
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  return alignd::test::runSuites(
      argc, argv, [] { alignd::test::registerSuites({"Whole", alignd::suites(), true}, alignd::play); });
}
