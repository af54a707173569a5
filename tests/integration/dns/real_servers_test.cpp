// Keys as they are published in the wild, served by nsd, resolved by unbound, asked by the real engine. Every
// answer is compared with what the same master files say when they are read as a zone file: alignd-check
// --zone must not tell another story than the daemon.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "dns/zone/zone_file.h"
#include "tests/integration/dns/asking.h"
#include "tests/support/name_servers.h"

namespace alignd::test {
namespace {

using dns::Status;
using dns::Type;

// How unbound finds the zones below the root.
enum class Finding {
  Delegations,  // from a root zone of ours, by NS records: wants port 53, so root's rights or the capability
  Stubs,        // it is told the server of each zone
};

std::string strings(const std::string& text, std::size_t length) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += length) out += " \"" + text.substr(at, length) + "\"";
  return out;
}

// The length of a 4096-bit key in base64; what it says is no matter here.
std::string longKey() {
  std::string key;
  for (std::size_t i = 0; i < 736; ++i)
    key += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i * 37 % 64];
  return "v=DKIM1; k=rsa; p=" + key;
}

std::string hugeText() {
  return std::string(1500, 'a') + std::string(1500, 'b') + std::string(1500, 'c');
}

std::string chains() {
  std::string out = "h0 TXT \"the end\"\n";
  for (int i = 1; i <= 20; ++i) out += "h" + std::to_string(i) + " CNAME h" + std::to_string(i - 1) + "\n";
  // Every hop in the other zone: x1.example, x2.child.example, x3.example ...
  for (int i = 1; i <= 11; i += 2)
    out += "x" + std::to_string(i) + " CNAME x" + std::to_string(i - 1) + ".child\n";
  return out;
}

std::string childChains() {
  std::string out = "x0 TXT \"the end\"\n";
  for (int i = 2; i <= 10; i += 2) {
    out += "x" + std::to_string(i) + " CNAME x" + std::to_string(i - 1) + ".example.\n";
  }
  return out;
}

// An address of loopback where nobody listens on any port.
constexpr const char* kNobody = "127.255.255.254";

ServedZone rootZone(const Endpoint& parent, const Endpoint& child, const std::string& self) {
  return {"", "@ NS ns.root-server.\nns.root-server. A " + self +
                  "\nexample. NS ns.example.\nns.example. A " + parent.ip +
                  "\nsigned. NS ns.signed.\nns.signed. A " + child.ip +
                  "\nbogus. NS ns.bogus.\nns.bogus. A " + child.ip + "\ndead. NS ns.dead.\nns.dead. A " +
                  kNobody + "\nlame. NS ns.lame.\nns.lame. A " + child.ip + "\n"};
}

ServedZone parentZone(const Endpoint& parent, const Endpoint& child) {
  return {"example", "@ NS ns\nns A " + parent.ip + "\nchild NS ns.child\nns.child A " + child.ip +
                         "\n_domainkey.brand NS ns.child\nbrand TXT \"v=spf1 -all\"\n" + R"(
direct._domainkey       TXT   "v=DKIM1; p=direct"
provider._domainkey     CNAME key.provider.child
under._domainkey        CNAME direct._domainkey.child
broken._domainkey       CNAME mid
mid                     CNAME removed.child
dangling                CNAME gone
self                    CNAME self
round1                  CNAME round2
round2                  CNAME round1
five1                   CNAME five2
five2                   CNAME five3.child
five4                   CNAME five5.child
toround                 CNAME alsotoround
alsotoround             CNAME round1
tobogus                 CNAME s1._domainkey.bogus.
intodead                CNAME alsointodead
alsointodead            CNAME key.dead.
intolame                CNAME alsointolame
alsointolame            CNAME key.lame.
old                     DNAME child
onlya                   A     192.0.2.1
toonlya                 CNAME onlya
short 7                 TXT   "seven seconds"
alias 5                 CNAME short
*.wild                  TXT   "wild"
*.wild                  MX    10 mail
mail                    A     192.0.2.25
mail                    AAAA  2001:db8::25
deep.down.ent           TXT   "deep"
two                     TXT   "first" " half"
two                     TXT   "second"
user+tag                TXT   "odd name"
)" + "big" + " TXT" + strings(longKey(), 50) +
                         "\nhuge TXT" + strings(hugeText(), 255) + "\n" + chains()};
}

