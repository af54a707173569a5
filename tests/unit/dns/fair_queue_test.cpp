#include "dns/engine/fair_queue.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace alignd::dns {
namespace {

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

// A claim that knows what it is for.
struct Named : Claim {
  explicit Named(const std::string& text) : name(text) { parents = parentDomains(*Name::parse(text)); }
  std::string name;
};
std::shared_ptr<Named> claim(const std::string& text) {
  return std::make_shared<Named>(text);
}
std::string nameOf(const ClaimPtr& claim) {
  return static_cast<const Named&>(*claim).name;
}

TEST(FairQueue, MessagesTakeTurns) {
  FairQueue queue({100, 100});
  const int a = 0;
  const int b = 0;
  for (const char* text : {"a1.x", "a2.x", "a3.x"}) queue.push(claim(text), &a, Need::Needed);
  for (const char* text : {"b1.x", "b2.x"}) queue.push(claim(text), &b, Need::Needed);
  std::string order;
  while (const auto next = queue.pop()) order += nameOf(next).substr(0, 2) + " ";
  EXPECT_EQ(order, "a1 b1 a2 b2 a3 ");
}

TEST(FairQueue, WhatIsNeededGoesFirstAndWhatIsAheadOnlyBelowHalf) {
  FairQueue queue({4, 100});
  const int a = 0;
  for (const char* text : {"a1.x", "a2.x", "a3.x"}) queue.push(claim(text), &a, Need::Ahead);
  const auto needed = claim("n1.x");
  queue.push(needed, &a, Need::Needed);
  EXPECT_EQ(queue.pop(), needed);
  const auto ahead = queue.pop();
  ASSERT_NE(ahead, nullptr);
  EXPECT_EQ(queue.pop(), nullptr);  // two of four slots are taken
  queue.push(claim("n2.x"), &a, Need::Needed);
  EXPECT_NE(queue.pop(), nullptr);
  queue.release(*needed);
  queue.release(*ahead);
  EXPECT_NE(queue.pop(), nullptr);
}

TEST(FairQueue, NoDomainTakesMoreThanItsShare) {
  FairQueue queue({20, 10});
  const int tarpit = 0;
  const int other = 0;
  std::vector<ClaimPtr> running;
  for (int i = 0; i < 10; ++i)
    queue.push(claim("t" + std::to_string(i) + ".tarpit.com"), &tarpit, Need::Needed);
  queue.push(claim("k.good.com"), &other, Need::Needed);
  while (auto next = queue.pop()) running.push_back(next);
  ASSERT_EQ(running.size(), 3U);  // two of the tarpit's, one of ours
  queue.release(*running[0]);
  const auto next = queue.pop();  // and then the tarpit's next
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.inFlight(), 3U);
}

TEST(FairQueue, TheBlockedComeOutEvenWhenThoseBeforeThemHaveGivenUp) {
  FairQueue queue({10, 10});
  const int a = 0;
  std::vector<ClaimPtr> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(claim("t" + std::to_string(i) + ".x.com"));
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

TEST(FairQueue, AClaimInTwoQueuesStartsOnce) {
  FairQueue queue({10, 100});
  const int a = 0;
  const int b = 0;
  const auto shared = claim("k.x");
  queue.push(shared, &a, Need::Ahead);
  queue.push(shared, &b, Need::Needed);
  EXPECT_EQ(queue.pop(), shared);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.inFlight(), 1U);
}

// Ten domains cost an attacker nothing: one message of his takes its share and no more.
TEST(FairQueue, NoMessageTakesMoreThanItsShare) {
  FairQueue queue({20, 10, 10});
  const int attacker = 0;
  const int other = 0;
  std::vector<ClaimPtr> running;
  for (int i = 0; i < 30; ++i) {
    queue.push(claim("q.d" + std::to_string(i) + ".com"), &attacker, Need::Needed);
  }
  queue.push(claim("k.good.com"), &other, Need::Needed);
  while (auto next = queue.pop()) running.push_back(next);
  ASSERT_EQ(running.size(), 3U);
  EXPECT_EQ(nameOf(running[1]), "k.good.com");
  EXPECT_EQ(queue.waitingOf(&attacker), 28U);
  queue.release(*running[1]);
  EXPECT_EQ(queue.pop(), nullptr);
  queue.release(*running[0]);
  EXPECT_NE(queue.pop(), nullptr);
  EXPECT_EQ(queue.pop(), nullptr);
}

// A claim that is let out of one full share and caught by another must not take the turn of those behind it.
TEST(FairQueue, AFreeShareIsNeverLeftToSomebodyWhoCannotUseIt) {
  FairQueue queue({20, 10, 10});
  const int a = 0;
  const int b = 0;
  const auto running = claim("1.x.com");
  const auto more = claim("2.x.com");
  queue.push(running, &b, Need::Needed);
  queue.push(more, &b, Need::Needed);
  ASSERT_EQ(queue.pop(), running);
  ASSERT_EQ(queue.pop(), more);  // x.com has its share
  queue.push(claim("3.x.com"), &a, Need::Needed);
  const auto last = claim("4.x.com");
  const int c = 0;
  queue.push(last, &c, Need::Needed);
  EXPECT_EQ(queue.pop(), nullptr);
  std::vector<ClaimPtr> own;  // now a has its own
  for (const char* text : {"1.y.com", "1.z.com"}) {
    queue.push(claim(text), &a, Need::Needed);
    own.push_back(queue.pop());
    ASSERT_NE(own.back(), nullptr);
  }
  queue.release(*running);
  EXPECT_EQ(queue.pop(), last) << "3.x.com cannot start, 4.x.com can";
  queue.release(*own[0]);
  EXPECT_EQ(queue.pop(), nullptr) << "x.com is full again";
  queue.release(*more);
  EXPECT_EQ(nameOf(queue.pop()), "3.x.com");
}

TEST(FairQueue, TellsHowManyWait) {
  FairQueue queue({10, 10});
  const int a = 0;
  for (int i = 0; i < 5; ++i) queue.push(claim("t" + std::to_string(i) + ".x.com"), &a, Need::Needed);
  EXPECT_EQ(queue.waitingOf(&a), 5U);
  EXPECT_NE(queue.pop(), nullptr);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.waitingOf(&a), 0U);
  EXPECT_EQ(queue.waitingBelow("x.com"), 4U);
  EXPECT_EQ(queue.waitingBelow("y.com"), 0U);
}

}  // namespace
}  // namespace alignd::dns
