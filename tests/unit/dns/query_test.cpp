#include "dns/query.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dns/query_queue.h"

namespace alignd::dns {
namespace {

using namespace std::chrono_literals;

Name name(const std::string& text) {
  return *Name::parse(text);
}

TEST(ParentDomains, AreWhereOneOwnerBegins) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {"s._domainkey.mail.example.com", {"example.com"}},
      {"example.com", {"example.com"}},
      {"com", {"com"}},
      {"", {""}},
      {"_dmarc.shop.example.co.uk", {"example.co.uk", "co.uk"}},
      {"co.uk", {"co.uk"}},
      {"a.b.example.de", {"example.de"}},
      {"a.b.abc.de", {"b.abc.de", "abc.de"}},  // cannot be told from co.uk: hence the wider domain
      {"4.3.2.192.in-addr.arpa", {"2.192.in-addr.arpa"}},
      {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
       {"8.b.d.0.1.0.0.2.ip6.arpa"}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parentDomains(name(text)), expected) << text;
}

struct Hops {
  Query query{{name("k.example"), Type::TXT}, Time{}};

  // A reply that is a bare alias from the present name.
  std::shared_ptr<Answer> alias(const std::string& target, std::uint32_t ttl = 300, bool ad = true) {
    Reply reply;
    reply.status = Status::NoData;
    reply.rcode = 0;
    reply.authenticated = ad;
    reply.unfinished = true;
    reply.chain.push_back({query.name, name(target), ttl});
    return query.take(std::move(reply), true, "server", Time{});
  }
  std::shared_ptr<Answer> end(Status status, std::uint32_t ttl = 300, bool ad = true, bool believed = true) {
    Reply reply;
    reply.status = status;
    reply.rcode = status == Status::NoSuchName ? 3 : status == Status::ServerFailure ? 2 : 0;
    reply.authenticated = ad;
    reply.ttl = ttl;
    if (status == Status::Ok) reply.records.push_back({ttl, Txt("x")});
    return query.take(std::move(reply), believed, "server", Time{});
  }
};

TEST(Query, JoinsTheHopsOfSeveralReplies) {
  Hops hops;
  EXPECT_EQ(hops.alias("a.example", 50), nullptr);
  EXPECT_EQ(hops.query.name, name("a.example"));
  EXPECT_EQ(hops.alias("b.example", 70), nullptr);
  const auto answer = hops.end(Status::Ok, 90);
  EXPECT_EQ(answer->status, Status::Ok);
  EXPECT_EQ(answer->question.name, name("k.example"));
  EXPECT_EQ(chainText(answer->chain), "k.example -> a.example -> b.example");
  EXPECT_EQ(answer->expires, Time{} + 50s);
  EXPECT_TRUE(answer->authenticated);
}

TEST(Query, IsAuthenticatedOnlyWhenEveryHopIs) {
  Hops first;
  first.alias("a.example", 300, false);
  EXPECT_FALSE(first.end(Status::Ok)->authenticated);
  Hops last;
  last.alias("a.example");
  EXPECT_FALSE(last.end(Status::Ok, 300, false)->authenticated);
  Hops stranger;
  EXPECT_FALSE(stranger.end(Status::Ok, 300, true, false)->authenticated);
}

TEST(Query, FindsLoopsAcrossReplies) {
  Hops hops;
  hops.alias("a.example", 20);
  const auto answer = hops.alias("k.example");
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->status, Status::CnameLoop);
  EXPECT_EQ(chainText(answer->chain), "k.example -> a.example -> k.example");
  EXPECT_EQ(answer->expires, Time{} + 20s);
}

TEST(Query, GoesTenHopsAndNoMore) {
  Hops hops;
  for (int i = 1; i <= 10; ++i) ASSERT_EQ(hops.alias("h" + std::to_string(i) + ".example"), nullptr) << i;
  const auto answer = hops.alias("h11.example");
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->status, Status::ChainTooLong);
  Hops ten;
  for (int i = 1; i <= 10; ++i) ten.alias("h" + std::to_string(i) + ".example");
  EXPECT_EQ(ten.end(Status::Ok)->status, Status::Ok);
}

