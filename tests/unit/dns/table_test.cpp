#include "dns/table/table.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "dns/table/lookups.h"

namespace alignd::dns {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow{1000s};

Question txt(const std::string& name) {
  return {*Name::parse(name), Type::TXT};
}

// Notes what is asked; answers nothing.
class ScriptedAsker final : public Asker {
 public:
  bool ask(const Question& question, const void*, Need need) noexcept override {
    asked.emplace_back(question.name.text(), need);
    return takes;
  }
  void join(const Question& question, const void*, Need need) noexcept override {
    joined.emplace_back(question.name.text(), need);
  }
  bool busy() const noexcept override { return isBusy; }
  std::vector<std::pair<std::string, Need>> asked;
  std::vector<std::pair<std::string, Need>> joined;
  bool takes = true;
  bool isBusy = false;
};

struct Table : testing::Test {
  std::shared_ptr<ScriptedAsker> asker = std::make_shared<ScriptedAsker>();
  std::shared_ptr<AnswerTable> table;

  void make(TableOptions options = {}) { table = std::make_shared<AnswerTable>(options, asker); }
  static std::shared_ptr<Mailbox> message() { return std::make_shared<Mailbox>(); }

  AnswerPtr find(const std::string& name, Time now = kNow, Need need = Need::Needed) {
    return table->findOrAsk(txt(name), message(), need, now);
  }
  // An answer with `ttl` and `size` octets of data, as the engine would publish it.
  void publish(const std::string& name, Status status, std::chrono::seconds ttl, Time now = kNow,
               std::size_t size = 1) {
    auto answer = std::make_shared<Answer>();
    answer->question = txt(name);
    answer->status = status;
    answer->expires = now + ttl;
    if (status == Status::Ok) {
      Record& record = answer->records.emplace_back();
      record.ttl = static_cast<std::uint32_t>(ttl.count());
      record.data = Txt(size, 'x');
    }
    table->publish(std::move(answer), now);
  }
};

TEST_F(Table, EqualQuestionsInFlightShareOneQuery) {
  make();
  const auto a = message();
  const auto b = message();
  EXPECT_EQ(table->findOrAsk(txt("k"), a, Need::Needed, kNow), nullptr);
  EXPECT_EQ(table->findOrAsk(txt("k"), b, Need::Needed, kNow), nullptr);
  EXPECT_EQ(table->findOrAsk(txt("k"), a, Need::Needed, kNow), nullptr);  // again: no harm
  EXPECT_EQ(asker->asked.size(), 1U);
  publish("k", Status::Ok, 60s);
  EXPECT_EQ(a->collect().size(), 1U);
  EXPECT_EQ(b->collect().size(), 1U);
  const auto counters = table->counters();
  EXPECT_EQ(counters.misses, 1U);
  EXPECT_EQ(counters.coalesced, 1U);
  EXPECT_EQ(counters.pending, 0U);
  EXPECT_NE(find("k"), nullptr);
  EXPECT_EQ(table->counters().hits, 1U);
}

TEST_F(Table, AMessageThatIsGoneIsNoTrouble) {
  make();
  find("k");  // its mailbox is dead at once
  publish("k", Status::Ok, 60s);
  EXPECT_NE(find("k"), nullptr);
}

TEST_F(Table, NeedRaisesWhatWasAskedAhead) {
  make();
  const auto a = message();
  table->findOrAsk(txt("k"), a, Need::Ahead, kNow);
  table->findOrAsk(txt("k"), a, Need::Needed, kNow);
  table->findOrAsk(txt("k"), a, Need::Needed, kNow);
  using Asked = std::vector<std::pair<std::string, Need>>;
  EXPECT_EQ(asker->asked, (Asked{{"k", Need::Ahead}}));
  EXPECT_EQ(asker->joined, (Asked{{"k", Need::Needed}}));
}

TEST_F(Table, AskingAheadIsRefusedWhenTheEngineIsHalfFull) {
  make();
  asker->isBusy = true;
  const auto refused = find("k", kNow, Need::Ahead);
  ASSERT_NE(refused, nullptr);
  EXPECT_TRUE(refused->overload);
  EXPECT_TRUE(asker->asked.empty());
  EXPECT_EQ(table->counters().refusedAhead, 1U);
  EXPECT_EQ(find("k"), nullptr);  // needed: it goes in
  EXPECT_EQ(asker->asked.size(), 1U);
  find("k");  // somebody else's turn may come sooner: told again
  EXPECT_EQ(asker->asked.size(), 1U);
  EXPECT_EQ(asker->joined.size(), 1U);
}

TEST_F(Table, AFullEngineIsAnOverloadTimeoutThatNobodyRemembers) {
  make();
  asker->takes = false;
  const auto answer = find("k");
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->status, Status::Timeout);
  EXPECT_TRUE(answer->overload);
  asker->takes = true;
  EXPECT_EQ(find("k"), nullptr);
  EXPECT_EQ(table->counters().overload, 1U);
}

