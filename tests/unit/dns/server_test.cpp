#include "dns/engine/server.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "dns/data/server_address.h"
#include "dns/engine/resolv_conf.h"

namespace alignd::dns {
namespace {

std::vector<std::string> texts(const std::vector<ServerAddress>& addresses) {
  std::vector<std::string> out;
  for (const auto& address : addresses) out.push_back(address.text());
  return out;
}

TEST(ServerAddress, ReadsWhatSettingsMaySay) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"127.0.0.1", "127.0.0.1:53"},
      {"127.0.0.1:5353", "127.0.0.1:5353"},
      {"::1", "[::1]:53"},
      {"[::1]", "[::1]:53"},
      {"[2001:db8::1]:54", "[2001:db8::1]:54"},
      {"192.0.2.1:65535", "192.0.2.1:65535"},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parseServerAddress(text);
    ASSERT_TRUE(std::holds_alternative<ServerAddress>(parsed)) << std::get<std::string>(parsed);
    EXPECT_EQ(std::get<ServerAddress>(parsed).text(), expected);
  }
}

TEST(ServerAddress, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "is an IP address"},
      {"dns.example", "is an IP address"},
      {"localhost:53", "is an IP address"},
      {"[::1", "closing bracket"},
      {"[::1]53", "only :port may follow"},
      {"[127.0.0.1]:53", "brackets are for IPv6"},
      {"127.0.0.1:", "the port must be"},
      {"127.0.0.1:0", "the port must be"},
      {"127.0.0.1:65536", "the port must be"},
      {"127.0.0.1:53x", "the port must be"},
      {"[::1]:", "the port must be"},
      {"127.0.0.1 ", "is an IP address"},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parseServerAddress(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << text;
    EXPECT_NE(std::get<std::string>(parsed).find(expected), std::string::npos)
        << std::get<std::string>(parsed);
  }
}

TEST(ResolvConf, ReadsNameserverLines) {
  EXPECT_EQ(texts(parseResolvConf(
                "# a comment\nsearch example\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # x\n"
                "nameserver fe80::1%eth0\nnameserver\nNAMESERVER 192.0.2.9\noptions rotate\n"
                "nameserver 192.0.2.2\r\n")),
            (std::vector<std::string>{"192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"}));
  EXPECT_EQ(texts(parseResolvConf("")), std::vector<std::string>{"127.0.0.1:53"});
  std::string many;
  for (int i = 1; i < 100; ++i) many += "nameserver 192.0.2." + std::to_string(i) + "\n";
  EXPECT_EQ(parseResolvConf(many).size(), 8U);
}

TEST(ResolvConf, SeesThatTheFileHasChanged) {
  std::string folder = std::filesystem::temp_directory_path() / "alignd-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/resolv.conf";
  const auto write = [&](const std::string& text) {
    std::ofstream(path + ".new") << text, std::filesystem::rename(path + ".new", path);
  };
  ResolvConf conf(path);
  EXPECT_EQ(texts(conf.changed().value()), std::vector<std::string>{"127.0.0.1:53"});  // not there yet
  EXPECT_FALSE(conf.changed());
  write("nameserver 192.0.2.1\n");
  EXPECT_EQ(texts(conf.changed().value()), std::vector<std::string>{"192.0.2.1:53"});
  EXPECT_FALSE(conf.changed());
  write("nameserver 192.0.2.2\n");  // of the same size
  EXPECT_EQ(texts(conf.changed().value()), std::vector<std::string>{"192.0.2.2:53"});
  std::filesystem::remove_all(folder);
}

struct Three : testing::Test {
  Three() { servers.assign({at(1), at(2), at(3)}); }
  static ServerAddress at(std::uint8_t last) { return {IpAddress::v4({192, 0, 2, last}), 53}; }
  Server& server(std::size_t i) { return *servers.all().at(i); }
  void silence(Server& which) {
    for (const char* domain : {"a.com", "b.com", "c.com"}) which.silent(domain, Time{});
    servers.judge(which, Time{});
  }
  EngineOptions options;
  Servers servers{options};
};