TEST(Query, NamesTheHopThatBroke) {
  Hops gone;
  gone.alias("gone.other");
  const auto dangling = gone.end(Status::NoSuchName, 60);
  EXPECT_EQ(dangling->status, Status::DanglingCname);
  EXPECT_EQ(dangling->detail, "gone.other does not exist");
  Hops broken;
  broken.alias("sick.other");
  const auto failure = broken.end(Status::ServerFailure);
  EXPECT_EQ(failure->status, Status::ServerFailure);
  EXPECT_EQ(failure->detail, "SERVFAIL from server for sick.other");
  EXPECT_EQ(chainText(failure->chain), "k.example -> sick.other");
}

QueryPtr query(const std::string& text) {
  return std::make_shared<Query>(Question{name(text), Type::TXT}, Time{});
}

TEST(QueryQueue, MessagesTakeTurns) {
  QueryQueue queue(100, 100);
  const int a = 0;
  const int b = 0;
  for (const char* text : {"a1.x", "a2.x", "a3.x"}) queue.push(query(text), &a, Need::Needed);
  for (const char* text : {"b1.x", "b2.x"}) queue.push(query(text), &b, Need::Needed);
  std::string order;
  while (const auto next = queue.pop()) order += next->name.text().substr(0, 2) + " ";
  EXPECT_EQ(order, "a1 b1 a2 b2 a3 ");
}

TEST(QueryQueue, WhatIsNeededGoesFirstAndWhatIsAheadOnlyBelowHalf) {
  QueryQueue queue(4, 100);
  const int a = 0;
  for (const char* text : {"a1.x", "a2.x", "a3.x"}) queue.push(query(text), &a, Need::Ahead);
  const auto needed = query("n1.x");
  queue.push(needed, &a, Need::Needed);
  EXPECT_EQ(queue.pop(), needed);
  const auto ahead = queue.pop();
  ASSERT_NE(ahead, nullptr);
  EXPECT_EQ(queue.pop(), nullptr);  // two of four slots are taken
  queue.push(query("n2.x"), &a, Need::Needed);
  EXPECT_NE(queue.pop(), nullptr);
  queue.release(*needed);
  queue.release(*ahead);
  EXPECT_NE(queue.pop(), nullptr);
}

TEST(QueryQueue, NoDomainTakesMoreThanItsShare) {
  QueryQueue queue(20, 10);
  const int tarpit = 0;
  const int other = 0;
  std::vector<QueryPtr> running;
  for (int i = 0; i < 10; ++i)
    queue.push(query("t" + std::to_string(i) + ".tarpit.com"), &tarpit, Need::Needed);
  queue.push(query("k.good.com"), &other, Need::Needed);
  while (auto next = queue.pop()) running.push_back(next);
  ASSERT_EQ(running.size(), 3U);  // two of the tarpit's, one of ours
  queue.release(*running[0]);
  const auto next = queue.pop();  // and then the tarpit's next
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.inFlight(), 3U);
}

TEST(QueryQueue, TheBlockedComeOutEvenWhenThoseBeforeThemHaveGivenUp) {
  QueryQueue queue(10, 10);
  const int a = 0;
  std::vector<QueryPtr> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(query("t" + std::to_string(i) + ".x.com"));
    queue.push(all.back(), &a, Need::Needed);
  }
  ASSERT_EQ(queue.pop(), all[0]);
  EXPECT_EQ(queue.pop(), nullptr);
  queue.release(*all[0]);                                      // lets all[1] out ...
  for (std::size_t i : {1U, 2U, 3U}) all[i]->finished = true;  // ... whose deadline passes before its turn
  EXPECT_EQ(queue.pop(), all[4]);
  queue.release(*all[4]);
  EXPECT_EQ(queue.inFlight(), 0U);
}

TEST(QueryQueue, AQueryInTwoQueuesStartsOnce) {
  QueryQueue queue(10, 100);
  const int a = 0;
  const int b = 0;
  const auto shared = query("k.x");
  queue.push(shared, &a, Need::Ahead);
  queue.push(shared, &b, Need::Needed);
  EXPECT_EQ(queue.pop(), shared);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.inFlight(), 1U);
}

}  // namespace
}  // namespace alignd::dns
