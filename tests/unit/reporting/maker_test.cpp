#include "reporting/report/maker.h"

#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/collect/collector.h"
#include "tests/unit/reporting/sample.h"
#include "tests/unit/reporting/stores.h"
#include "tests/unit/reporting/xmllint.h"

namespace alignd::reporting {
namespace {

using testing::HasSubstr;

constexpr Day kDay = 20'000;
constexpr std::int64_t kNow = (kDay + 1) * kDaySeconds + 7200;

Options options() {
  Options out;
  out.orgName = "Receiver";
  out.email = "dmarc@receiver.example";
  out.domain = "receiver.example";
  out.maxAge = std::chrono::hours(24 * 40);
  return out;
}

class MakerTest : public testing::TestWithParam<test::Kind> {
 protected:
  void count(const LoggedMessage& message) {
    Collector collector(store_, options_, "mx1", kNow);
    collector.message(message, "");
    collector.flush();
  }
  LoggedMessage messageOn(Day day, const std::string& domain, int number) {
    LoggedMessage out = test::sample();
    out.timeMs = day * kDaySeconds * 1000 + number;
    out.queueId = domain + std::to_string(number);
    out.from = out.dmarc.policyDomain = out.dmarc.walk[0].name = domain;
    out.client = "192.0.2." + std::to_string(number % 200 + 1);
    return out;
  }
  std::vector<Report> made(Day day) {
    Maker maker(store_, options_, kNow);
    std::vector<Report> out;
    for (const StoredReport& stored : store_.reportsOf(day)) out.push_back(maker.load(stored));
    return out;
  }
  static std::int64_t total(const std::vector<Report>& reports) {
    std::int64_t sum = 0;
    for (const Report& report : reports) {
      for (const auto& [unused, count] : report.rows) sum += count;
    }
    return sum;
  }

