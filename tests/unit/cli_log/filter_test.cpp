// Which lines are meant, and counting in bounded memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/log_filter.h"
#include "cli/top.h"

namespace alignd::cli {
namespace {

using testing::ElementsAre;
using testing::Pair;

reporting::LoggedMessage message() {
  reporting::LoggedMessage out;
  out.timeMs = 1000;
  out.queueId = "4cX";
  out.client = "192.0.2.7";
  out.from = "news.bank.example";
  out.why = "forged";
  return out;
}

template <class Set>
bool passes(Set set) {
  LogFilter filter;
  set(filter);
  return filter.matches(message());
}

TEST(LogFilter, EachCondition) {
  EXPECT_TRUE(passes([](LogFilter&) {}));
  EXPECT_TRUE(passes([](LogFilter& f) { f.domain = "Bank.example"; })) << "below it";
  EXPECT_TRUE(passes([](LogFilter& f) { f.domain = "news.bank.example"; }));
  EXPECT_FALSE(passes([](LogFilter& f) { f.domain = "ank.example"; }));
  EXPECT_TRUE(passes([](LogFilter& f) { f.client = Network::parse("192.0.2.0/24"); }));
  EXPECT_TRUE(passes([](LogFilter& f) { f.client = Network::parse("192.0.2.7"); }));
  EXPECT_FALSE(passes([](LogFilter& f) { f.client = Network::parse("192.0.2.8"); }));
  EXPECT_TRUE(passes([](LogFilter& f) { f.sinceMs = 1000; }));
  EXPECT_FALSE(passes([](LogFilter& f) { f.sinceMs = 1001; }));
  EXPECT_TRUE(passes([](LogFilter& f) { f.why = "forged"; }));
  EXPECT_FALSE(passes([](LogFilter& f) { f.why = "aligned"; }));
  EXPECT_TRUE(passes([](LogFilter& f) { f.queueId = "4cX"; }));
  EXPECT_FALSE(passes([](LogFilter& f) { f.queueId = "4cY"; }));
}

TEST(LogFilter, Since) {
  constexpr std::int64_t kNow = 1'000'000'000'000;
  EXPECT_EQ(parseSince("1970-01-02", kNow), 86'400'000);
  EXPECT_EQ(parseSince("1970-01-01T00:01", kNow), 60'000);
  EXPECT_EQ(parseSince("1970-01-01T00:00:01Z", kNow), 1000);
  EXPECT_EQ(parseSince("1970-01-01T00:00:00.001Z", kNow), 1);
  EXPECT_EQ(parseSince("90m", kNow), kNow - 90 * 60'000);
  EXPECT_EQ(parseSince("12h", kNow), kNow - 12 * 3'600'000);
  EXPECT_EQ(parseSince("7d", kNow), kNow - 7 * 86'400'000);
  for (const char* bad :
       {"", "x", "d", "-1d", "1y", "1970-13-01", "1970-01-01T", "99999999d", "1970-01-01 00:00"}) {
    EXPECT_EQ(parseSince(bad, kNow), std::nullopt) << bad;
  }
}

TEST(Top, MostFrequentFirst) {
  Top top;
  for (const char* key : {"b", "a", "c", "a", "c", "a"}) top.add(key);
  EXPECT_THAT(top.most(2), ElementsAre(Pair("a", 3), Pair("c", 2)));
  EXPECT_EQ(top.most(10).size(), 3U);
  EXPECT_TRUE(top.exact());
}

TEST(Top, MemoryDoesNotGrowAndTheFrequentStay) {
  Top top(100);
  for (int i = 0; i < 10'000; ++i) {
    top.add("rare" + std::to_string(i));
    if (i % 10 == 0) top.add("frequent");
  }
  EXPECT_LE(top.keys(), 100U);
  EXPECT_FALSE(top.exact());
  EXPECT_THAT(top.most(1), ElementsAre(Pair("frequent", testing::Ge(900U))));
}

}  // namespace
}  // namespace alignd::cli
