#include "reporting/log/line_reader.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/report/json.h"
#include "verifier/report/line.h"

namespace alignd::reporting {
namespace {

using testing::ElementsAre;

constexpr std::string_view kLine =
    R"({"time":"2026-11-22T03:14:15.926Z","queue_id":"4cXyZ","client":"192.0.2.7","mail_from":"b@example.org",)"
    R"("rcpt_domains":["one.example","two.example"],"from":"example.org","unheard_of":{"a":[1,{"b":null}]},)"
    R"("spf":{"result":"pass","domain":"example.org","null_path":true},)"
    R"("dkim":[{"result":"fail","d":"example.org","s":"s1","reason":"body_hash_mismatch"},{"result":"pass","d":"x"}],)"
    R"("dmarc":{"result":"pass","policy_domain":"example.org","p":"reject","policy":"reject","t":true,"psd":"y",)"
    R"("rua":["mailto:a@example.org"],"aligned":["spf"],"identifiers":[{"kind":"spf","domain":"example.org",)"
    R"("passed":true,"aligned":true}],"walk":[{"name":"example.org","answer":"ok","record":"v=DMARC1"}]},)"
    R"("action":"accept","would":"reject","override":"local_policy","override_comment":"a \u00fc"})";

TEST(LineReader, TakesWhatAReportNeedsAndPassesOverTheRest) {
  LineReader reader;
  LoggedMessage message;
  ASSERT_EQ(reader.read(kLine, message), LineKind::Message);
  EXPECT_EQ(message.timeMs, 1'795'317'255'926);
  EXPECT_EQ(message.queueId, "4cXyZ");
  EXPECT_EQ(message.client, "192.0.2.7");
  EXPECT_THAT(message.recipientDomains, ElementsAre("one.example", "two.example"));
  EXPECT_TRUE(message.hasSpf);
  EXPECT_TRUE(message.spf.nullPath);
  ASSERT_EQ(message.dkim.size(), 2U);
  EXPECT_EQ(message.dkim[0].reason, "body_hash_mismatch");
  EXPECT_EQ(message.dkim[1].selector, "");
  EXPECT_TRUE(message.dmarc.testing);
  EXPECT_TRUE(message.dmarc.psd);
  EXPECT_TRUE(message.dmarc.alignedSpf);
  EXPECT_FALSE(message.dmarc.alignedDkim);
  EXPECT_THAT(message.dmarc.rua, ElementsAre("mailto:a@example.org"));
  EXPECT_EQ(message.dmarc.walk.at(0).record, "v=DMARC1");
  EXPECT_EQ(message.overrideComment, "a \xc3\xbc");
}

TEST(LineReader, OneReaderForgetsTheLineBefore) {
  LineReader reader;
  LoggedMessage message;
  ASSERT_EQ(reader.read(kLine, message), LineKind::Message);
  ASSERT_EQ(reader.read(R"({"time":"2026-11-22T03:14:15.926Z","action":"accept"})", message),
            LineKind::Message);
  EXPECT_TRUE(message.dkim.empty());
  EXPECT_EQ(message.dmarc.policyDomain, "");
}

TEST(LineReader, KnowsWhatIsOursInACommonLog) {
  const std::string ours(kLine);
  std::string journal = R"({"_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"alignd","MESSAGE":)";
  report::appendJsonString(journal, ours);
  std::string stranger = R"({"_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"cron","MESSAGE":)";
  report::appendJsonString(stranger, ours);
  struct Row {
    std::string line;
    LineKind kind;
  };
  for (const Row& row : {
           Row{"", LineKind::Blank},
           Row{" \t\r", LineKind::Blank},
           Row{ours + "\r", LineKind::Message},
           Row{"Nov 22 03:14:15 mx1 alignd[77]: " + ours, LineKind::Message},
           Row{"2026-11-22T03:14:15+00:00 mx1 alignd: " + ours, LineKind::Message},
           // What a stranger made another program write.
           Row{"Nov 22 03:14:15 mx1 postfix/smtpd[9]: warning: " + ours, LineKind::Foreign},
           Row{"Nov  2 03:14:15 mx1 alignd[77]: " + ours, LineKind::Message},
           Row{"Nov 22 03:14:15 mx1 postfix/cleanup[9]: 4bXyZ: message-id=x alignd: " + ours,
               LineKind::Foreign},
           Row{"Nov 22 03:14:15 mx1 postfix/cleanup[9]: 4bXyZ: message-id=alignd[7]: " + ours,
               LineKind::Foreign},
           Row{"Nov 22 03:14:15 mx1 program says so alignd: " + ours, LineKind::Foreign},
           Row{"Nov 22 03:14:15 mx1 notalignd[9]: " + ours, LineKind::Foreign},
           Row{"Nov 22 03:14:15 mx1 alignd[x]: " + ours, LineKind::Foreign},
           Row{journal + "}", LineKind::Message},
           Row{stranger + "}", LineKind::Foreign},
           Row{R"({"SYSLOG_IDENTIFIER":"alignd","MESSAGE":"started"})", LineKind::Foreign},
           Row{R"({"SYSLOG_IDENTIFIER":"alignd","MESSAGE":"{\"time\":\"2026"})", LineKind::Torn},
           Row{ours.substr(0, 100), LineKind::Torn},
           Row{ours.substr(0, ours.size() - 1), LineKind::Torn},
           Row{ours.substr(20), LineKind::Foreign},
           Row{"[2026-11-22] [info] listening", LineKind::Foreign},
           Row{R"({"time":"yesterday","action":"accept"})", LineKind::Torn},
           Row{R"({"time":"2026-11-22T03:14:15.926Z"})", LineKind::Torn},
           Row{R"({"level":"info"})", LineKind::Foreign},
           Row{"[" + ours + "]", LineKind::Foreign},
           Row{std::string(2000, '{'), LineKind::Foreign},
           Row{"{\"time\":" + std::string(200, '['), LineKind::Foreign},
       }) {
    LineReader reader;
    LoggedMessage message;
    EXPECT_EQ(reader.read(row.line, message), row.kind) << row.line.substr(0, 80);
    if (row.line.starts_with("{\"_HOST") && row.kind == LineKind::Message) {
      EXPECT_EQ(message.host, "mx1");
    }
  }
}

