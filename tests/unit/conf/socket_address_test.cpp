#include "conf/socket_address.h"

#include <gtest/gtest.h>

namespace alignd::conf {
namespace {

TEST(SocketAddress, GoodOnes) {
  const auto inet = std::get<InetSocket>(std::get<SocketAddress>(parseSocketAddress("inet:8891@127.0.0.1")));
  EXPECT_EQ(inet.port, 8891);
  EXPECT_EQ(inet.address.text(), "127.0.0.1");
  const auto inet6 = std::get<InetSocket>(std::get<SocketAddress>(parseSocketAddress("inet6:1@[::1]")));
  EXPECT_EQ(inet6.address.text(), "::1");
  const auto any = std::get<InetSocket>(std::get<SocketAddress>(parseSocketAddress("inet:25")));
  EXPECT_EQ(any.address.text(), "0.0.0.0");
  const auto local = std::get<InetSocket>(std::get<SocketAddress>(parseSocketAddress("inet:25@localhost")));
  EXPECT_EQ(local.address.text(), "127.0.0.1");
  for (const char* text : {"unix:/run/a.sock", "local:/run/a.sock"}) {
    EXPECT_EQ(std::get<UnixSocket>(std::get<SocketAddress>(parseSocketAddress(text))).path, "/run/a.sock");
  }
}

TEST(SocketAddress, BadOnes) {
  for (const std::string& text :
       {std::string(), std::string("8891"), std::string("tcp:8891@127.0.0.1"),
        std::string("inet:0@127.0.0.1"), std::string("inet:65536@127.0.0.1"), std::string("inet:x@127.0.0.1"),
        std::string("inet:8891@mx.example"), std::string("inet:8891@::1"),
        std::string("inet6:8891@127.0.0.1"), std::string("inet:127.0.0.1:8891"), std::string("unix:relative"),
        std::string("unix:"), "unix:/" + std::string(107, 'x')}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parseSocketAddress(text))) << text;
  }
}

}  // namespace
}  // namespace alignd::conf
