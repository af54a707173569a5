#include "dns/table/lookups.h"

#include <map>

#include <gtest/gtest.h>

#include "dns/zone/zone.h"

namespace alignd::dns {
namespace {

Question txt(const std::string& name) {
  return {*Name::parse(name), Type::TXT};
}

AnswerPtr answerTo(const Question& question, Status status = Status::NoData) {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  answer->status = status;
  return answer;
}

// Keeps every question until the test answers it.
class SlowResolver final : public Resolver {
 public:
  AnswerPtr findOrAsk(const Question& question, const std::shared_ptr<Mailbox>& mailbox, Need need,
                      Time) override {
    waiting[question.name.text()] = {mailbox, need};
    return nullptr;
  }
  std::map<std::string, std::pair<std::weak_ptr<Mailbox>, Need>> waiting;
};

TEST(Lookups, AnAnswerOnceReturnedIsPinned) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {});
  EXPECT_EQ(lookups.find(txt("a")), nullptr);
  EXPECT_EQ(lookups.missing(), 1U);
  lookups.mailbox()->deliver(answerTo(txt("a"), Status::NoSuchName));
  EXPECT_TRUE(lookups.wait(Time::max()));
  lookups.mailbox()->deliver(answerTo(txt("a"), Status::Ok));
  lookups.collect();
  EXPECT_EQ(lookups.find(txt("a"))->status, Status::NoSuchName);
  EXPECT_EQ(lookups.missing(), 0U);
}

TEST(Lookups, AskingAheadWakesNobodyAndIsRaisedByNeed) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {});
  lookups.ask(txt("a"));
  EXPECT_EQ(resolver->waiting["a"].second, Need::Ahead);
  lookups.mailbox()->deliver(answerTo(txt("b")));
  EXPECT_FALSE(lookups.wait(Time{}));  // a deadline in the past: returns at once
  EXPECT_EQ(lookups.find(txt("a")), nullptr);
  EXPECT_EQ(resolver->waiting["a"].second, Need::Needed);
}

TEST(Lookups, AfterCloseEveryMissingAnswerIsATimeout) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {});
  EXPECT_EQ(lookups.find(txt("a")), nullptr);
  lookups.close();
  EXPECT_EQ(lookups.find(txt("a"))->status, Status::Timeout);
  EXPECT_EQ(lookups.find(txt("b"))->status, Status::Timeout);
  EXPECT_FALSE(resolver->waiting.contains("b"));
}

TEST(Lookups, TheBudgetOfOneMessageIsBounded) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {.inFlight = 2, .total = 3});
  for (const char* name : {"a", "b", "c", "d"}) EXPECT_EQ(lookups.find(txt(name)), nullptr);
  EXPECT_EQ(resolver->waiting.size(), 2U);
  lookups.mailbox()->deliver(answerTo(txt("a")));
  lookups.mailbox()->deliver(answerTo(txt("b")));
  lookups.collect();  // c or d goes out, the other is over the total
  EXPECT_EQ(resolver->waiting.size(), 3U);
  const Answer* c = lookups.find(txt("c"));
  const Answer* d = lookups.find(txt("d"));
  EXPECT_NE(c == nullptr, d == nullptr);
  EXPECT_TRUE((c != nullptr ? c : d)->overload);
}

TEST(Lookups, WhatWaitsForASlotOfTheMessageGoesOutInOrderWhenAnythingArrives) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {.inFlight = 1, .total = 10});
  lookups.ask(txt("ahead"));  // holds the only slot, and nobody waits for it
  EXPECT_EQ(lookups.find(txt("b")), nullptr);
  EXPECT_EQ(lookups.find(txt("a")), nullptr);
  EXPECT_EQ(resolver->waiting.size(), 1U);
  lookups.mailbox()->deliver(answerTo(txt("ahead")));
  EXPECT_TRUE(lookups.wait(Time::max()));  // woken although "ahead" was not needed
  EXPECT_TRUE(resolver->waiting.contains("b"));
  EXPECT_FALSE(resolver->waiting.contains("a"));
  lookups.mailbox()->deliver(answerTo(txt("b")));
  EXPECT_TRUE(lookups.wait(Time::max()));
  EXPECT_TRUE(resolver->waiting.contains("a"));
  // From now on only what is needed wakes.
  lookups.mailbox()->deliver(answerTo(txt("foreign")));
  EXPECT_FALSE(lookups.wait(Time{}));
}

AnswerPtr refusal(const Question& question) {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  answer->status = Status::Timeout;
  answer->overload = true;
  return answer;
}

// Refuses everything that is asked ahead, at once.
class BusyResolver final : public Resolver {
 public:
  AnswerPtr findOrAsk(const Question& question, const std::shared_ptr<Mailbox>&, Need need, Time) override {
    if (need == Need::Ahead) return refusal(question);
    ++needed;
    return nullptr;
  }
  int needed = 0;
};

TEST(Lookups, ARefusalOfWhatWasAskedAheadLeavesItAskable) {
  auto busy = std::make_shared<BusyResolver>();
  Lookups lookups(busy, {.inFlight = 1, .total = 1});
  lookups.ask(txt("a"));
  lookups.ask(txt("b"));
  EXPECT_EQ(lookups.asked(), 0U);  // a refusal costs nothing of the budget
  EXPECT_EQ(lookups.peek(txt("a")), nullptr);
  EXPECT_EQ(lookups.find(txt("a")), nullptr);
  EXPECT_EQ(busy->needed, 1);
}

