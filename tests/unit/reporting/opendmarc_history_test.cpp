#include "reporting/log/opendmarc_history.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/aggregate/observe.h"

namespace alignd::reporting {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As OpenDMARC 1.4.2 writes it.
constexpr std::string_view kOne = R"(job 4cXyZ1
reporter mx.receiver.example
received 1795317255
ipaddr 192.0.2.7
from Mail.Example.org
mfrom bounce.example.org
dkim example.org s1 0
dkim other.example s2 7
spf 0
spf_scope 1
pdomain example.org
policy 15
rua mailto:one@example.org
rua mailto:two@example.org
pct 100
adkim 114
aspf 115
p 114
sp 113
fo 1
align_dkim 4
align_spf 5
arc 7
arc_policy 2 json:[]
action 2
)";

std::vector<LoggedMessage> readAll(std::string_view text, HistoryReader& reader) {
  std::vector<LoggedMessage> out;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    if (reader.line(line)) out.push_back(reader.message());
  }
  return out;
}

std::vector<LoggedMessage> readAll(std::string_view text) {
  HistoryReader reader;
  return readAll(text, reader);
}

std::string with(std::string_view from, std::string_view to) {
  std::string out(kOne);
  out.replace(out.find(from), from.size(), to);
  return out;
}

TEST(History, AMessageAsOpendmarcSawIt) {
  const auto found = readAll(kOne);
  ASSERT_EQ(found.size(), 1U);
  const LoggedMessage& m = found[0];
  EXPECT_EQ(m.timeMs, 1'795'317'255'000);
  EXPECT_EQ(m.host, "mx.receiver.example");
  EXPECT_EQ(m.queueId, "4cXyZ1");
  EXPECT_EQ(m.from, "mail.example.org");
  EXPECT_EQ(m.spf.result, "pass");
  ASSERT_EQ(m.dkim.size(), 2U);
  EXPECT_EQ(m.dkim[0].result, "pass");
  EXPECT_EQ(m.dkim[0].selector, "s1");
  EXPECT_EQ(m.dkim[1].result, "fail");
  EXPECT_EQ(m.dmarc.p, "reject");
  EXPECT_EQ(m.dmarc.sp, "quarantine");
  EXPECT_EQ(m.dmarc.adkim, "r");
  EXPECT_EQ(m.dmarc.aspf, "s");
  EXPECT_EQ(m.dmarc.policy, "quarantine");  // the author is below
  EXPECT_THAT(m.dmarc.rua, ElementsAre("mailto:one@example.org", "mailto:two@example.org"));
  EXPECT_EQ(m.dmarc.result, "pass");
  EXPECT_EQ(m.action, "accept");

  const Observation seen = observe(m, {});
  ASSERT_EQ(unreportedWord(seen.why), "reported");
  EXPECT_EQ(seen.row.disposition, "pass");
  EXPECT_EQ(seen.row.envelopeFrom, "bounce.example.org");
  EXPECT_TRUE(seen.row.dkim);
  EXPECT_FALSE(seen.row.spf);
  EXPECT_EQ(seen.policy.method, "psl");
}

TEST(History, WhatWasDone) {
  struct Row {
    std::string_view action;
    std::string_view disposition;
    bool explained;
  };
  for (const Row& row : {Row{"action 0", "reject", true}, Row{"action 1", "reject", true},
                         Row{"action 2", "none", true}, Row{"action 4", "quarantine", false}}) {
    std::string text = with("align_dkim 4", "align_dkim 5");
    text.replace(text.find("action 2"), 8, row.action);
    const auto found = readAll(text);
    ASSERT_EQ(found.size(), 1U);
    const Observation seen = observe(found[0], {});
    EXPECT_EQ(seen.row.disposition, row.disposition);
    EXPECT_EQ(!seen.row.reasons.empty(), row.explained) << row.action;
  }
  EXPECT_EQ(unreportedWord(observe(readAll(with("action 2", "action 3")).at(0), {}).why), "deferred");
}

TEST(History, WithoutPolicyOrAddress) {
  EXPECT_EQ(unreportedWord(observe(readAll(with("\np 114", "\np 0")).at(0), {}).why), "no policy");
  EXPECT_EQ(
      unreportedWord(
          observe(readAll(with("mailto:one@example.org\nrua mailto:two@example.org", "-")).at(0), {}).why),
      "no reports asked for");
  EXPECT_EQ(unreportedWord(observe(readAll(with("ipaddr 192.0.2.7", "ipaddr -")).at(0), {}).why),
            "client not known");
}

TEST(History, OlderFormsAndOddValues) {
  const auto old = readAll(with("dkim example.org s1 0", "dkim example.org 0"));
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].dkim[0].domain, "example.org");
  EXPECT_EQ(old[0].dkim[0].selector, "");
  EXPECT_EQ(old[0].dkim[0].result, "pass");
  EXPECT_EQ(readAll(with("dkim example.org s1 0", "dkim example.org s1 99"))[0].dkim.size(), 1U);
  EXPECT_FALSE(readAll(with("\nspf 0", "\nspf -1"))[0].hasSpf);
}

TEST(History, WhatIsCutOffIsPassedOverAndTheNextIsRead) {
  const std::string one(kOne);
  for (std::size_t length = 0; length + 2 < one.size(); ++length) {
    EXPECT_THAT(readAll(one.substr(0, length)), IsEmpty()) << length;
  }
  HistoryReader reader;
  const auto found = readAll(one.substr(0, one.size() / 2) + "\n" + one + "unknown 7\n" +
                                 with("received 1795317255", "received x") + one.substr(0, 20),
                             reader);
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(reader.torn(), 3U);
  EXPECT_GE(reader.foreign(), 1U);
}

}  // namespace
}  // namespace alignd::reporting