TEST_F(Table, AnswersLiveAsLongAsTheirTtlAndNoLongerThanTheCeiling) {
  make({.ttlCeiling = 100s, .negativeCeiling = 50s, .failureMemory = 5s});
  const struct {
    const char* name;
    Status status;
    std::chrono::seconds ttl;
    std::chrono::seconds lives;
  } cases[] = {
      {"short", Status::Ok, 10s, 10s},
      {"long", Status::Ok, 1000s, 100s},
      {"zero", Status::Ok, 0s, 0s},
      {"none", Status::NoSuchName, 20s, 20s},  // RFC 2308 section 5
      {"none-long", Status::NoSuchName, 1000s, 50s},
      {"empty-long", Status::NoData, 1000s, 50s},
      {"dangling", Status::DanglingCname, 30s, 30s},
      {"loop", Status::CnameLoop, 30s, 30s},
      {"servfail", Status::ServerFailure, 0s, 5s},  // remembered, so that a dead server is not hammered
      {"refused", Status::Refused, 900s, 5s},
      {"timeout", Status::Timeout, 0s, 5s},
      {"malformed", Status::Malformed, 0s, 5s},
  };
  for (const auto& c : cases) {
    find(c.name);
    publish(c.name, c.status, c.ttl);
    if (c.lives > 0s) {
      EXPECT_NE(find(c.name, kNow + c.lives - 1ns), nullptr) << c.name;
    }
    EXPECT_EQ(find(c.name, kNow + c.lives), nullptr) << c.name;
  }
  EXPECT_EQ(table->counters().negativeHits, 5U);
  EXPECT_EQ(table->counters().failureHits, 4U);
}

TEST_F(Table, OverloadIsNeverKept) {
  make();
  const auto a = message();
  table->findOrAsk(txt("k"), a, Need::Needed, kNow);
  auto answer = std::make_shared<Answer>();
  answer->question = txt("k");
  answer->status = Status::Timeout;
  answer->overload = true;
  table->publish(std::move(answer), kNow);
  EXPECT_EQ(a->collect().size(), 1U);
  EXPECT_EQ(find("k"), nullptr);
}

TEST_F(Table, WithoutACacheNothingIsKeptButQueriesAreShared) {
  make({.bytes = 0});
  const auto a = message();
  const auto b = message();
  table->findOrAsk(txt("k"), a, Need::Needed, kNow);
  table->findOrAsk(txt("k"), b, Need::Needed, kNow);
  publish("k", Status::Ok, 60s);
  EXPECT_EQ(a->collect().size() + b->collect().size(), 2U);
  EXPECT_EQ(find("k"), nullptr);
  publish("k", Status::ServerFailure, 0s);
  EXPECT_EQ(find("k"), nullptr);
  EXPECT_EQ(table->counters().entries, 0U);
  EXPECT_EQ(asker->asked.size(), 3U);
}

TEST_F(Table, ALateFailureDoesNotPushOutWhatIsKnown) {
  make();
  publish("k", Status::Ok, 60s);
  publish("k", Status::Timeout, 0s);
  EXPECT_EQ(find("k")->status, Status::Ok);
}

TEST_F(Table, ALateAnswerReplacesARememberedFailure) {
  make();
  find("k");
  publish("k", Status::Timeout, 0s);
  publish("k", Status::Ok, 60s, kNow + 1s);
  EXPECT_EQ(find("k", kNow + 2s)->status, Status::Ok);
}

// One shard, so that the order of leaving is exact.
constexpr std::size_t kSmall = 100U << 10U;

TEST_F(Table, IsBoundedInOctetsWhateverComes) {
  make({.bytes = kSmall});
  for (int i = 0; i < 2000; ++i) {
    publish("n" + std::to_string(i), Status::Ok, 60s, kNow, static_cast<std::size_t>(i) % 3000);
    ASSERT_LE(table->counters().bytes, kSmall);
  }
  EXPECT_GT(table->counters().evicted, 1000U);
  publish("huge", Status::Ok, 60s, kNow, 2 * kSmall);  // larger than all: it does not stay
  EXPECT_LE(table->counters().bytes, kSmall);
}

TEST_F(Table, AFloodOfAnswersThatAreWantedOnceDoesNotEvictWhatIsUsed) {
  make({.bytes = kSmall});
  publish("key", Status::Ok, 60s, kNow, 2000);
  EXPECT_NE(find("key"), nullptr);  // a second message: proven
  for (int i = 0; i < 5000; ++i) publish("flood" + std::to_string(i), Status::NoSuchName, 60s);
  EXPECT_NE(find("key"), nullptr);
  EXPECT_EQ(find("flood0"), nullptr);
}

TEST_F(Table, WhatTwoMessagesWaitedForIsProvenAtOnce) {
  make({.bytes = kSmall});
  const auto a = message();
  const auto b = message();
  table->findOrAsk(txt("key"), a, Need::Needed, kNow);
  table->findOrAsk(txt("key"), b, Need::Needed, kNow);
  publish("key", Status::Ok, 60s);
  for (int i = 0; i < 5000; ++i) publish("flood" + std::to_string(i), Status::NoSuchName, 60s);
  EXPECT_NE(find("key"), nullptr);
}

