// What keeps a message from waiting for the network on TCP: connections that send at once, and an answer to the last
// event of the envelope. On a unix socket neither is needed, and an answer would cost.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "milter/kick.h"
#include "milter/listening_socket.h"
#include "tests/integration/milter/running_daemon.h"

namespace alignd::test {
namespace {

using testing::SizeIs;

// A port that was free a moment ago; nothing when there is no such address here.
std::string inetSocket(const std::string& family, const std::string& host) {
  const int socket = milter::listenAt(conf::InetSocket{*IpAddress::parse(host), 0});
  if (socket < 0) return {};
  sockaddr_in6 address{};  // the port stands at the same place in both families
  socklen_t length = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(socket);
  return family + ":" + std::to_string(ntohs(address.sin6_port)) + "@" + host;
}

// Of the TCP connections that `pid` has accepted and not closed, those that send at once, and all.
std::pair<int, int> connectionsOf(pid_t pid) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  int atOnce = 0;
  int all = 0;
  for (int number = 0; number < 256; ++number) {
    const int copy = static_cast<int>(::syscall(SYS_pidfd_getfd, process, number, 0));
    if (copy < 0) continue;
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    int value = 0;
    socklen_t size = sizeof(value);
    // UDP sockets of DNS have a peer as well, but not this option.
    if (::getpeername(copy, reinterpret_cast<sockaddr*>(&peer), &length) == 0 &&
        ::getsockopt(copy, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0) {
      ++all;
      if (value != 0) ++atOnce;
    }
    ::close(copy);
  }
  if (process >= 0) ::close(process);
  return {atOnce, all};
}

void expectStamped(const EndReply& end) {
  EXPECT_EQ(end.reply, Reply::Continue);
  EXPECT_THAT(end.inserted(kResults), SizeIs(1));
}

class Tcp : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  void SetUp() override {
    const auto [family, host] = GetParam();
    const std::string socket = inetSocket(family, host);
    if (socket.empty()) GTEST_SKIP() << "no " << host << " here";
    daemon_ = std::make_unique<RunningDaemon>("", socket);
  }
  std::unique_ptr<RunningDaemon> daemon_;
};

TEST_P(Tcp, ConnectionsSendAtOnce) {
  MilterClient client(daemon_->socket());
  greet(client);
  const auto [atOnce, all] = connectionsOf(daemon_->process().pid());
  if (all == 0) GTEST_SKIP() << "another process's sockets cannot be looked at here";
  EXPECT_EQ(atOnce, all);
  expectStamped(sendMessage(client));
}

TEST_P(Tcp, TheEnvelopeIsAnsweredAtItsEnd) {
  MilterClient client(daemon_->socket());
  EXPECT_EQ(client.steps() & kStepNoData, 0U);
  EXPECT_NE(client.steps() & kStepNoReplyRecipient, 0U);
  greet(client);
  for (int message = 0; message < 3; ++message) {
    client.mail({"<sender@mail.example.org>"});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.rcpt("<rcpt@example.net>"), Reply::NotExpected);
    EXPECT_EQ(client.data(), Reply::Continue);
    expectStamped(sendContent(client));
  }
  // A connection that goes on for another client is not negotiated again.
  client.quitNewConnection();
  greet(client);
  client.mail({"<sender@mail.example.org>"});
  client.rcpt("<rcpt@example.net>");
  EXPECT_EQ(client.data(), Reply::Continue);
  expectStamped(sendContent(client));
}

TEST_P(Tcp, AnMtaWithoutTheDataEventHasItsRecipientsAnswered) {
  Offer offer;
  offer.steps &= ~kStepNoData;
  MilterClient client(daemon_->socket(), offer);
  EXPECT_EQ(client.steps() & kStepNoReplyRecipient, 0U);
  greet(client);
  for (int message = 0; message < 2; ++message) {
    client.mail({"<sender@mail.example.org>"});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.rcpt("<rcpt@example.net>"), Reply::Continue);
    expectStamped(sendContent(client));
  }
}

TEST_P(Tcp, EveryVersionIsServed) {
  for (const std::uint32_t version : {2U, 3U, 4U, 5U, 6U}) {
    SCOPED_TRACE(version);
    MilterClient client(daemon_->socket(), offerOf(version));
    greet(client);
    expectStamped(sendMessage(client));
    expectStamped(sendMessage(client));
    client.quit();
  }
}