std::vector<ServedZone> childZones(const Endpoint& child, bool sign) {
  std::vector<ServedZone> zones{
      {"child.example", "@ NS ns\nns A " + child.ip + R"(
direct._domainkey TXT "v=DKIM1; p=child"
key.provider      TXT "v=DKIM1; p=provider"
25.2.0            PTR mail.example.
five3             CNAME five4.example.
five5             CNAME five1.example.
)" + childChains()},
      {"_domainkey.brand.example", "@ NS ns.child.example.\ns1 TXT \"v=DKIM1; p=branch\"\n"}};
  if (sign) {
    const std::string records = "@ NS ns\nns A " + child.ip + R"(
s1._domainkey TXT   "v=DKIM1; p=signed"
alias         CNAME s1._domainkey
alias2        CNAME direct._domainkey.example.
outside       CNAME direct._domainkey.example.
)";
    zones.push_back({"signed", records, true});
    zones.push_back({"bogus", records, true});
  }
  return zones;
}

// Anchors for the signed zone; the bogus zone gets the other zone's key, so that nothing in it validates.
std::string anchors(const std::string& keys) {
  const auto line = keys.find("signed.\t");
  const std::string good = keys.substr(line, keys.find('\n', line) + 1 - line);
  return good + "bogus." + good.substr(std::string("signed.").size());
}

// All servers and the engine, started once for all tests of one Finding.
class World {
 public:
  static std::string missing(Finding finding) {
    if (auto text = missingNameServers(); !text.empty()) return text;
    if (finding == Finding::Delegations && !freeEndpoints(1, true)) {
      return "skipped: port 53 on loopback is not ours to use, so no delegation can be followed";
    }
    return {};
  }

  explicit World(Finding finding) : World(finding, places(finding), missingZoneSigner().empty()) {}

  dns::AnswerPtr ask(const std::string& owner, Type type) {
    return test::ask(service_->resolver(), {name(owner), type});
  }
  dns::AnswerPtr fromFile(const std::string& owner, Type type) const {
    return zone_.answer({name(owner), type}, {});
  }
  const dns::Options& options() const { return options_; }
  dns::ServerAddress authority() const {
    return std::get<dns::ServerAddress>(dns::parseServerAddress(parent_.endpoint().text()));
  }

 private:
  struct Places {
    Endpoint root, parent, child, resolver;
  };

  static Places places(Finding finding) {
    const auto servers = freeEndpoints(3, finding == Finding::Delegations);
    const auto resolver = freeEndpoints(1, false);
    if (!servers || !resolver) throw std::runtime_error("no free ports on loopback");
    return {servers->at(0), servers->at(1), servers->at(2), resolver->at(0)};
  }

  World(Finding finding, const Places& places, bool sign)
      : root_(places.root, {rootZone(places.parent, places.child, places.root.ip)}),
        parent_(places.parent, {parentZone(places.parent, places.child)}),
        child_(places.child, childZones(places.child, sign)) {
    UnboundSettings settings;
    if (sign) settings.trustAnchors = anchors(child_.trustAnchors());
    if (finding == Finding::Delegations) settings.root = places.root;
    settings.stubs = stubs(finding, places);
    unbound_.emplace(places.resolver, settings, "child.example");
    options_.engine.servers = {std::get<dns::ServerAddress>(dns::parseServerAddress(places.resolver.text()))};
    service_ = std::make_unique<dns::Service>(options_);
    readZones(places, sign);
  }

  static std::vector<UnboundSettings::Stub> stubs(Finding finding, const Places& places) {
    if (finding == Finding::Delegations) return {};
    return {{"example", places.parent},
            {"child.example", places.child},
            {"_domainkey.brand.example", places.child},
            {"signed", places.child},
            {"bogus", places.child},
            {"dead", {kNobody, 53}},
            {"lame", places.child}};
  }

  void readZones(const Places& places, bool sign) {
    auto zones = childZones(places.child, sign);
    zones.push_back(parentZone(places.parent, places.child));
    for (const auto& zone : zones) {
      dns::ZoneFileOptions options;
      options.origin = name(zone.name);
      const auto error = dns::readZone(
          "$TTL 300\n@ SOA ns.invalid. h.invalid. 1 3600 600 86400 60\n" + zone.records, zone_, options);
      if (error) throw std::runtime_error(error->text());
    }
  }

  Nsd root_;
  Nsd parent_;
  Nsd child_;
  std::optional<Unbound> unbound_;
  dns::Options options_;
  std::unique_ptr<dns::Service> service_;
  dns::Zone zone_;
};

