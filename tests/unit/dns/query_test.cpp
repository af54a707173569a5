#include "dns/engine/query.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace alignd::dns {
namespace {

using namespace std::chrono_literals;

Name name(const std::string& text) {
  return *Name::parse(text);
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

// What each server said last, as far as four of them.
TEST(Query, TellsWhichServerSaidWhat) {
  Query query({name("k.example"), Type::TXT}, Time{});
  EXPECT_EQ(query.words(), "no answer for k.example");
  query.note("a", "no answer from a");
  query.note("b", "SERVFAIL from b");
  query.note("a", "REFUSED from a");
  EXPECT_EQ(query.words(), "REFUSED from a, SERVFAIL from b for k.example");
  for (const char* server : {"c", "d", "e", "f"}) query.note(server, std::string("no answer from ") + server);
  EXPECT_EQ(query.words(),
            "REFUSED from a, SERVFAIL from b, no answer from c, no answer from d for k.example");
  query.follow();
  EXPECT_FALSE(query.anyNoted());
}

}  // namespace
}  // namespace alignd::dns
