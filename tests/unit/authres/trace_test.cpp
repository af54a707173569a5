#include "verifier/authres/trace.h"

#include <string>

#include <gtest/gtest.h>

namespace alignd::authres {
namespace {

std::string from(const std::string& address) {
  return " from helo (name [" + address + "]) by relay.example.org (Postfix) with ESMTP id X; date";
}

class TraceTest : public testing::Test {
 protected:
  void SetUp() override { trace_.begin(hosts_); }
  std::vector<Network> hosts_{*Network::parse("192.0.2.0/24"), *Network::parse("2001:db8::/64")};
  Trace trace_;
};

TEST_F(TraceTest, TheClientOfTheTopmost) {
  EXPECT_EQ(trace_.received(from("198.51.100.1")), Trace::State::Found);
  EXPECT_EQ(trace_.address().text(), "198.51.100.1");
  // What stands below is the client's word.
  EXPECT_EQ(trace_.received(from("203.0.113.1")), Trace::State::Found);
  EXPECT_EQ(trace_.address().text(), "198.51.100.1");
}

TEST_F(TraceTest, OverHostsOfOursAndLoopback) {
  EXPECT_EQ(trace_.received(from("127.0.0.1")), Trace::State::Open);
  EXPECT_EQ(trace_.received(from("IPv6:::1")), Trace::State::Open);
  EXPECT_EQ(trace_.received(from("192.0.2.9")), Trace::State::Open);
  EXPECT_EQ(trace_.received(from("IPv6:2001:db8::9")), Trace::State::Open);
  EXPECT_EQ(trace_.received(from("IPv6:::ffff:192.0.2.9")), Trace::State::Open);
  EXPECT_EQ(trace_.received(from("IPv6:::ffff:203.0.113.1")), Trace::State::Found);
  EXPECT_EQ(trace_.address().text(), "203.0.113.1");
}

TEST_F(TraceTest, WhatNamesNobodyEndsIt) {
  EXPECT_EQ(trace_.received(" by relay.example.org (Postfix, from userid 0); date"), Trace::State::Lost);
  EXPECT_EQ(trace_.received(from("198.51.100.1")), Trace::State::Lost) << "the next is somebody else's";
  trace_.begin(hosts_);
  EXPECT_EQ(trace_.received(" from [198.51.100.1] (helo) by relay.example.org; date"), Trace::State::Lost)
      << "HELO text";
}

// HELO that names a host of ours must not make the client's own Received the next one to be believed.
TEST_F(TraceTest, HeloThatPlaysAHostOfOurs) {
  EXPECT_EQ(
      trace_.received(" from x([192.0.2.9])by (evil.example [198.51.100.1]) by relay.example.org; date"),
      Trace::State::Lost);
  EXPECT_EQ(trace_.received(from("203.0.113.1")), Trace::State::Lost);
}

TEST_F(TraceTest, TenAtMost) {
  for (std::size_t i = 1; i < kMaxTraceHops; ++i)
    EXPECT_EQ(trace_.received(from("127.0.0.1")), Trace::State::Open);
  EXPECT_EQ(trace_.received(from("127.0.0.1")), Trace::State::Lost);
  EXPECT_EQ(trace_.received(from("198.51.100.1")), Trace::State::Lost);
  trace_.begin(hosts_);
  for (std::size_t i = 1; i < kMaxTraceHops; ++i) trace_.received(from("127.0.0.1"));
  EXPECT_EQ(trace_.received(from("198.51.100.1")), Trace::State::Found) << "the tenth is still read";
}

}  // namespace
}  // namespace alignd::authres
