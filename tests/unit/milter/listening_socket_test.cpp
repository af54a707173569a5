#include "milter/listening_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/kick.h"
#include "tests/support/child_process.h"

namespace alignd::milter {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }
  int operator*() const { return number_; }

 private:
  int number_;
};

bool sendsAtOnce(int socket) {
  int value = 0;
  socklen_t length = sizeof(value);
  EXPECT_EQ(::getsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
  return value != 0;
}

std::uint16_t portOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length), 0);
  return address.ss_family == AF_INET ? ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port)
                                      : ntohs(reinterpret_cast<sockaddr_in6&>(address).sin6_port);
}

int connectedTo(const conf::SocketAddress& where) {
  sockaddr_storage address{};
  const socklen_t length = fillAddress(where, address);
  const int socket = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), length), 0);
  return socket;
}

class SendAtOnce : public testing::TestWithParam<const char*> {};

TEST_P(SendAtOnce, IsInheritedByAcceptedConnectionsOfThatSocketAlone) {
  conf::InetSocket where{*IpAddress::parse(GetParam()), 0};
  const Descriptor listener(listenAt(where));
  if (*listener < 0) GTEST_SKIP() << "no " << GetParam() << " here";
  const Descriptor other(listenAt(where));
  where.port = portOf(*listener);
  const auto accepted = [&] {
    const Descriptor client(connectedTo(where));
    pollfd ready{*listener, POLLIN, 0};
    EXPECT_EQ(::poll(&ready, 1, 10'000), 1);
    const Descriptor server(::accept(*listener, nullptr, nullptr));
    return sendsAtOnce(*server);
  };
  EXPECT_FALSE(accepted());
  EXPECT_EQ(sendAtOnce(where), "");
  EXPECT_TRUE(accepted());
  EXPECT_FALSE(sendsAtOnce(*other));
}

INSTANTIATE_TEST_SUITE_P(Addresses, SendAtOnce, testing::Values("127.0.0.1", "0.0.0.0", "::1", "::"));

TEST(ListeningSocket, WhatIsNotThereIsSaid) {
  conf::InetSocket where{*IpAddress::parse("127.0.0.1"), 0};
  {
    const Descriptor listener(listenAt(where));
    where.port = portOf(*listener);
  }
  EXPECT_NE(sendAtOnce(where), "");
}

// libmilter binds a path with another length than it has.
TEST(ListeningSocket, IsFoundByItsAddress) {
  const test::TempFolder folder;
  const conf::UnixSocket path{folder / "a.sock"};
  const conf::UnixSocket longer{folder / "a.sock2"};
  conf::InetSocket inet{*IpAddress::parse("127.0.0.1"), 0};
  EXPECT_EQ(listeningDescriptor(path), -1);
  const Descriptor second(listenAt(longer));
  const Descriptor first(listenAt(path));
  const Descriptor third(listenAt(inet));
  inet.port = portOf(*third);
  EXPECT_EQ(listeningDescriptor(path), *first);
  EXPECT_EQ(listeningDescriptor(longer), *second);
  EXPECT_EQ(listeningDescriptor(inet), *third);
  ++inet.port;
  EXPECT_EQ(listeningDescriptor(inet), -1);
}

TEST(ListeningSocket, UnixSocketsSendAtOnceAnyway) {
  const test::TempFolder folder;
  EXPECT_EQ(sendAtOnce(conf::UnixSocket{folder / "nobody.sock"}), "");
}

}  // namespace
}  // namespace alignd::milter