TEST(LineReader, ReadsWhatTheDaemonWrites) {
  Verdict verdict;
  verdict.client.address = IpAddress::parse("2001:db8::7");
  verdict.envelope.mailFrom = "x@\xff\"\n.example";
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "example.org";
  verdict.dmarc.status = dmarc::Status::Fail;
  verdict.dmarc.record = "v=DMARC1; p=quarantine; np=reject";
  verdict.dmarc.policyDomain = "example.org";
  verdict.dmarc.published = dmarc::Policy::Quarantine;
  verdict.dmarc.nonexistent = dmarc::Policy::Reject;
  verdict.dmarc.selected = dmarc::Policy::Quarantine;
  verdict.dmarc.rua = {"mailto:a@example.org"};
  report::Context context;
  context.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'042));
  context.queueId = "Q1";
  std::string line;
  report::appendLine(line, report::Format::Json, verdict, {}, context);
  LineReader reader;
  LoggedMessage message;
  ASSERT_EQ(reader.read(line, message), LineKind::Message);
  EXPECT_EQ(message.timeMs, 1'700'000'000'042);
  EXPECT_EQ(message.client, "2001:db8::7");
  EXPECT_EQ(message.mailFrom, "x@\\xff\"\n.example");
  EXPECT_EQ(message.dmarc.p, "quarantine");
  EXPECT_EQ(message.dmarc.sp, "");
  EXPECT_EQ(message.dmarc.np, "reject");
  EXPECT_EQ(message.dmarc.adkim, "r");
  EXPECT_EQ(message.dmarc.method, "treewalk");
  EXPECT_EQ(message.action, "accept");
}

TEST(ParseTime, TakesOneForm) {
  struct Row {
    std::string_view text;
    std::int64_t ms;
  };
  for (const Row& row : {
           Row{"1970-01-01T00:00:00.000Z", 0},
           Row{"2024-02-29T23:59:59.999Z", 1'709'251'199'999},
           Row{"2023-02-29T00:00:00.000Z", -1},
           Row{"2026-13-01T00:00:00.000Z", -1},
           Row{"2026-11-22T24:00:00.000Z", -1},
           Row{"2026-11-22 03:14:15.926Z", -1},
           Row{"2026-11-22T03:14:15Z", -1},
           Row{"1969-12-31T00:00:00.000Z", -1},
           Row{"", -1},
       }) {
    EXPECT_EQ(parseTime(row.text), row.ms) << row.text;
  }
}

}  // namespace
}  // namespace alignd::reporting
