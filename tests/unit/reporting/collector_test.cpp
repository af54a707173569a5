#include "reporting/collect/collector.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/unit/reporting/stores.h"

namespace alignd::reporting {
namespace {

constexpr std::int64_t kNow = 1'795'320'000;  // 2026-11-22T04:00:00Z
constexpr Day kToday = kNow / kDaySeconds;

std::string lineAt(std::string_view time, std::string_view queueId, std::string_view ip = "192.0.2.1",
                   std::string_view policy = "reject") {
  std::string out = R"({"time":"2026-11-)";
  out += time;
  out += R"(.000Z","queue_id":")";
  out += queueId;
  out += R"(","client":")";
  out += ip;
  out +=
      R"(","mail_from":"a@a.example","from":"a.example","spf":{"result":"pass","domain":"a.example"},"dmarc":)"
      R"({"result":"pass","policy_domain":"a.example","p":")";
  out += policy;
  out += R"(","rua":["mailto:r@a.example"],"aligned":["spf"]},"action":"accept","would":"accept"})";
  return out + "\n";
}

class CollectorTest : public testing::TestWithParam<test::Kind> {
 protected:
  CollectorTest() {
    std::filesystem::create_directories(folder_);
    options_.maxAge = std::chrono::hours(48);
  }
  ~CollectorTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + name; }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::app | std::ios::binary) << text;
  }
  Tally collect(const std::vector<std::string>& names) {
    Collector collector(store_, options_, "mx1", kNow);
    for (const auto& name : names) EXPECT_EQ(collector.file(path(name)), "");
    return collector.tally();
  }
  std::int64_t total(Day day = kToday) {
    std::int64_t sum = 0;
    for (const StoredPolicy& policy : store_.policies(day)) {
      store_.rows(policy.id, "", "",
                  [&](const std::string&, const Row&, std::int64_t count) { sum += count; });
    }
    return sum;
  }

  std::string folder_ = testing::TempDir() + "collect" + std::to_string(::getpid()) + "/";
  test::Place place_{GetParam()};
  Store store_{place_.open()};
  Options options_;
};

TEST_P(CollectorTest, GoesOnWhereItLeftAndTakesWholeLinesOnly) {
  const std::string second = lineAt("22T01:00:00", "Q2");
  append("log", lineAt("22T00:00:00", "Q1") + second.substr(0, 40));
  EXPECT_EQ(collect({"log"}).counted, 1U);
  append("log", second.substr(40) + lineAt("22T02:00:00", "Q3"));
  const Tally tally = collect({"log"});
  EXPECT_EQ(tally.lines, 2U);
  EXPECT_EQ(tally.counted, 2U);
  EXPECT_EQ(collect({"log"}).lines, 0U);
  EXPECT_EQ(total(), 3);
}

TEST_P(CollectorTest, RotatedCompressedAndPipedLinesCountOnce) {
  const std::string text = lineAt("22T00:00:00", "Q1") + lineAt("22T00:00:00", "Q2");
  append("log", text);
  EXPECT_EQ(collect({"log"}).counted, 2U);
  std::filesystem::rename(path("log"), path("log.1"));
  append("log.1", lineAt("22T00:00:01", "Q3"));  // written before the daemon reopened
  append("log", lineAt("22T00:00:02", "Q4"));
  const Tally rotated = collect({"log.1", "log"});
  EXPECT_EQ(rotated.lines, 2U);
  EXPECT_EQ(rotated.counted, 2U);
  const gzFile packed = gzopen(path("log.2.gz").c_str(), "wb");
  gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
  gzclose(packed);
  const Tally again = collect({"log.2.gz"});
  EXPECT_EQ(again.repeated, 2U);
  EXPECT_EQ(again.counted, 0U);
  EXPECT_EQ(collect({"log.2.gz"}).lines, 0U);
  Collector piped(store_, options_, "mx1", kNow);
  piped.stream(::open(path("log.1").c_str(), O_RDONLY));
  EXPECT_EQ(piped.tally().repeated, 3U);
  EXPECT_EQ(total(), 4);
}

TEST_P(CollectorTest, AFileThatWasEmptiedBeginsAnew) {
  append("log", lineAt("22T00:00:00", "Q1") + lineAt("22T00:00:01", "Q2"));
  collect({"log"});
  std::ofstream(path("log"), std::ios::trunc) << lineAt("22T00:00:03", "Q3");
  EXPECT_EQ(collect({"log"}).counted, 1U);
  EXPECT_EQ(total(), 3);
}

TEST_P(CollectorTest, HostsAndMessagesWithoutIdAreToldApart) {
  append("log",
         lineAt("22T00:00:00", "") + lineAt("22T00:00:00", "", "192.0.2.2") + lineAt("22T00:00:00", ""));
  EXPECT_EQ(collect({"log"}).counted, 2U);
  append("mx2", lineAt("22T00:00:00", "Q1"));
  append("mx3", lineAt("22T00:00:00", "Q1"));
  for (const char* host : {"mx2", "mx3"}) {
    Collector collector(store_, options_, host, kNow);
    collector.file(path(host));
    EXPECT_EQ(collector.tally().counted, 1U);
  }
}

TEST_P(CollectorTest, WhatIsNotCountedIsTold) {
  append("log", "[info] started\n{\"time\":\"2026-11-22T00:00:00.000Z\",\"queue\n\n" +
                    lineAt("19T00:00:00", "Q1") + lineAt("23T00:00:00", "Q1") +
                    lineAt("22T00:00:00", "Q1", "local"));
  const Tally tally = collect({"log"});
  EXPECT_EQ(tally.foreign, 1U);
  EXPECT_EQ(tally.torn, 1U);
  EXPECT_EQ(tally.old, 2U);
  EXPECT_EQ(tally.text(), "6 lines: 0 counted, 2 too old, 1 client not known, 1 torn, 1 of others");
}

TEST_P(CollectorTest, AClosedDayTakesNothingMore) {
  append("log", lineAt("21T23:59:59", "Q1"));
  collect({"log"});
  store_.closeDay(kToday - 1, kNow);
  append("log", lineAt("21T23:59:59", "Q2") + lineAt("22T00:00:00", "Q3"));
  const Tally tally = collect({"log"});
  EXPECT_EQ(tally.closed, 1U);
  EXPECT_EQ(tally.counted, 1U);
  EXPECT_EQ(total(kToday - 1), 1);
}

TEST_P(CollectorTest, EachPolicyOfADayIsKept) {
  append("log", lineAt("22T00:00:00", "Q1") + lineAt("22T01:00:00", "Q2", "192.0.2.1", "none"));
  collect({"log"});
  EXPECT_EQ(store_.policies(kToday).size(), 2U);
}

TEST_P(CollectorTest, ACrashAnywhereLosesAndDoublesNothing) {
  struct Killed {};
  for (const std::string_view at : {"begun", "marked", "added", "placed", "committed"}) {
    const std::string name = "log-" + std::string(at);
    append(name, lineAt("22T00:00:00", std::string(at) + "1") + lineAt("22T00:00:01", std::string(at) + "2"));
    const std::int64_t before = total();
    {
      Collector dying(store_, options_, "mx1", kNow);
      dying.onStep = [&](std::string_view step) {
        if (step == at) throw Killed();
      };
      EXPECT_THROW(dying.file(path(name)), Killed);
    }
    collect({name});
    EXPECT_EQ(total(), before + 2) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(All, CollectorTest, testing::ValuesIn(test::kinds()),
                         [](const auto& tested) { return test::name(tested.param); });

}  // namespace
}  // namespace alignd::reporting