  test::Place place_{GetParam()};
  Store store_{place_.open()};
  Options options_ = options();
};

TEST_P(MakerTest, OneReportAPolicyDomainPolicyAndDay) {
  count(messageOn(kDay, "a.example", 1));
  count(messageOn(kDay, "b.example", 1));
  LoggedMessage changed = messageOn(kDay, "a.example", 2);
  changed.dmarc.p = "none";
  count(changed);
  LoggedMessage below = messageOn(kDay, "a.example", 3);
  below.from = "sub.a.example";  // without a record of its own
  count(below);
  count(messageOn(kDay + 1, "a.example", 4));  // a day that is not over
  Maker(store_, options_, kNow).run();
  const auto reports = made(kDay);
  ASSERT_EQ(reports.size(), 3U);
  std::set<std::string> ids;
  std::map<std::string, std::size_t> rows;
  for (const Report& report : reports) {
    ids.insert(report.metadata.reportId);
    rows[report.policy.domain + " " + report.policy.p] = report.rows.size();
    EXPECT_EQ(report.metadata.begin, kDay * kDaySeconds);
    EXPECT_EQ(report.metadata.end, (kDay + 1) * kDaySeconds - 1);
  }
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(rows, (std::map<std::string, std::size_t>{
                      {"a.example none", 1}, {"a.example reject", 2}, {"b.example reject", 1}}));
  EXPECT_TRUE(made(kDay + 1).empty());
}

TEST_P(MakerTest, ADayIsMadeOnceItHasSettled) {
  count(messageOn(kDay, "a.example", 1));
  Maker(store_, options_, (kDay + 1) * kDaySeconds + 3599).run();
  EXPECT_TRUE(made(kDay).empty());
  Maker(store_, options_, (kDay + 1) * kDaySeconds + 3600).run();
  EXPECT_EQ(made(kDay).size(), 1U);
}

TEST_P(MakerTest, DestinationsAreKeptInOrderAndThoseThatAreNoneSayWhy) {
  options_.never = {"blocked.example"};
  options_.maxDestinations = 2;
  LoggedMessage message = messageOn(kDay, "a.example", 1);
  message.dmarc.rua = {"x"};
  message.dmarc.walk[0].record =
      "v=DMARC1; p=reject; "
      "rua=https://a.example/,mailto:one@a.example,mailto:one@A.example,mailto:x@blocked.example,"
      "mailto:dmarc@receiver.example,mailto:two@a.example!5m,mailto:three@a.example,mailto:tiny@a.example!10";
  count(message);
  Maker(store_, options_, kNow).run();
  std::map<std::string, std::string> notes;
  for (const Delivery& delivery : store_.deliveries()) {
    notes[delivery.address] = std::string(stateWord(delivery.state)) + " " + delivery.note;
    EXPECT_GE(delivery.due, kNow);
    EXPECT_LT(delivery.due, kNow + options_.spread.count());
  }
  EXPECT_EQ(notes, (std::map<std::string, std::string>{
                       {"https://a.example/", "refused only mailto: is supported"},
                       {"one@a.example", "waiting "},
                       {"two@a.example", "waiting "},
                       {"mailto:x@blocked.example", "refused [reports] never names its host"},
                       {"mailto:dmarc@receiver.example", "refused it is the address that we report from"},
                       {"mailto:three@a.example", "refused over [reports] max_destinations"},
                       {"mailto:tiny@a.example!10", "refused it takes no more than 10 octets"}}));
}

TEST_P(MakerTest, WhoGetsNone) {
  struct Case {
    const char* domain;
    std::function<void(Options&)> change;
    const char* why;
  };
  StoredPolicy policy;
  policy.rua = {"mailto:a@x.example"};
  policy.messages = 3;
  for (const Case& one : {
           Case{"x.example", [](Options&) {}, ""},
           Case{"x.example", [](Options& o) { o.minimumMessages = 4; }, "fewer than"},
           Case{"receiver.example", [](Options&) {}, "own domain"},
           Case{"receiver.example", [](Options& o) { o.ownDomain = true; }, ""},
           Case{"x.example", [](Options& o) { o.never = {"x.example"}; }, "never"},
           Case{"x.example", [](Options& o) { o.only = {"*.x.example"}; }, "only"},
           Case{"y.x.example", [](Options& o) { o.only = {"*.x.example"}; }, ""},
       }) {
    Options changed = options();
    one.change(changed);
    policy.policy.domain = one.domain;
    const std::string said = notReported(policy, changed);
    EXPECT_EQ(said.empty(), *one.why == '\0') << one.domain << ": " << said;
    EXPECT_THAT(said, HasSubstr(one.why));
  }
  policy.rua.clear();
  EXPECT_THAT(notReported(policy, options()), HasSubstr("no rua"));
}

TEST_P(MakerTest, LargeReportsAreSplitAndNothingIsLost) {
  std::mt19937 random(7);  // NOLINT: the same every time
  Collector collector(store_, options_, "mx1", kNow);
  for (int i = 0; i < 3000; ++i) {
    LoggedMessage message = messageOn(kDay, "a.example", i);
    message.dkim[0].selector = std::to_string(random()) + std::to_string(random());
    message.dmarc.walk[0].record = "v=DMARC1; p=reject; rua=mailto:r@a.example!20k";
    collector.message(message, "");
  }
  collector.flush();
  Maker(store_, options_, kNow).run();
  const auto reports = made(kDay);
  EXPECT_GT(reports.size(), 2U);
  std::set<std::string> names;
  for (const Report& report : reports) {
    EXPECT_LE(gzip(toXml(report)).size(), 20U << 10U);
    names.insert(fileName("receiver.example", report));
  }
  EXPECT_EQ(names.size(), reports.size());
  EXPECT_EQ(total(reports), 3000);
}

TEST_P(MakerTest, AFloodOfSelectorsStaysSmall) {
  options_.maxRecords = 100;
  for (int round = 0; round < 3; ++round) {
    Collector collector(store_, options_, "mx1", kNow);
    for (int i = 0; i < 300; ++i) {
      LoggedMessage message = messageOn(kDay, "a.example", round * 1000 + i);
      message.client = "192.0.2.1";
      message.dkim.push_back({"fail", "a.example", message.queueId, "key_not_found", ""});
      collector.message(message, "");
    }
    collector.flush();
  }
  Maker(store_, options_, kNow).run();
  const auto reports = made(kDay);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_LE(reports[0].rows.size(), 101U);
  EXPECT_EQ(total(reports), 900);
}

TEST_P(MakerTest, OneHostIsNotFlooded) {
  options_.hostCap = 2;
  for (const char* domain : {"a.example", "b.example", "c.example"}) {
    LoggedMessage message = messageOn(kDay, domain, 1);
    message.dmarc.walk[0].record = "v=DMARC1; p=reject; rua=mailto:r@victim.example";
    count(message);
  }
  Maker(store_, options_, kNow).run();
  int waiting = 0;
  for (const Delivery& delivery : store_.deliveries())
    waiting += delivery.state == DeliveryState::Waiting ? 1 : 0;
  EXPECT_EQ(waiting, 2);
}

TEST_P(MakerTest, ACrashAnywhereGivesTheSameReportsAgain) {
  struct Killed {};
  for (int i = 0; i < 3; ++i) count(messageOn(kDay, "d" + std::to_string(i) + ".example", 1));
  for (const std::string_view at : {"closed", "made", "stored", "day made"}) {
    for (int which : {1, 2}) {
      Maker dying(store_, options_, kNow);
      int seen = 0;
      dying.onStep = [&](std::string_view step) {
        if (step == at && ++seen == which) throw Killed();
      };
      try {
        dying.run();
      } catch (const Killed&) {
      }
    }
  }
  Maker(store_, options_, kNow).run();
  EXPECT_EQ(made(kDay).size(), 3U);
  EXPECT_EQ(store_.deliveries().size(), 3U);
  EXPECT_TRUE(store_.unmadeDays().empty());
}

// Thirty days of mail of five domains: every message stands in one report, and every report is valid.
TEST_P(MakerTest, AMonth) {
  constexpr const char* kActions[]{"accept", "mark", "reject"};
  constexpr const char* kResults[]{"pass", "fail", "temperror"};
  std::mt19937 random(20'261'126);  // NOLINT: the same every time
  std::map<std::string, std::int64_t> expected;
  Collector collector(store_, options_, "mx1", kNow);
  for (Day day = kDay - 29; day <= kDay; ++day) {
    for (int i = 0; i < 60; ++i) {
      const std::string domain = "d" + std::to_string(random() % 5) + ".example";
      LoggedMessage message = messageOn(day, domain, i);
      message.client = random() % 3 == 0 ? "2001:db8::" + std::to_string(random() % 9) : message.client;
      message.dmarc.result = kResults[random() % 3];
      message.action = message.would = kActions[random() % 3];
      message.dmarc.policy = message.dmarc.p = random() % 2 == 0 ? "none" : "quarantine";
      message.mailFrom = random() % 4 == 0 ? "" : message.mailFrom;
      if (random() % 4 == 0) message.dkim.clear();
      if (random() % 5 == 0) message.overrideType = "local_policy";
      ++expected[domain];
      collector.message(message, "");
    }
  }
  collector.flush();
  Maker(store_, options_, kNow).run();
  std::map<std::string, std::int64_t> counted;
  for (Day day = kDay - 29; day <= kDay; ++day) {
    for (const Report& report : made(day)) {
      for (const auto& [row, count] : report.rows) counted[report.policy.domain] += count;
      if (!test::canLint() || GetParam() != test::Kind::Sqlite) continue;
      EXPECT_EQ(test::lint(toXml(report)), "");
    }
  }
  EXPECT_EQ(counted, expected);
}

INSTANTIATE_TEST_SUITE_P(All, MakerTest, testing::ValuesIn(test::kinds()),
                         [](const auto& tested) { return test::name(tested.param); });

}  // namespace
}  // namespace alignd::reporting
