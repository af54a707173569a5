// The tests' own server must be right before it may judge anything: asked here with bare sockets.
#include "tests/support/fault_dns_server.h"

#include <array>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/fault_dns_loop.h"

namespace alignd::test {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

dns::Name name(const std::string& text) {
  return dns::Name::parse(text).value_or(dns::Name());
}

// A query for `owner`, AD set, with or without OPT.
std::string query(std::uint16_t id, const std::string& owner, dns::Type type, bool edns = true) {
  std::string wire;
  for (std::string_view rest = owner; !rest.empty();) {
    const auto label = rest.substr(0, rest.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    rest.remove_prefix(std::min(rest.size(), label.size() + 1));
  }
  wire += "\0\0"s + static_cast<char>(type) + "\0\1"s;
  MessageWriter out(id, kFlagRd | kFlagAd);
  out.question(wire);
  if (edns) out.opt(1232, false);
  return out.finish();
}

class Client {
 public:
  Client(const FaultDnsServer& server, Transport transport)
      : fd_(::socket(AF_INET, transport == Transport::Udp ? SOCK_DGRAM : SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  bool connected() const { return connected_; }
  void send(const std::string& bytes) const {
    EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), 0), bytes.size());
  }
  void sendTcp(const std::string& bytes) const { send("\0"s + static_cast<char>(bytes.size()) + bytes); }
  // One datagram, or what TCP gives at once; nothing after `patience` or at the end of the stream.
  std::optional<std::string> receive(milliseconds patience = milliseconds(5000)) const {
    pollfd one{fd_.get(), POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
    std::array<char, 65536> buffer{};
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return std::nullopt;
    return std::string(buffer.data(), static_cast<std::size_t>(got));
  }
  // All octets until the server closes, and how many calls that took.
  std::pair<std::string, std::size_t> receiveAll() const {
    std::string all;
    std::size_t parts = 0;
    while (auto part = receive()) {
      if (part->empty()) break;
      all += *part;
      ++parts;
    }
    return {all, parts};
  }

 private:
  Fd fd_;
  bool connected_ = false;
};

unsigned at16(const std::string& bytes, std::size_t at) {
  return static_cast<unsigned>(static_cast<unsigned char>(bytes.at(at)) << 8) |
         static_cast<unsigned char>(bytes.at(at + 1));
}
unsigned rcode(const std::string& bytes) {
  return at16(bytes, 2) & 0x0f;
}
unsigned answerCount(const std::string& bytes) {
  return at16(bytes, 6);
}

class FaultServer : public testing::Test {
 protected:
  FaultServer() {
    server.edit([](dns::Zone& zone) {
      zone.add(name("k.example"), dns::Type::TXT, {77, dns::Txt("v=DKIM1; p=abc")});
      zone.add(name("a.example"), dns::Type::CNAME, {60, name("k.example")});
      zone.add(name("big.example"), dns::Type::TXT, {60, dns::Txt(std::string(3000, 'x'))});
      zone.add(name("mx.example"), dns::Type::MX, {60, dns::Mx{5, name("mail.example")}});
    });
  }
  std::string ask(const std::string& owner, dns::Type type = dns::Type::TXT, bool edns = true) {
    const Client client(server, Transport::Udp);
    client.send(query(7, owner, type, edns));
    return client.receive().value_or("");
  }
  FaultDnsServer server;
};

TEST_F(FaultServer, AnswersHonestly) {
  const std::string reply = ask("k.ExamplE");
  EXPECT_EQ(reply,
            "\0\7\x81\x80\0\1\0\1\0\0\0\1\1k\7ExamplE\0\0\x10\0\1"
            "\xc0\x0c\0\x10\0\1\0\0\0\x4d\0\x0f\x0ev=DKIM1; p=abc"
            "\0\0\x29\x04\xd0\0\0\0\0\0\0"s);
  EXPECT_EQ(ask("mx.example", dns::Type::MX, false),
            "\0\7\x81\x80\0\1\0\1\0\0\0\0\2mx\7example\0\0\x0f\0\1"
            "\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\x09\0\5\4mail\xc0\x0f"s);
  EXPECT_EQ(answerCount(ask("a.example")), 2U);
  const std::string none = ask("none.example");
  EXPECT_EQ(rcode(none), 3U);
  EXPECT_EQ(at16(none, 8), 1U) << "an SOA record";
  EXPECT_EQ(server.total(), 4U);
  EXPECT_EQ(server.count("K.example", dns::Type::TXT, Transport::Udp), 1U);
  EXPECT_EQ(server.count("k.example", dns::Type::TXT, Transport::Tcp), 0U);
  const auto seen = server.questions();
  EXPECT_EQ(seen[0].name, "k.ExamplE");
  EXPECT_EQ(seen[0].question, (dns::Question{name("k.example"), dns::Type::TXT}));
  EXPECT_TRUE(seen[0].edns && seen[0].authenticData && seen[0].recursionDesired);
  EXPECT_EQ(seen[0].udpPayload, 1232);
  EXPECT_FALSE(seen[1].edns);
}

TEST_F(FaultServer, TruncatesAndSaysTheRestByTcp) {
  const std::string cut = ask("big.example");
  EXPECT_TRUE((at16(cut, 2) & kFlagTc) != 0);
  EXPECT_EQ(answerCount(cut), 0U);
  server.behave("big.example", {}, {Behavior{.oversized = true}});
  EXPECT_GT(ask("big.example").size(), 3000U);
  const Client client(server, Transport::Tcp);
  client.sendTcp(query(7, "big.example", dns::Type::TXT));
  const std::string reply = client.receive().value_or("");
  EXPECT_EQ(at16(reply, 0), reply.size() - 2);
  EXPECT_GT(reply.size(), 3000U);
}

TEST_F(FaultServer, ScriptsAreFollowedInOrderAndTheMostSpecialRuleHolds) {
  server.behave("k.example", dns::Type::TXT, {{.rcode = 2}, {.rcode = 5}, {}});
  server.behave("k.example", {}, {{.rcode = 4}});
  server.behaveBelow("example", {.rcode = 1});
  EXPECT_EQ(rcode(ask("k.example")), 2U);
  EXPECT_EQ(rcode(ask("k.example")), 5U);
  EXPECT_EQ(rcode(ask("k.example")), 0U);
  EXPECT_EQ(rcode(ask("k.example")), 0U);
  EXPECT_EQ(rcode(ask("k.example", dns::Type::A)), 4U);
  EXPECT_EQ(rcode(ask("a.example")), 1U);
  EXPECT_EQ(rcode(ask("example")), 1U);
  EXPECT_EQ(rcode(ask("counterexample")), 3U);
  server.forgetBehaviors();
  EXPECT_EQ(rcode(ask("a.example")), 0U);
}

TEST_F(FaultServer, DamagesAsTold) {
  const std::string honest = ask("k.example");
  const auto damaged = [&](const Behavior& behavior) {
    server.behave("k.example", {}, {behavior});
    return ask("k.example");
  };
  EXPECT_EQ(at16(damaged({.wrongId = true}), 0), 7U ^ 0x5555U);
  EXPECT_NE(damaged({.wrongQuestion = true}).find("\5wrong\7invalid"), std::string::npos);
  EXPECT_EQ(damaged({.damage = Damage::HeaderOnly}).size(), 12U);
  EXPECT_EQ(at16(damaged({.damage = Damage::Garbage}), 0), 7U);
  EXPECT_EQ(damaged({.damage = Damage::CompressionLoop}).substr(27, 2), "\xc0\x1b"s);
  EXPECT_EQ(damaged({.damage = Damage::EmptyTxt}).substr(37, 2), "\0\0"s);
  EXPECT_EQ(damaged({.damage = Damage::BadStringLength}).substr(37, 3), "\0\x08\xc8"s);
  EXPECT_EQ(answerCount(damaged({.damage = Damage::CountTooHigh})), 1001U);
  EXPECT_LT(damaged({.damage = Damage::Cut}).size(), honest.size());
  EXPECT_EQ(answerCount(damaged({.foreignOwners = true})), 4U);
  EXPECT_EQ(damaged({.raw = "??raw"}), "\0\7raw"s);
  EXPECT_TRUE((at16(damaged({.authenticated = true}), 2) & kFlagAd) != 0);
  EXPECT_NE(damaged({.stringLength = 4}).find("\4v=DK\4IM1;\4 p=a\2bc"), std::string::npos);
  EXPECT_EQ(damaged({.ttl = 9}).substr(33, 4), "\0\0\0\x09"s);
  EXPECT_EQ(rcode(damaged({.rcode = 1, .onlyWithEdns = true})), 1U);
  EXPECT_EQ(rcode(ask("k.example", dns::Type::TXT, false)), 0U);
  server.behave("a.example", {}, {{.bareCname = true}});
  EXPECT_EQ(answerCount(ask("a.example")), 1U);
}

TEST_F(FaultServer, LosesAndHoldsBack) {
  server.behave("k.example", {}, FaultDnsServer::dropFirst(1));
  const Client client(server, Transport::Udp);
  client.send(query(1, "k.example", dns::Type::TXT));
  ASSERT_TRUE(server.waitForQuestions(1));
  server.hold();
  client.send(query(2, "k.example", dns::Type::TXT));
  client.send(query(3, "a.example", dns::Type::TXT));
  ASSERT_TRUE(server.waitForQuestions(3));
  EXPECT_EQ(client.receive(milliseconds(0)), std::nullopt);
  // The last one may have been read and not yet been put away.
  while (server.waiting() < 2) std::this_thread::yield();
  EXPECT_EQ(server.release(), 2U);
  EXPECT_EQ(at16(client.receive().value_or("??"), 0), 2U);
  EXPECT_EQ(at16(client.receive().value_or("??"), 0), 3U);
  server.unhold();
  client.send(query(4, "k.example", dns::Type::TXT));
  EXPECT_EQ(at16(client.receive().value_or("??"), 0), 4U);
  EXPECT_EQ(server.maxConcurrent(), 2U);
  EXPECT_EQ(server.rounds(), 2U);
}

TEST_F(FaultServer, MistreatsTcp) {
  server.behave("k.example", {},
                {{.tcpOctetDelay = std::chrono::microseconds(200), .tcpEnd = TcpEnd::Close},
                 {.tcpOctets = 9, .tcpEnd = TcpEnd::HalfClose},
                 {.tcpOctets = 0, .tcpEnd = TcpEnd::Reset}});
  const auto askTcp = [&] {
    const Client client(server, Transport::Tcp);
    client.sendTcp(query(7, "k.example", dns::Type::TXT));
    return client.receiveAll();
  };
  const auto [slow, parts] = askTcp();
  EXPECT_EQ(at16(slow, 0), slow.size() - 2);
  EXPECT_GT(parts, 1U);
  EXPECT_EQ(askTcp().first.size(), 9U);
  EXPECT_EQ(askTcp().first.size(), 0U);
  while (server.openTcpConnections() > 0) std::this_thread::yield();
  EXPECT_EQ(server.tcpConnections(), 3U);
}

TEST_F(FaultServer, StopsAndStartsOnTheSamePort) {
  server.stop();
  EXPECT_FALSE(Client(server, Transport::Tcp).connected());
  server.start();
  EXPECT_TRUE(Client(server, Transport::Tcp).connected());
  EXPECT_EQ(rcode(ask("k.example")), 0U);
}

}  // namespace
}  // namespace alignd::test
