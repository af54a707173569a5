// The same tests on SQLite and, where ALIGND_TEST_POSTGRES holds a URL, on PostgreSQL.
#include "reporting/store/store.h"

#include <cstdlib>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/reporting/stores.h"

namespace alignd::reporting {
namespace {

using testing::ElementsAre;

CountedPolicy policyOf(Day day, std::string_view domain, std::int64_t latest = 1) {
  CountedPolicy out;
  out.day = day;
  out.policy.domain = domain;
  out.policy.p = "none";
  out.rua = {"mailto:a@" + std::string(domain)};
  out.latestMs = latest;
  out.messages = 1;
  return out;
}

std::string bodyOf(std::string_view ip) {
  Row row;
  row.sourceIp = ip;
  row.disposition = "none";
  return encode(row);
}

class StoreTest : public testing::TestWithParam<test::Kind> {
 protected:
  test::Place place_{GetParam()};
  Store store_{place_.open()};
};

TEST_P(StoreTest, ALineIsNewOnce) {
  store_.transaction([&] {
    EXPECT_THAT(store_.markSeen({{5, 1}, {5, 2}, {5, 1}}), ElementsAre(true, true, false));
    EXPECT_THAT(store_.markSeen({{5, 2}, {6, 2}, {5, -3}}), ElementsAre(false, true, true));
    EXPECT_THAT(store_.markSeen({}), ElementsAre());
  });
}

TEST_P(StoreTest, WhatFailsLeavesNothing) {
  EXPECT_THROW(store_.transaction([&] {
    store_.markSeen({{5, 1}});
    store_.add({policyOf(3, "a.example")});
    store_.setPlace({"h", 1, 2}, {10, 20, "x"}, 0);
    throw std::runtime_error("killed");
  }),
               std::runtime_error);
  store_.transaction([&] { EXPECT_THAT(store_.markSeen({{5, 1}}), ElementsAre(true)); });
  EXPECT_TRUE(store_.policies(3).empty());
  EXPECT_EQ(store_.place({"h", 1, 2}), std::nullopt);
}

TEST_P(StoreTest, CountsAddUpAndTheLatestRuaCounts) {
  CountedPolicy first = policyOf(3, "a.example", 10);
  first.rows = {{bodyOf("192.0.2.1"), 2}, {bodyOf("192.0.2.2"), 1}};
  CountedPolicy second = policyOf(3, "a.example", 20);
  second.rua = {"mailto:new@a.example"};
  second.error = "quote ' \" \\ {},NULL";
  second.rows = {{bodyOf("192.0.2.1"), 5}};
  const CountedPolicy older = policyOf(3, "a.example", 15);
  const CountedPolicy otherDay = policyOf(4, "a.example");
  store_.transaction([&] {
    store_.add({first, otherDay});
    store_.add({second});
    store_.add({older});
  });
  const auto policies = store_.policies(3);
  ASSERT_EQ(policies.size(), 1U);
  EXPECT_EQ(policies[0].messages, 3);
  EXPECT_THAT(policies[0].rua, ElementsAre("mailto:new@a.example"));
  EXPECT_EQ(policies[0].error, "quote ' \" \\ {},NULL");
  std::map<std::string, std::int64_t> counts;
  store_.rows(policies[0].id, "", "",
              [&](const std::string&, const Row& row, std::int64_t count) { counts[row.sourceIp] = count; });
  EXPECT_EQ(counts, (std::map<std::string, std::int64_t>{{"192.0.2.1", 7}, {"192.0.2.2", 1}}));
  EXPECT_EQ(store_.rowCount(policies[0].id), 2);
  EXPECT_EQ(store_.policy(policies[0].id)->policy.domain, "a.example");
  EXPECT_EQ(store_.policiesOf("a.example").at(0).day, 4);
}

TEST_P(StoreTest, RowsComeInPagesAndInParts) {
  CountedPolicy policy = policyOf(3, "a.example");
  for (int i = 0; i < 4500; ++i) policy.rows.push_back({bodyOf("2001:db8::" + std::to_string(i)), i + 1});
  store_.transaction([&] { store_.add({policy}); });
  const std::int64_t id = store_.policies(3).at(0).id;
  std::vector<std::string> digests;
  std::int64_t total = 0;
  store_.rows(id, "", "", [&](const std::string& digest, const Row&, std::int64_t count) {
    digests.push_back(digest);
    total += count;
  });
  ASSERT_EQ(digests.size(), 4500U);
  EXPECT_TRUE(std::is_sorted(digests.begin(), digests.end()));
  EXPECT_EQ(total, 4500 * 4501 / 2);
  std::size_t part = 0;
  store_.rows(id, digests[100], digests[200], [&](const std::string&, const Row&, std::int64_t) { ++part; });
  EXPECT_EQ(part, 101U);
}

TEST_P(StoreTest, DaysCloseAndAreForgotten) {
  store_.transaction([&] {
    store_.add({policyOf(3, "a.example"), policyOf(4, "a.example"), policyOf(9, "a.example")});
    store_.markSeen({{3 * kDaySeconds * 1000, 1}, {4 * kDaySeconds * 1000, 1}});
  });
  EXPECT_THAT(store_.openDays(9), ElementsAre(3, 4));
  store_.closeDay(3, 0);
  store_.closeDay(3, 0);
  EXPECT_THAT(store_.openDays(9), ElementsAre(4));
  EXPECT_THAT(store_.closedDays(), ElementsAre(3));
  store_.prune(4, 0);
  EXPECT_TRUE(store_.policies(3).empty());
  EXPECT_TRUE(store_.closedDays().empty());
  store_.transaction([&] {
    EXPECT_THAT(store_.markSeen({{3 * kDaySeconds * 1000, 1}, {4 * kDaySeconds * 1000, 1}}),
                ElementsAre(true, false));
  });
}

TEST_P(StoreTest, ADeliveryIsTakenOnce) {
  store_.addReport({"r1", 7, 3, "a.example", 0, "0", "f", 12}, 100);
  store_.addReport({"r1", 8, 4, "b.example", 1, "0", "f", 12},
                   100);  // made again after a crash: the first stays
  EXPECT_EQ(store_.report("r1")->policy, 7);
  EXPECT_EQ(store_.report("nothing"), std::nullopt);
  EXPECT_EQ(store_.reportsOf(3).size(), 1U);
  Delivery delivery{"r1", "x@a.example", DeliveryState::Waiting, 0, 50, 40, "", 3, "a.example"};
  store_.addDelivery(delivery);
  store_.addDelivery(delivery);
  EXPECT_TRUE(store_.dueDeliveries(49).empty());
  ASSERT_EQ(store_.dueDeliveries(50).size(), 1U);
  EXPECT_EQ(store_.mailsTo("a.example", 3), 1);
  EXPECT_TRUE(store_.claim(delivery));
  EXPECT_FALSE(store_.claim(delivery));
  EXPECT_TRUE(store_.dueDeliveries(50).empty());
  delivery.state = DeliveryState::Sent;
  delivery.note = "250 ok";
  store_.setState(delivery);
  EXPECT_EQ(store_.deliveries().at(0).state, DeliveryState::Sent);
  EXPECT_EQ(store_.deliveries().at(0).note, "250 ok");
}

// PostgreSQL takes UTF-8 without NUL alone: one such text of a stranger would end every run.
TEST_P(StoreTest, TextsOfStrangersAreStored) {
  const std::string strange("a\0b\xff\xc3", 5);
  const std::string stored =
      "a\xef\xbf\xbd"
      "b\xef\xbf\xbd\xef\xbf\xbd";
  CountedPolicy policy = policyOf(3, "a.example");
  policy.error = strange;
  store_.transaction([&] { store_.add({policy}); });
  EXPECT_EQ(store_.policies(3).at(0).error, stored);
  Delivery delivery{"r1", strange, DeliveryState::Waiting, 0, 50, 40, strange, 3, "a.example"};
  store_.addDelivery(delivery);
  delivery.state = DeliveryState::Refused;
  delivery.note = "names another destination, " + strange;
  store_.setState(delivery);
  ASSERT_EQ(store_.deliveries().size(), 1U);
  EXPECT_EQ(store_.deliveries()[0].address, stored);
  EXPECT_EQ(store_.deliveries()[0].note, "names another destination, " + stored);
  EXPECT_TRUE(store_.dueDeliveries(50).empty());
}

TEST(Storable, IsUtf8WithoutNul) {
  EXPECT_EQ(storable("\xc3\xbc|\xe2\x82\xac|\xf0\x9f\x98\x80"), "\xc3\xbc|\xe2\x82\xac|\xf0\x9f\x98\x80");
  EXPECT_EQ(storable("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "a surrogate";
  EXPECT_EQ(storable("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd") << "cut within a character";
  EXPECT_EQ(storable(""), "");
}

TEST_P(StoreTest, AStoreOpenedAgainIsTheSameAndANewerOneIsRefused) {
  store_.transaction([&] { store_.add({policyOf(3, "a.example")}); });
  {
    Store again(place_.open());
    EXPECT_EQ(again.policies(3).size(), 1U);
  }
  const auto sql = place_.open();
  sql->run("UPDATE meta SET value = '99' WHERE name = 'schema'", {});
  EXPECT_THROW(Store(place_.open()), std::runtime_error);
}

TEST_P(StoreTest, AnOlderSchemaIsBroughtUp) {
  const auto sql = place_.open();
  store_.transaction([&] { store_.add({policyOf(3, "a.example")}); });
  sql->script(
      "DROP TABLE report; DROP TABLE delivery; DROP TABLE failure; DROP TABLE failure_file; "
      "UPDATE meta SET value = '1' WHERE name = 'schema'");
  Store newer(place_.open());
  EXPECT_EQ(newer.policies(3).size(), 1U);
  newer.addReport({"r1", 7, 3, "a.example", 0, "0", "f", 12}, 100);
  EXPECT_TRUE(newer.report("r1"));
}

INSTANTIATE_TEST_SUITE_P(All, StoreTest, testing::ValuesIn(test::kinds()),
                         [](const auto& tested) { return test::name(tested.param); });

}  // namespace
}  // namespace alignd::reporting