TEST_F(Table, TheProvenLeaveRoomForNewcomers) {
  make({.bytes = kSmall});
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "n" + std::to_string(i);
    publish(name, Status::Ok, 60s);
    ASSERT_NE(find(name), nullptr) << i;  // were there no room, it would be gone at once
  }
  EXPECT_LE(table->counters().bytes, kSmall);
}

struct Big {
  std::string bytes;
};
std::size_t derivedCost(const Big& big) {
  return big.bytes.size();
}

TEST_F(Table, WhatIsDerivedCountsAndIsGivenBack) {
  make({.bytes = kSmall});
  for (int i = 0; i < 200; ++i) {
    const std::string name = "n" + std::to_string(i);
    publish(name, Status::Ok, 60s);
    const auto answer = find(name);
    ASSERT_NE(answer, nullptr);
    answer->derived<Big>([](const Answer&) { return Big{std::string(10000, 'x')}; });
    // One answer may be over, until the next one is published.
    ASSERT_LE(table->counters().bytes, kSmall + 11000) << i;
  }
  const auto kept = find("n199");
  for (int i = 0; i < 3000; ++i) publish("flood" + std::to_string(i), Status::Ok, 60s);
  ASSERT_LE(table->counters().bytes, kSmall);
}

TEST_F(Table, AFailureStaysAFailureWithWhatWasKnownBesideIt) {
  for (const bool serve : {false, true}) {
    make({.serveStale = serve, .staleLimit = 1000s});
    publish("k", Status::Ok, 10s);
    const auto before = find("k");
    EXPECT_EQ(find("k", kNow + 20s), nullptr);  // expired: asked again
    const auto a = message();
    table->findOrAsk(txt("k"), a, Need::Needed, kNow + 20s);
    publish("k", Status::ServerFailure, 0s, kNow + 20s);
    const auto got = a->collect();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0]->status, Status::ServerFailure);
    EXPECT_EQ(got[0]->lastGood, serve ? before : nullptr);
    EXPECT_EQ(find("k", kNow + 24s)->lastGood, serve ? before : nullptr);
    EXPECT_EQ(find("k", kNow + 25s), nullptr) << "asked again when the failure is forgotten";
    publish("k", Status::Timeout, 0s, kNow + 25s);
    EXPECT_EQ(find("k", kNow + 26s)->status, Status::Timeout);
    EXPECT_EQ(find("k", kNow + 26s)->lastGood, serve ? before : nullptr) << "still that of the beginning";
    publish("k", Status::NoSuchName, 10s, kNow + 31s);  // a fact ends it
    EXPECT_EQ(find("k", kNow + 32s)->lastGood, nullptr);
    publish("k", Status::Timeout, 0s, kNow + 50s);
    EXPECT_EQ(find("k", kNow + 51s)->lastGood, nullptr) << "only data may stand in, not its absence";
  }
}

TEST_F(Table, WhatIsTooOldStandsBesideNothing) {
  make({.serveStale = true, .staleLimit = 5s});
  publish("k", Status::Ok, 10s);
  publish("k", Status::Timeout, 0s, kNow + 15s);
  EXPECT_NE(find("k", kNow + 16s)->lastGood, nullptr);
  publish("k", Status::Timeout, 0s, kNow + 21s);
  EXPECT_EQ(find("k", kNow + 22s)->lastGood, nullptr);
}

TEST_F(Table, OverloadIsNoFailureOfTheServers) {
  make({.serveStale = true});
  publish("k", Status::Ok, 10s);
  const auto a = message();
  table->findOrAsk(txt("k"), a, Need::Needed, kNow + 20s);
  auto answer = std::make_shared<Answer>();
  answer->question = txt("k");
  answer->status = Status::Timeout;
  answer->overload = true;
  table->publish(std::move(answer), kNow + 20s);
  EXPECT_EQ(a->collect().at(0)->lastGood, nullptr);
  publish("k", Status::Timeout, 0s, kNow + 21s);
  EXPECT_NE(find("k", kNow + 22s)->lastGood, nullptr) << "and it forgets nothing";
}

TEST_F(Table, WithoutMemoryForFailuresTheLastGoodAnswerStaysAllTheSame) {
  make({.failureMemory = 0s, .serveStale = true});
  publish("k", Status::Ok, 10s);
  for (int i = 0; i < 3; ++i) {
    const auto a = message();
    const Time now = kNow + 20s + std::chrono::seconds(i);
    EXPECT_EQ(table->findOrAsk(txt("k"), a, Need::Needed, now), nullptr);
    publish("k", Status::ServerFailure, 0s, now);
    ASSERT_NE(a->collect().at(0)->lastGood, nullptr) << i;
  }
}

TEST_F(Table, StoppingAnswersEverybody) {
  make();
  publish("here", Status::Ok, 60s);
  const auto a = message();
  table->findOrAsk(txt("k"), a, Need::Needed, kNow);
  asker->takes = false;
  table->stop();
  const auto got = a->collect();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_TRUE(got[0]->overload);
  EXPECT_TRUE(find("other")->overload);
  EXPECT_EQ(find("here")->status, Status::Ok);
}

}  // namespace
}  // namespace alignd::dns
