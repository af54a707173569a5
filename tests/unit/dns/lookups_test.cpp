#include "dns/lookups.h"

#include <gtest/gtest.h>

#include <map>

#include "dns/zone.h"

namespace alignd::dns {
namespace {

Question txt(const std::string& name) { return {*Name::parse(name), Type::TXT}; }

AnswerPtr answerTo(const Question& question, Status status = Status::NoData) {
  auto answer = std::make_shared<Answer>();
  answer->question = question;
  answer->status = status;
  return answer;
}

// Keeps every question until the test answers it.
class SlowResolver final : public Resolver {
 public:
  AnswerPtr findOrAsk(const Question& question, const std::shared_ptr<Mailbox>& mailbox, Need need, Time) override {
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