class RealServers : public testing::TestWithParam<Finding> {
 protected:
  void SetUp() override {
    if (const auto text = World::missing(GetParam()); !text.empty()) GTEST_SKIP() << text;
    auto& mine = worlds()[GetParam()];
    if (!mine) mine = std::make_unique<World>(GetParam());
  }
  static void TearDownTestSuite() { worlds().clear(); }
  static World& world() { return *worlds().at(GetParam()); }

 private:
  static std::map<Finding, std::unique_ptr<World>>& worlds() {
    static std::map<Finding, std::unique_ptr<World>> kept;
    return kept;
  }
};

std::string show(const dns::Record& record) {
  if (const auto* text = std::get_if<dns::Txt>(&record.data)) return *text;
  if (const auto* ip = std::get_if<IpAddress>(&record.data)) return ip->text();
  if (const auto* mx = std::get_if<dns::Mx>(&record.data)) {
    return std::to_string(mx->preference) + " " + mx->exchange.text();
  }
  return std::get<dns::Name>(record.data).text();
}

// Sorted: servers turn record sets round.
std::vector<std::string> show(const dns::Answer& answer) {
  std::vector<std::string> out;
  out.reserve(answer.records.size());
  for (const auto& record : answer.records) out.push_back(show(record));
  std::sort(out.begin(), out.end());
  return out;
}

struct Row {
  std::string owner;
  Type type;
  Status status;
  std::vector<std::string> records;
  std::size_t hops = 0;
};

TEST_P(RealServers, ResolveWhatResolvesAndSayWhyTheRestDoesNot) {
  const std::string end = "the end";
  const std::vector<Row> rows{
      {"direct._domainkey.example", Type::TXT, Status::Ok, {"v=DKIM1; p=direct"}},
      {"DIRECT._DomainKey.Example", Type::TXT, Status::Ok, {"v=DKIM1; p=direct"}},
      {"direct._domainkey.child.example",
       Type::TXT,
       Status::Ok,
       {"v=DKIM1; p=child"}},  // an NS-delegated subdomain
      {"s1._domainkey.brand.example",
       Type::TXT,
       Status::Ok,
       {"v=DKIM1; p=branch"}},  // a delegated _domainkey
      {"s2._domainkey.brand.example", Type::TXT, Status::NoSuchName, {}},
      {"brand.example", Type::TXT, Status::Ok, {"v=spf1 -all"}},
      {"provider._domainkey.example",
       Type::TXT,
       Status::Ok,
       {"v=DKIM1; p=provider"},
       1},  // into another zone
      {"under._domainkey.example", Type::TXT, Status::Ok, {"v=DKIM1; p=child"}, 1},
      {"h1.example", Type::TXT, Status::Ok, {end}, 1},
      {"h2.example", Type::TXT, Status::Ok, {end}, 2},
      {"h4.example", Type::TXT, Status::Ok, {end}, 4},
      {"h9.example", Type::TXT, Status::Ok, {end}, 9},
      {"h10.example", Type::TXT, Status::Ok, {end}, 10},
      {"h11.example", Type::TXT, Status::ChainTooLong, {}, 11},
      {"h13.example", Type::TXT, Status::ChainTooLong, {}, 11},  // more than unbound follows itself
      {"h20.example", Type::TXT, Status::ChainTooLong, {}, 11},
      {"x2.child.example", Type::TXT, Status::Ok, {end}, 2},
      {"x4.child.example", Type::TXT, Status::Ok, {end}, 4},
      {"x9.example", Type::TXT, Status::Ok, {end}, 9},
      {"x10.child.example", Type::TXT, Status::Ok, {end}, 10},
      {"x11.example", Type::TXT, Status::ChainTooLong, {}, 11},
      {"dangling.example", Type::TXT, Status::DanglingCname, {}, 1},
      {"broken._domainkey.example", Type::TXT, Status::DanglingCname, {}, 2},
      {"toonlya.example", Type::TXT, Status::NoData, {}, 1},
      {"onlya.example", Type::TXT, Status::NoData, {}},
      {"onlya.example", Type::A, Status::Ok, {"192.0.2.1"}},
      {"nothing.example", Type::TXT, Status::NoSuchName, {}},
      {"down.ent.example", Type::TXT, Status::NoData, {}},  // an empty non-terminal
      {"deep.down.ent.example", Type::TXT, Status::Ok, {"deep"}},
      {"direct._domainkey.old.example", Type::TXT, Status::Ok, {"v=DKIM1; p=child"}, 1},  // DNAME
      {"x2.old.example", Type::TXT, Status::Ok, {end}, 3},
      {"none.old.example", Type::TXT, Status::DanglingCname, {}, 1},
      {"old.example", Type::TXT, Status::NoData, {}},
      {"a.b.wild.example", Type::TXT, Status::Ok, {"wild"}},
      {"a.wild.example", Type::MX, Status::Ok, {"10 mail.example"}},
      {"a.wild.example", Type::A, Status::NoData, {}},
      {"mail.example", Type::AAAA, Status::Ok, {"2001:db8::25"}},
      {"25.2.0.child.example", Type::PTR, Status::Ok, {"mail.example"}},
      {"two.example", Type::TXT, Status::Ok, {"first half", "second"}},  // joined, not merged
      {"user+tag.example", Type::TXT, Status::Ok, {"odd name"}},
      {"big.example", Type::TXT, Status::Ok, {longKey()}},
      {"huge.example", Type::TXT, Status::Ok, {hugeText()}},
  };
  for (const auto& row : rows) {
    const auto answer = world().ask(row.owner, row.type);
    EXPECT_EQ(statusName(answer->status), statusName(row.status)) << row.owner << ": " << answer->detail;
    EXPECT_EQ(show(*answer), row.records) << row.owner;
    EXPECT_EQ(answer->chain.size(), row.hops) << row.owner << ": " << chainText(answer->chain);
    EXPECT_FALSE(answer->authenticated) << row.owner;

    const auto same = world().fromFile(row.owner, row.type);
    EXPECT_EQ(statusName(same->status), statusName(row.status)) << row.owner << " from the zone file";
    EXPECT_EQ(show(*same), row.records) << row.owner << " from the zone file";
    EXPECT_EQ(chainText(answer->chain), chainText(same->chain)) << row.owner;
    EXPECT_EQ(answer->rcode, same->rcode) << row.owner;
  }
}