// Sendmail writes each event apart: an answer would make our kernel delay what acknowledges them.
TEST_P(Tcp, OnceSendmailIsKnownNothingIsAnsweredButTheEnd) {
  const auto begun = [&](MilterClient& client, const char* version) {
    client.connect("client.example.org", "192.0.2.1", {{"v", version}});
    client.helo("client.example.org");
    client.mail({"<sender@mail.example.org>"});
    client.rcpt("<rcpt@example.net>");
  };
  const std::string chunk(65535, 'x');
  const auto end = [&](MilterClient& client, Reply toBody) {
    client.header("From", " a@example.org");
    client.endOfHeader();
    EXPECT_EQ(client.body(chunk), toBody);
    expectStamped(client.endOfMessage());
  };
  MilterClient first(daemon_->socket());
  begun(first, "8.17.1.9/8.17.1.9/Debian-2");
  EXPECT_EQ(first.data(), Reply::Continue);

  MilterClient second(daemon_->socket());
  EXPECT_NE(second.steps() & kStepNoData, 0U);
  EXPECT_NE(second.steps() & kStepNoReplyBody, 0U);
  EXPECT_EQ(second.steps() & kStepSkip, 0U);
  begun(second, "8.17.1.9/8.17.1.9/Debian-2");
  end(second, Reply::NotExpected);

  // Another MTA that offers the same: from now on nobody is taken for Sendmail, who can do without answers.
  MilterClient third(daemon_->socket());
  begun(third, "Postfix 3.7.11");
  end(third, Reply::NotExpected);
  for (const char* version : {"Postfix 3.7.11", "8.17.1.9/8.17.1.9/Debian-2"}) {
    MilterClient later(daemon_->socket());
    EXPECT_EQ(later.steps() & kStepNoData, 0U);
    begun(later, version);
    EXPECT_EQ(later.data(), Reply::Continue);
    end(later, Reply::Skip);
  }
  // One that offers something else is another one.
  Offer offer;
  offer.actions &= ~kActionQuarantine;
  MilterClient another(daemon_->socket(), offer);
  begun(another, "8.17.1.9/8.17.1.9/Debian-2");
  EXPECT_EQ(another.data(), Reply::Continue);  // so that its events have been read
  MilterClient apart(daemon_->socket(), offer);
  EXPECT_NE(apart.steps() & kStepNoData, 0U);
  begun(apart, "8.17.1.9/8.17.1.9/Debian-2");
  end(apart, Reply::NotExpected);
  // It goes on as it was negotiated, whatever came after it.
  end(first, Reply::Skip);
}

INSTANTIATE_TEST_SUITE_P(Families, Tcp,
                         testing::Values(std::pair{"inet", "127.0.0.1"}, std::pair{"inet6", "::1"}));

TEST(UnixSocket, TheEnvelopeIsNotAnswered) {
  RunningDaemon daemon;
  MilterClient client(daemon.socket());
  EXPECT_NE(client.steps() & kStepNoData, 0U);
  EXPECT_NE(client.steps() & kStepNoReplyRecipient, 0U);
  greet(client);
  expectStamped(sendMessage(client));
}

// An MTA that is known not to send the last piece of a body with the end needs no answer to the body either.
TEST(UnixSocket, OncePostfixIsKnownTheBodyIsNotAnswered) {
  RunningDaemon daemon;
  for (const Reply toBody : {Reply::Skip, Reply::NotExpected, Reply::NotExpected}) {
    MilterClient client(daemon.socket());
    client.connect("client.example.org", "192.0.2.1", {{"v", "Postfix 3.7.11"}});
    client.helo("client.example.org");
    sendEnvelope(client);
    client.header("From", " a@example.org");
    client.endOfHeader();
    EXPECT_EQ(client.body(std::string(65535, 'x')), toBody);
    expectStamped(client.endOfMessage());
    client.quit();
  }
  // One that does not say what it is may do so.
  MilterClient client(daemon.socket());
  client.connect("client.example.org", "192.0.2.1", {{"v", "Other 1.0"}});
  client.helo("client.example.org");
  expectStamped(sendMessage(client));
  MilterClient other(daemon.socket());
  EXPECT_EQ(other.steps() & kStepNoReplyBody, 0U);
  greet(other);
  sendEnvelope(other);
  other.header("From", " a@example.org");
  other.endOfHeader();
  expectStamped(other.endOfMessage({}, "text\r\n"));
}

}  // namespace
}  // namespace alignd::test
