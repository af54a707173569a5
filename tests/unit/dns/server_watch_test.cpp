#include "dns/engine/server_watch.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace alignd::dns {
namespace {

using namespace std::chrono_literals;

ServerCounters server(const std::string& address, Trouble trouble, std::uint64_t replies = 1) {
  ServerCounters out;
  out.address = address;
  out.trouble = trouble;
  out.answering = trouble == Trouble::None;
  out.replies = replies;
  return out;
}

std::string told(ServerWatch& watch, const std::vector<ServerCounters>& servers, std::chrono::seconds at) {
  std::string out;
  for (const auto& line : watch.look(servers, Time{at}))
    out += (line.trouble ? "E " : "I ") + line.text + "\n";
  return out;
}

TEST(ServerWatch, SaysItOnceAMinuteAndWhenItIsOver) {
  ServerWatch watch;
  const std::vector<ServerCounters> good{server("192.0.2.1:53", Trouble::None)};
  const std::vector<ServerCounters> silent{server("192.0.2.1:53", Trouble::Silent)};
  EXPECT_EQ(told(watch, good, 1s), "");
  EXPECT_EQ(told(watch, silent, 2s),
            "E DNS server 192.0.2.1:53 does not answer; no other one answers: results will be temperror\n");
  for (int second = 3; second < 62; ++second)
    EXPECT_EQ(told(watch, silent, std::chrono::seconds(second)), "");
  EXPECT_EQ(told(watch, silent, 62s),
            "E DNS server 192.0.2.1:53 does not answer, for 60 s; no other one answers: results will be "
            "temperror\n");
  EXPECT_EQ(told(watch, silent, 90s), "");
  EXPECT_EQ(told(watch, good, 91s), "I DNS server 192.0.2.1:53 answers again, after 89 s\n");
  EXPECT_EQ(told(watch, good, 92s), "");
  EXPECT_NE(told(watch, silent, 93s), "") << "a new case";
}

TEST(ServerWatch, EachServerIsACaseOfItsOwn) {
  ServerWatch watch;
  const auto one = server("192.0.2.1:53", Trouble::Refuses);
  const auto two = server("192.0.2.2:53", Trouble::None);
  EXPECT_EQ(told(watch, {one, two}, 1s),
            "E DNS server 192.0.2.1:53 refuses to answer (REFUSED): it must allow recursion for this host\n");
  const auto gone = server("192.0.2.2:53", Trouble::Unreachable);
  EXPECT_EQ(
      told(watch, {one, gone}, 2s),
      "E DNS server 192.0.2.2:53 cannot be reached: nobody listens there, or no route leads there; no other "
      "one answers: results will be temperror\n");
  EXPECT_EQ(told(watch, {two}, 3s), "I DNS server 192.0.2.2:53 answers again, after 1 s\n");
  EXPECT_EQ(told(watch, {two}, 4s), "") << "the other one is no longer in the settings";
}

TEST(ServerWatch, AnotherTroubleIsToldAtOnceAndNothingIsKnownWithoutAReply) {
  ServerWatch watch;
  told(watch, {server("192.0.2.1:53", Trouble::Silent)}, 1s);
  EXPECT_NE(told(watch, {server("192.0.2.1:53", Trouble::Unreachable)}, 2s), "");
  // Settings read anew: the resolver has started from nothing.
  EXPECT_EQ(told(watch, {server("192.0.2.1:53", Trouble::None, 0)}, 3s), "");
  EXPECT_EQ(told(watch, {server("192.0.2.1:53", Trouble::None, 1)}, 4s),
            "I DNS server 192.0.2.1:53 answers again, after 3 s\n");
}

}  // namespace
}  // namespace alignd::dns
