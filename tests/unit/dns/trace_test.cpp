#include "dns/engine/trace.h"

#include <string>

#include <gtest/gtest.h>

namespace alignd::dns {
namespace {

using namespace std::chrono_literals;

Name name(const std::string& text) {
  return *Name::parse(text);
}

// A question that its server has answered with SERVFAIL, and its trace.
struct Broken {
  QueryPtr query = std::make_shared<Query>(Question{name("a.x"), Type::TXT}, Time{} + 5s);
  QueryPtr trace;

  Broken() {
    query->failure = query->makeFailure(Status::ServerFailure, 2, "SERVFAIL from s for a.x");
    query->servfail = query->exhausted = true;
    start();
  }
  void start() { query->trace = trace = makeTrace(query); }

  // What the server says to the question for the present name's CNAME record.
  void alias(const std::string& target, std::uint32_t ttl = 300, bool ad = true) {
    Reply reply;
    reply.status = Status::Ok;
    reply.rcode = 0;
    reply.authenticated = ad;
    reply.ttl = ttl;
    reply.records.push_back({ttl, name(target)});
    end(std::move(reply));
  }
  void end(Status status, int rcode, std::uint32_t ttl = 60) {
    Reply reply;
    reply.status = status;
    reply.rcode = rcode;
    reply.authenticated = true;
    reply.ttl = ttl;
    end(std::move(reply));
  }
  void end(Reply&& reply) { query->traceEnd = trace->take(std::move(reply), true, "s", Time{}); }
  std::shared_ptr<Answer> conclude() { return concludeTrace(*query); }
};

TEST(Trace, AsksForTheAliasOfEachName) {
  Broken broken;
  EXPECT_EQ(broken.trace->wireQuestion(), (Question{name("a.x"), Type::CNAME}));
  broken.alias("b.x");
  EXPECT_EQ(broken.query->traceEnd, nullptr);
  EXPECT_EQ(broken.trace->wireQuestion(), (Question{name("b.x"), Type::CNAME}));
  EXPECT_EQ(broken.trace->deadline, broken.query->deadline);
}

TEST(Trace, OnlyAfterServfailOnlyOnceANameAndNeverOfItself) {
  Broken broken;
  EXPECT_TRUE(mayTrace(*broken.query));
  EXPECT_FALSE(mayInform(*broken.query)) << "there is one";
  EXPECT_FALSE(mayTrace(*broken.trace));
  EXPECT_FALSE(mayInform(*broken.trace));
  Query silent({name("a.x"), Type::TXT}, Time{});
  EXPECT_FALSE(mayTrace(silent));
  EXPECT_TRUE(mayInform(silent));
  Query alias({name("a.x"), Type::CNAME}, Time{});
  alias.servfail = true;
  EXPECT_FALSE(mayTrace(alias));
  EXPECT_FALSE(mayInform(alias));
}

struct Loop {
  std::vector<std::string> targets;
  std::string chain;
};

TEST(Trace, NamesLoopsWithTheHopThatClosesThem) {
  const std::vector<Loop> loops{
      {{"a.x"}, "a.x -> a.x"},
      {{"b.x", "a.x"}, "a.x -> b.x -> a.x"},
      {{"b.x", "c.x", "b.x"}, "a.x -> b.x -> c.x -> b.x"},  // behind an alias
      {{"b.x", "b.x"}, "a.x -> b.x -> b.x"},
      {{"b.x", "c.x", "d.x", "e.x", "a.x"}, "a.x -> b.x -> c.x -> d.x -> e.x -> a.x"},
  };
  for (const auto& loop : loops) {
    Broken broken;
    std::uint32_t ttl = 300;
    for (const auto& target : loop.targets) broken.alias(target, ttl -= 50);
    ASSERT_NE(broken.query->traceEnd, nullptr) << loop.chain;
    EXPECT_TRUE(endsQuestion(*broken.query->traceEnd));
    const auto answer = broken.conclude();
    ASSERT_NE(answer, nullptr) << loop.chain;
    EXPECT_EQ(statusName(answer->status), statusName(Status::CnameLoop));
    EXPECT_EQ(answer->question, (Question{name("a.x"), Type::TXT}));
    EXPECT_EQ(chainText(answer->chain), loop.chain);
    EXPECT_EQ(answer->rcode, 0);
    EXPECT_EQ(answer->expires, Time{} + std::chrono::seconds(ttl)) << "the smallest TTL of the chain";
    EXPECT_NE(answer->detail.find("leads back to"), std::string::npos);
  }
}

TEST(Trace, StopsAtTheEleventhHop) {
  Broken broken;
  for (int i = 1; i <= 10; ++i) {
    broken.alias("h" + std::to_string(i) + ".x");
    ASSERT_EQ(broken.query->traceEnd, nullptr) << i;
  }
  broken.alias("h11.x");
  ASSERT_NE(broken.query->traceEnd, nullptr);
  EXPECT_TRUE(endsQuestion(*broken.query->traceEnd));
  EXPECT_EQ(broken.conclude()->status, Status::ChainTooLong);
}

TEST(Trace, CountsAndComparesWithTheChainThatLedThere) {
  Broken broken;
  broken.query->chain.push_back({name("before.x"), name("a.x"), 300});
  broken.start();
  broken.alias("b.x");
  broken.alias("before.x");
  const auto answer = broken.conclude();
  EXPECT_EQ(answer->status, Status::CnameLoop);
  EXPECT_EQ(chainText(answer->chain), "before.x -> a.x -> b.x -> before.x");
}

TEST(Trace, NamesTheTargetThatDoesNotExist) {
  Broken broken;
  broken.alias("b.x", 40);
  broken.end(Status::NoSuchName, 3, 30);
  EXPECT_FALSE(endsQuestion(*broken.query->traceEnd));
  const auto answer = broken.conclude();
  EXPECT_EQ(answer->status, Status::DanglingCname);
  EXPECT_EQ(answer->rcode, 3);
  EXPECT_EQ(answer->detail, "b.x does not exist");
  EXPECT_EQ(chainText(answer->chain), "a.x -> b.x");
  EXPECT_EQ(answer->expires, Time{} + 30s);
}

TEST(Trace, HandsTheEndOfTheChainBackToTheQuestion) {
  Broken broken;
  broken.alias("b.x", 40);
  broken.alias("c.x", 70);
  broken.end(Status::NoData, 0);
  Query& query = *broken.query;
  EXPECT_EQ(broken.conclude(), nullptr);
  EXPECT_EQ(query.wireQuestion(), (Question{name("c.x"), Type::TXT}));
  EXPECT_EQ(query.step, 1U) << "replies to the first name are late from now on";
  EXPECT_FALSE(query.exhausted);
  EXPECT_EQ(query.failure, nullptr);
  EXPECT_EQ(query.trace, nullptr);
  Reply reply;
  reply.status = Status::Ok;
  reply.rcode = 0;
  reply.authenticated = true;
  reply.ttl = 300;
  reply.records.emplace_back().data = Txt("key");
  const auto answer = query.take(std::move(reply), true, "s", Time{});
  EXPECT_EQ(answer->status, Status::Ok);
  EXPECT_EQ(chainText(answer->chain), "a.x -> b.x -> c.x");
  EXPECT_EQ(answer->expires, Time{} + 40s);
  EXPECT_TRUE(answer->authenticated);
  // What fails there fails for good.
  query.servfail = true;
  EXPECT_FALSE(mayTrace(query));
  EXPECT_FALSE(mayInform(query));
}

TEST(Trace, IsAuthenticatedOnlyWhenEveryHopIs) {
  Broken broken;
  broken.alias("b.x", 300, false);
  broken.end(Status::NoData, 0);
  broken.conclude();
  EXPECT_FALSE(broken.query->authenticated);
  Broken loop;
  loop.alias("b.x", 300, false);
  loop.alias("a.x");
  EXPECT_FALSE(loop.conclude()->authenticated);
}

TEST(Trace, AsksOnceMoreWhereThereIsNoAliasButAnAnswer) {
  for (const auto& [status, rcode] :
       std::vector<std::pair<Status, int>>{{Status::NoData, 0}, {Status::NoSuchName, 3}}) {
    Broken broken;
    broken.end(status, rcode);
    Query& query = *broken.query;
    EXPECT_EQ(broken.conclude(), nullptr) << statusName(status);
    EXPECT_EQ(query.wireQuestion(), (Question{name("a.x"), Type::TXT}));
    EXPECT_EQ(query.step, 1U);
    EXPECT_FALSE(query.exhausted);
    // What fails then fails for good.
    query.servfail = true;
    EXPECT_FALSE(mayTrace(query));
  }
}

TEST(Trace, LeavesTheFailureWhereThereIsNoAnswer) {
  for (const auto& [status, rcode] :
       std::vector<std::pair<Status, int>>{{Status::ServerFailure, 2}, {Status::Refused, 5}}) {
    Broken broken;
    broken.end(status, rcode);
    const auto answer = broken.conclude();
    EXPECT_EQ(answer, broken.query->failure) << statusName(status);
    EXPECT_EQ(answer->status, Status::ServerFailure);
    EXPECT_EQ(answer->detail, "SERVFAIL from s for a.x");
    EXPECT_TRUE(answer->chain.empty());
  }
}

TEST(Trace, NamesTheHopThatBrokeUnderTheFirstFailuresStatus) {
  Broken broken;
  broken.alias("b.x");
  broken.alias("sick.x");
  broken.end(Status::Refused, 5);
  const auto answer = broken.conclude();
  EXPECT_EQ(answer->status, Status::ServerFailure);
  EXPECT_EQ(answer->rcode, 2);
  EXPECT_EQ(answer->detail, "REFUSED from s for sick.x");
  EXPECT_EQ(chainText(answer->chain), "a.x -> b.x -> sick.x");
  EXPECT_FALSE(answer->authenticated);
}

TEST(Trace, TellsAtTheDeadlineHowFarItCame) {
  const auto told = [](Broken& broken) {
    auto answer = broken.query->makeFailure(Status::Timeout, -1, "no answer for a.x within 5000 ms");
    tellTrace(*broken.query, *answer, "within 5000 ms");
    return chainText(answer->chain) + ": " + answer->detail;
  };
  Broken none;
  EXPECT_EQ(told(none), ": no answer for a.x within 5000 ms");
  Broken one;
  one.alias("b.x");
  EXPECT_EQ(told(one), "a.x -> b.x: no answer for b.x within 5000 ms");
  Broken end;  // the target is no alias: then it is its data that does not come
  end.alias("b.x");
  end.end(Status::NoData, 0);
  EXPECT_EQ(told(end), "a.x -> b.x: no answer for b.x within 5000 ms");
  Broken sick;
  sick.alias("b.x");
  sick.end(Status::ServerFailure, 2);
  EXPECT_EQ(told(sick), "a.x -> b.x: SERVFAIL from s for b.x");
}

}  // namespace
}  // namespace alignd::dns