TEST_P(RealServers, AnswersThatAreLargerThanAPacketComeOverTcp) {
  dns::Service fresh(world().options());  // one whose cache is empty
  const auto huge = test::ask(fresh.resolver(), txt("huge.example"));
  ASSERT_EQ(huge->status, Status::Ok);
  EXPECT_GT(show(*huge).at(0).size(), 4096U);
  EXPECT_EQ(fresh.counters().engine.tcp, 1U);
}

// unbound follows aliases itself and answers a loop with SERVFAIL; nsd hands out what it knows of it.
TEST_P(RealServers, LoopsEndWithoutAnAnswer) {
  const std::vector<std::pair<std::string, std::string>> loops{
      {"self.example", "self.example -> self.example"},
      {"round1.example", "round1.example -> round2.example -> round1.example"},
      {"five1.example",
       "five1.example -> five2.example -> five3.child.example -> five4.example -> five5.child.example -> "
       "five1.example"},
      {"toround.example",
       "toround.example -> alsotoround.example -> round1.example -> round2.example -> round1.example"},
  };
  dns::Options direct = world().options();
  direct.engine.servers = {world().authority()};
  dns::Service authority(direct);
  for (const auto& [owner, chain] : loops) {
    const auto answer = world().ask(owner, Type::TXT);
    EXPECT_EQ(statusName(answer->status), statusName(Status::CnameLoop)) << owner << ": " << answer->detail;
    EXPECT_EQ(chainText(answer->chain), chain);
    EXPECT_TRUE(answer->records.empty());
    const auto same = world().fromFile(owner, Type::TXT);
    EXPECT_EQ(same->status, Status::CnameLoop);
    EXPECT_EQ(chainText(same->chain), chain);
    EXPECT_EQ(answer->rcode, same->rcode);
    if (owner == "five1.example") continue;  // it leaves nsd's zone and comes back
    const auto handedOut = test::ask(authority.resolver(), txt(owner));
    EXPECT_EQ(statusName(handedOut->status), statusName(Status::CnameLoop))
        << owner << ": " << handedOut->detail;
    EXPECT_EQ(chainText(handedOut->chain), chain);
  }
}

// The servers of the last hop's zone do not know it: unbound says so at once.
TEST_P(RealServers, AChainIntoALameZoneNamesTheHop) {
  const auto answer = world().ask("intolame.example", Type::TXT);
  const std::string server = world().options().engine.servers.front().text();
  EXPECT_EQ(statusName(answer->status), statusName(Status::ServerFailure)) << answer->detail;
  EXPECT_EQ(answer->detail, "SERVFAIL from " + server + " for key.lame");
  EXPECT_EQ(chainText(answer->chain), "intolame.example -> alsointolame.example -> key.lame");
}