TEST(Lookups, ARefusalThatComesLaterLeavesItAskableToo) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {.inFlight = 1, .total = 10});
  lookups.ask(txt("a"));
  lookups.mailbox()->deliver(refusal(txt("a")));
  EXPECT_EQ(lookups.find(txt("a")), nullptr);  // takes the refusal in, and asks once more
  EXPECT_EQ(resolver->waiting["a"].second, Need::Needed);
  EXPECT_EQ(lookups.asked(), 2U);
  lookups.mailbox()->deliver(refusal(txt("a")));  // of a needed question: that is the answer
  EXPECT_TRUE(lookups.wait(Time::max()));
  EXPECT_TRUE(lookups.find(txt("a"))->overload);
}

TEST(Lookups, AnAnswerThatIsTakenInByTheWayStillEndsTheWait) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {});
  EXPECT_EQ(lookups.find(txt("a")), nullptr);
  lookups.ask(txt("b"));
  lookups.mailbox()->deliver(answerTo(txt("a")));
  lookups.mailbox()->deliver(answerTo(txt("b")));
  EXPECT_NE(lookups.find(txt("b")), nullptr);  // finds b in the mailbox, and takes a in with it
  EXPECT_EQ(lookups.missing(), 0U);
  EXPECT_TRUE(lookups.wait(Time{}));  // the evaluator that was short of a must run again
  EXPECT_EQ(lookups.mailbox()->sleeps(), 0U);
}

// Answers at once, from memory.
class WarmResolver final : public Resolver {
 public:
  AnswerPtr findOrAsk(const Question& question, const std::shared_ptr<Mailbox>&, Need, Time) override {
    return answerTo(question);
  }
};

TEST(Lookups, AWarmMessageNeverSleepsAndIsNotToldToRunAgain) {
  Lookups lookups(std::make_shared<WarmResolver>(), {.inFlight = 1, .total = 1});
  for (const char* name : {"a", "b", "c"}) EXPECT_NE(lookups.find(txt(name)), nullptr);
  EXPECT_EQ(lookups.asked(), 0U);
  EXPECT_FALSE(lookups.collect());
  EXPECT_EQ(lookups.mailbox()->sleeps(), 0U);
}

// Every message ends so: a ring would wake the progress thread for nothing.
TEST(Lookups, WhoGoesRingsNobody) {
  struct Bell final : Waker {
    int rings = 0;
    void wake() noexcept override { ++rings; }
  };
  const auto bell = std::make_shared<Bell>();
  auto resolver = std::make_shared<SlowResolver>();
  {
    Lookups lookups(resolver, {}, bell);
    lookups.find(txt("a"));
    lookups.mailbox()->deliver(answerTo(txt("a")));
    EXPECT_EQ(bell->rings, 1) << "for the answer";
  }
  {
    Lookups lookups(resolver, {}, bell);
    lookups.find(txt("b"));
    lookups.close();
  }
  EXPECT_EQ(bell->rings, 1) << "neither for the end nor for the deadline";
}

TEST(Lookups, APokeEndsTheWaitWithoutAnAnswer) {
  Lookups lookups(std::make_shared<SlowResolver>(), {});
  lookups.mailbox()->poke();
  EXPECT_TRUE(lookups.wait(Time::max()));
  EXPECT_FALSE(lookups.wait(Time{}));
  lookups.close();
  EXPECT_FALSE(lookups.wait(Time::max()));
}

TEST(Lookups, WhatWasAskedAheadAndIsMissingAtTheEndIsATimeoutWhenNeededLater) {
  auto resolver = std::make_shared<SlowResolver>();
  Lookups lookups(resolver, {});
  lookups.ask(txt("a"));
  lookups.close();
  lookups.mailbox()->deliver(answerTo(txt("a")));  // late: unseen
  EXPECT_EQ(lookups.find(txt("a"))->status, Status::Timeout);
  EXPECT_EQ(lookups.used().size(), 1U);
}

TEST(Answer, DerivedObjectsAreMadeOncePerType) {
  const auto answer = answerTo(txt("a"));
  int parses = 0;
  const auto parse = [&](const Answer&) { return ++parses; };
  EXPECT_EQ(*answer->derived<int>(parse), 1);
  EXPECT_EQ(*answer->derived<int>(parse), 1);
  EXPECT_EQ(*answer->derived<std::string>([](const Answer&) { return std::string("x"); }), "x");
  EXPECT_GE(answer->derivedBytes(), sizeof(int) + sizeof(std::string));
}

TEST(Zone, TellsNxdomainFromNodataAndFollowsChains) {
  Zone zone;
  zone.add(*Name::parse("a.b.example"), Type::TXT, {300, Txt("x")});
  zone.add(*Name::parse("alias.example"), Type::CNAME, {60, *Name::parse("a.b.example")});
  zone.add(*Name::parse("loop.example"), Type::CNAME, {60, *Name::parse("loop.example")});
  zone.add(*Name::parse("gone.example"), Type::CNAME, {60, *Name::parse("nowhere.example")});
  EXPECT_EQ(zone.answer(txt("b.example"), {})->status, Status::NoData);  // an empty non-terminal
  EXPECT_EQ(zone.answer(txt("c.example"), {})->status, Status::NoSuchName);
  const auto alias = zone.answer(txt("alias.example"), {});
  EXPECT_EQ(alias->status, Status::Ok);
  EXPECT_EQ(chainText(alias->chain), "alias.example -> a.b.example");
  EXPECT_EQ(alias->expires, Time{} + std::chrono::seconds(60));
  EXPECT_EQ(zone.answer(txt("loop.example"), {})->status, Status::CnameLoop);
  EXPECT_EQ(zone.answer(txt("gone.example"), {})->status, Status::DanglingCname);
}

}  // namespace
}  // namespace alignd::dns
