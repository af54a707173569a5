// What went wrong is known as soon as it can be known, and told by server; and which server as a whole is in trouble.
#include <memory>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/dns/asking.h"

namespace alignd::test {
namespace {

using dns::Status;
using dns::Trouble;
using dns::Type;

// Cuts every reply off over UDP, and has no TCP port.
class UdpOnly {
 public:
  UdpOnly() {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(where);
    if (bind(fd_, reinterpret_cast<sockaddr*>(&where), size) != 0) throw std::runtime_error("bind");
    getsockname(fd_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
    timeval often{0, 20'000};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &often, sizeof(often));
    thread_ = std::thread([this] { serve(); });
  }
  UdpOnly(const UdpOnly&) = delete;
  UdpOnly& operator=(const UdpOnly&) = delete;
  ~UdpOnly() {
    stop_ = true;
    thread_.join();
    close(fd_);
  }
  std::uint16_t port() const { return port_; }
  std::string text() const { return "127.0.0.1:" + std::to_string(port_); }
  std::size_t asked() const { return asked_; }

 private:
  void serve() {
    while (!stop_) {
      std::array<char, 512> packet{};
      sockaddr_in from{};
      socklen_t size = sizeof(from);
      const auto got =
          recvfrom(fd_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 12) continue;
      ++asked_;
      packet[2] = static_cast<char>(packet[2] | 0x82);  // QR, TC
      sendto(fd_, packet.data(), static_cast<std::size_t>(got), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }
  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> asked_{0};
  std::thread thread_;
};

dns::Options slow(const std::vector<std::string>& servers) {
  dns::Options out;
  for (const auto& server : servers) {
    out.engine.servers.push_back(std::get<dns::ServerAddress>(dns::parseServerAddress(server)));
  }
  out.engine.timeout = 60'000ms;  // what is not known at once is not known within this test
  out.engine.retryAfter = 60'000ms;
  return out;
}

TEST(EngineReasons, CutOffOverUdpAndRefusedOverTcpIsKnownAtOnce) {
  const UdpOnly server;
  for (const char* asked : {"big.example", "b+g.example"}) {
    dns::Service service(slow({server.text()}));
    const auto before = server.asked();
    const auto answer = ask(service.resolver(), txt(asked));
    EXPECT_EQ(dns::statusName(answer->status), dns::statusName(Status::Unreachable)) << answer->detail;
    EXPECT_TRUE(answer->temporary());
    EXPECT_EQ(answer->detail,
              "TCP port " + std::to_string(server.port()) +
                  " of 127.0.0.1 refused the connection (the reply over UDP was cut off) for " + asked);
    EXPECT_EQ(server.asked() - before, 1U);
    const auto counters = service.counters().engine.servers.at(0);
    EXPECT_EQ(counters.unreachable, 1U);
    EXPECT_EQ(counters.trouble, Trouble::None) << "it does answer";
  }
}

TEST(EngineReasons, AnotherServerIsAskedWhenTcpIsRefused) {
  const UdpOnly first;
  FaultDnsServer second;
  second.edit([](dns::Zone& zone) {
    zone.add(name("big.example"), Type::TXT, {300, dns::Txt(std::string(3000, 'x'))});
  });
  dns::Service service(slow({first.text(), second.address()}));
  EXPECT_EQ(ask(service.resolver(), txt("big.example"))->status, Status::Ok);
}

// A connection that is closed has met somebody: once more, and then it is known.
TEST(EngineReasons, AClosedConnectionIsTriedOnceMore) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) { zone.add(name("k.example"), Type::TXT, {300, dns::Txt("x")}); });
  server.behave("k.example", std::nullopt,
                {{.truncate = true}, {.tcpOctets = 0, .tcpEnd = TcpEnd::Close}, {.truncate = true}});
  {
    dns::Service service(slow({server.address()}));
    EXPECT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::Ok);
  }
  server.behave("k.example", std::nullopt, {{.truncate = true, .tcpOctets = 0, .tcpEnd = TcpEnd::Close}});
  server.clearCounters();
  dns::Service service(slow({server.address()}));
  const auto answer = ask(service.resolver(), txt("k.example"));
  EXPECT_EQ(answer->status, Status::Unreachable);
  EXPECT_NE(answer->detail.find("closed the connection"), std::string::npos) << answer->detail;
  EXPECT_EQ(server.count("k.example", Type::TXT, Transport::Tcp), 2U);
}

// As it would be with a second server: one passing fault is no temperror, and the name is not traced for it.
TEST(EngineReasons, ALoneServerIsAskedOnceMoreAfterServfail) {
  FaultDnsServer server;
  server.edit([](dns::Zone& zone) { zone.add(name("k.example"), Type::TXT, {300, dns::Txt("x")}); });
  server.behave("k.example", Type::TXT, {{.rcode = 2}, {}});
  server.behave("k.example", Type::CNAME, {{.rcode = 2}});
  dns::Service service(slow({server.address()}));
  EXPECT_EQ(ask(service.resolver(), txt("k.example"))->status, Status::Ok);
  EXPECT_EQ(server.count("k.example"), 2U);
  server.behave("dead.example", std::nullopt, {{.rcode = 2}});
  const auto dead = ask(service.resolver(), txt("dead.example"));
  EXPECT_EQ(dead->status, Status::ServerFailure);
  EXPECT_EQ(dead->detail, "SERVFAIL from " + server.address() + " for dead.example");
  EXPECT_EQ(server.count("dead.example", Type::TXT), 2U);
}

TEST(EngineReasons, EachServerIsToldWithWhatItSaid) {
  FaultDnsServer refusing;
  FaultDnsServer silent;
  FaultDnsServer gone;
  refusing.behaveByDefault({.rcode = 5});
  silent.behaveByDefault({.drop = true});
  gone.stop();
  const auto detail = [](const std::vector<const FaultDnsServer*>& servers) {
    dns::Options options = optionsFor(servers, 600ms);
    options.engine.retryAfter = 150ms;
    dns::Service service(options);
    return ask(service.resolver(), txt("k.example"))->detail;
  };
  EXPECT_EQ(detail({&silent}), "no answer from " + silent.address() + " for k.example within 600 ms");
  EXPECT_EQ(detail({&gone}), gone.address() + " refused the connection for k.example within 600 ms");
  EXPECT_EQ(detail({&gone, &silent}), gone.address() + " refused the connection, no answer from " +
                                          silent.address() + " for k.example within 600 ms");
  EXPECT_EQ(detail({&refusing, &silent}),
            "REFUSED from " + refusing.address() + ", no answer from " + silent.address() + " for k.example");
}

// A lone server as well; it comes back without a question of ours.
TEST(EngineReasons, ALoneServersTroubleIsSeenAndItsEndToo) {
  FaultDnsServer server;
  dns::Options options = optionsFor({&server}, 400ms);
  options.engine.retryAfter = 50ms;
  options.engine.probeEvery = 50ms;
  options.table.bytes = 0;
  dns::Service service(options);
  const auto trouble = [&] { return service.counters().engine.servers.at(0).trouble; };
  const auto comes = [&](Trouble wanted) {
    for (int i = 0; i < 2000 && trouble() != wanted; ++i) std::this_thread::sleep_for(5ms);
    return trouble() == wanted;
  };
  server.behaveBelow("tarpit.com", {.drop = true});
  ask(service.resolver(), txt("q.tarpit.com"));
  server.behave("no.example", std::nullopt, {{.rcode = 5}});
  ask(service.resolver(), txt("no.example"));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(trouble(), Trouble::None) << "a dead zone or a refused name is not the server's trouble";
  EXPECT_TRUE(service.counters().engine.servers.at(0).answering);
  for (const auto& [behavior, wanted] : std::vector<std::pair<Behavior, Trouble>>{
           {{.drop = true}, Trouble::Silent}, {{.rcode = 5}, Trouble::Refuses}}) {
    server.behaveByDefault(behavior);
    ask(service.resolver(), txt("k.example"));
    EXPECT_TRUE(comes(wanted));
    server.behaveByDefault({});
    EXPECT_TRUE(comes(Trouble::None));
  }
  server.stop();
  ask(service.resolver(), txt("k.example"));
  EXPECT_TRUE(comes(Trouble::Unreachable));
  server.start();
  EXPECT_TRUE(comes(Trouble::None));
}

}  // namespace
}  // namespace alignd::test