// Nobody listens there: unbound tries for longer than we wait.
TEST_P(RealServers, AChainIntoADeadZoneNamesTheHop) {
  dns::Options options = world().options();
  options.engine.timeout = 1500ms;
  dns::Service service(options);
  const auto answer = test::ask(service.resolver(), txt("intodead.example"));
  EXPECT_TRUE(answer->status == Status::Timeout || answer->status == Status::ServerFailure) << answer->detail;
  EXPECT_NE(answer->detail.find(" for key.dead"), std::string::npos) << answer->detail;
  EXPECT_EQ(chainText(answer->chain), "intodead.example -> alsointodead.example -> key.dead");
}

TEST_P(RealServers, TheSmallestTtlOfTheChainCounts) {
  const Time before = now();
  const auto direct = world().ask("short.example", Type::TXT);
  const auto alias = world().ask("alias.example", Type::TXT);
  const auto none = world().ask("neveraskedbefore.example", Type::TXT);
  const Time after = now();
  using std::chrono::seconds;
  EXPECT_LE(direct->expires, after + seconds(7));
  EXPECT_GT(direct->expires, before);
  EXPECT_LE(alias->expires, after + seconds(5));
  ASSERT_EQ(alias->chain.size(), 1U);
  EXPECT_LE(alias->chain[0].ttl, 5U);
  EXPECT_LE(alias->records.at(0).ttl, 7U);
  EXPECT_LE(none->expires, after + seconds(60)) << "MINIMUM of the SOA record";
  EXPECT_GT(none->expires, before);
}

TEST_P(RealServers, WhatIsSignedIsAuthenticated) {
  if (const auto text = missingZoneSigner(); !text.empty()) GTEST_SKIP() << text;
  const auto key = world().ask("s1._domainkey.signed", Type::TXT);
  EXPECT_EQ(statusName(key->status), statusName(Status::Ok)) << key->detail;
  EXPECT_EQ(show(*key), std::vector<std::string>{"v=DKIM1; p=signed"});
  EXPECT_TRUE(key->authenticated);
  const auto alias = world().ask("alias.signed", Type::TXT);
  EXPECT_EQ(alias->chain.size(), 1U);
  EXPECT_TRUE(alias->authenticated);
  const auto none = world().ask("none.signed", Type::TXT);
  EXPECT_EQ(statusName(none->status), statusName(Status::NoSuchName));
  EXPECT_TRUE(none->authenticated) << "denial is signed too";
  const auto nodata = world().ask("s1._domainkey.signed", Type::A);
  EXPECT_EQ(statusName(nodata->status), statusName(Status::NoData));
  EXPECT_TRUE(nodata->authenticated);
  const auto outside = world().ask("outside.signed", Type::TXT);
  EXPECT_EQ(statusName(outside->status), statusName(Status::Ok));
  EXPECT_FALSE(outside->authenticated) << "the chain leaves the signed zone";
}

TEST_P(RealServers, WhatIsForgedIsAServerFailure) {
  if (const auto text = missingZoneSigner(); !text.empty()) GTEST_SKIP() << text;
  const auto answer = world().ask("s1._domainkey.bogus", Type::TXT);
  EXPECT_EQ(statusName(answer->status), statusName(Status::ServerFailure));
  EXPECT_TRUE(answer->records.empty());
  EXPECT_FALSE(answer->authenticated);
  EXPECT_TRUE(answer->temporary());
  // Nor does a trace of the aliases make more of it.
  for (const auto& [owner, chain] : std::vector<std::pair<std::string, std::string>>{
           {"alias.bogus", ""},
           {"alias2.bogus", ""},
           {"tobogus.example", "tobogus.example -> s1._domainkey.bogus"}}) {
    const auto behind = world().ask(owner, Type::TXT);
    EXPECT_EQ(statusName(behind->status), statusName(Status::ServerFailure)) << owner;
    EXPECT_EQ(chainText(behind->chain), chain);
    EXPECT_TRUE(behind->records.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Unbound, RealServers, testing::Values(Finding::Delegations, Finding::Stubs),
                         [](const auto& one) {
                           return one.param == Finding::Delegations ? std::string("Delegations")
                                                                    : std::string("Stubs");
                         });

}  // namespace
}  // namespace alignd::test