TEST_F(Three, SilenceOfManyDomainsSetsAServerAside) {
  for (int i = 0; i < 50; ++i) server(0).silent("tarpit.com", Time{});
  servers.judge(server(0), Time{});
  EXPECT_EQ(servers.first().get(), &server(0));  // one dead domain is not the server's fault
  server(0).silent("b.com", Time{});
  server(0).alive(false, Time{});  // any reply clears it
  server(0).silent("c.com", Time{});
  servers.judge(server(0), Time{});
  EXPECT_EQ(servers.first().get(), &server(0));
  silence(server(0));
  EXPECT_EQ(servers.first().get(), &server(1));
  servers.reinstate(server(0));
  EXPECT_EQ(servers.first().get(), &server(0));
}

TEST_F(Three, TheLastServerIsNeverSetAside) {
  silence(server(0));
  silence(server(1));
  silence(server(2));
  EXPECT_EQ(servers.first().get(), &server(2));
  EXPECT_EQ(servers.after(&server(2)).get(), &server(2));
}

TEST_F(Three, GoesRound) {
  EXPECT_EQ(servers.after(&server(0)).get(), &server(1));
  EXPECT_EQ(servers.after(&server(2)).get(), &server(0));
  EXPECT_EQ(servers.nextUnasked({&server(0), &server(1)}).get(), &server(2));
  EXPECT_EQ(servers.nextUnasked({&server(0), &server(1), &server(2)}), nullptr);
  silence(server(1));
  EXPECT_EQ(servers.after(&server(0)).get(), &server(2));
}

TEST_F(Three, AServerThatStaysKeepsItsState) {
  Server* second = &server(1);
  silence(*second);
  servers.assign({at(2), at(4), at(2)});
  ASSERT_EQ(servers.all().size(), 2U);
  EXPECT_EQ(&server(0), second);
  EXPECT_EQ(servers.first().get(), &server(1));
}

TEST(Server, ATroubleIsTheServersOwnWhenTheRootIsNotAnsweredEither) {
  using namespace std::chrono_literals;
  Server server({IpAddress::v4({192, 0, 2, 2}), 53}, {});
  const auto trouble = [&] { return server.counters.trouble.load(); };
  server.alive(false, Time{10s});
  EXPECT_FALSE(server.wantsProbe());
  server.silent("a.com", Time{5s});  // it has spoken since: the zone is dead, not the server
  EXPECT_FALSE(server.wantsProbe());
  server.silent("a.com", Time{20s});
  EXPECT_TRUE(server.wantsProbe());
  server.probed();
  EXPECT_FALSE(server.wantsProbe());
  server.alive(false, Time{31s});
  server.probeSilent(Time{30s});  // something else was answered in the meantime
  EXPECT_EQ(trouble(), Trouble::None);
  server.probeSilent(Time{40s});
  EXPECT_EQ(trouble(), Trouble::Silent);
  EXPECT_TRUE(server.wantsProbe()) << "until it answers";
  server.alive(true, Time{50s});
  EXPECT_EQ(trouble(), Trouble::None) << "REFUSED about one name is no refusal of us";
  EXPECT_TRUE(server.wantsProbe());
  server.alive(true, Time{51s});
  server.probeRefused();
  EXPECT_EQ(trouble(), Trouble::Refuses);
  server.alive(true, Time{52s});
  EXPECT_EQ(trouble(), Trouble::Refuses);
  server.alive(false, Time{53s});
  EXPECT_EQ(trouble(), Trouble::None);
  server.unreachable(false);
  EXPECT_EQ(trouble(), Trouble::None) << "TCP alone";
  server.unreachable(true);
  EXPECT_EQ(trouble(), Trouble::Unreachable);
  EXPECT_EQ(server.counters.unreachable, 2U);
  EXPECT_EQ(server.counters.refused, 3U);
}

TEST(Server, BelievesLoopbackOrWhatItIsTold) {
  EngineOptions options;
  EXPECT_TRUE(Server({IpAddress::v4({127, 0, 0, 2}), 53}, options).believed);
  EXPECT_FALSE(Server({IpAddress::v4({192, 0, 2, 2}), 53}, options).believed);
  options.trustAd = true;
  EXPECT_TRUE(Server({IpAddress::v4({192, 0, 2, 2}), 53}, options).believed);
}

}  // namespace
}  // namespace alignd::dns
