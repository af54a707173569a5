#include "dns/zone/zone.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dns/zone/zone_file.h"

namespace alignd::dns {
namespace {

Name name(const std::string& text) {
  return Name::parse(text).value_or(Name());
}

// The zone of RFC 4592 section 2.2.1, and more below it.
constexpr std::string_view kZone = R"($ORIGIN example.
$TTL 300
@             SOA   ns.example.com. hostmaster.example.com. 1 3600 600 86400 120
@             NS    ns.example.com.
*             TXT   "this is a wildcard"
*             MX    10 host1.example.
sub.*         TXT   "this is not a wildcard"
host1         A     192.0.2.1
_ssh._tcp.host1 TXT "ssh"
subdel        NS    ns.example.com.

*.alias       CNAME host1
*.void.x      NS    ns.example.com.       ; a wildcard that holds no TXT
deep.*.ent    TXT   "below a wildcard that is an empty non-terminal"

$ORIGIN chain.
c1 10         CNAME c2
c2 9          CNAME c3
c3            CNAME c4
c4            CNAME c5
c5            CNAME c6
c6            CNAME c7
c7            CNAME c8
c8            CNAME c9
c9            CNAME c10
c10           CNAME end
c0            CNAME c1
end           TXT   "end"
self          CNAME self
round1        CNAME round2
round2        CNAME round3
round3        CNAME round2
r0            CNAME r1
r1            CNAME r2
r2            CNAME r3
r3            CNAME r4
r4            CNAME r5
r5            CNAME r6
r6            CNAME r7
r7            CNAME r8
r8            CNAME r9
r9            CNAME r10
r10           CNAME r11
r11           CNAME r1
dangling      CNAME gone.chain.
dangling2     CNAME dangling
nodata        CNAME only-a
only-a        A     192.0.2.7

$ORIGIN dname.
old           DNAME new.dname.
old           TXT   "the owner itself is not redirected"
key.new       TXT   "found"
*.wild.new    TXT   "wild"
loop          DNAME loop.loop.dname.
out           DNAME chain.
)";

struct Row {
  std::string owner;
  Type type;
  Status status;
  std::string txt;    // of the first record
  std::string chain;  // chainText
  int ttl = -1;       // seconds; -1: not looked at
};

std::string firstText(const Answer& answer) {
  if (answer.records.empty()) return "";
  const auto* txt = std::get_if<Txt>(&answer.records.front().data);
  return txt != nullptr ? *txt : "?";
}

TEST(Zone, AnswersAsTheWireWould) {
  Zone zone;
  ASSERT_EQ(readZone(kZone, zone), std::nullopt);
  const std::vector<Row> rows{
      // RFC 4592 section 2.2.1: the answers it lists.
      {"host3.example", Type::MX, Status::Ok, "?", ""},
      {"host3.example", Type::A, Status::NoData, "", "", 120},
      {"foo.bar.example", Type::TXT, Status::Ok, "this is a wildcard", ""},
      {"host1.example", Type::MX, Status::NoData, "", ""},
      {"sub.*.example", Type::MX, Status::NoData, "", ""},
      {"sub.*.example", Type::TXT, Status::Ok, "this is not a wildcard", ""},
      {"_telnet._tcp.host1.example", Type::TXT, Status::NoSuchName, "", "", 120},
      {"ghost.*.example", Type::MX, Status::NoSuchName, "", ""},
      // The RFC refers host.subdel.example to its name server. Here zone cuts are just data, and subdel
      // exists.
      {"host.subdel.example", Type::A, Status::NoSuchName, "", ""},
      {"*.example", Type::TXT, Status::Ok, "this is a wildcard", ""},
      // Empty non-terminals (section 2.2.2).
      {"_tcp.host1.example", Type::TXT, Status::NoData, "", ""},
      {"a.ent.example", Type::TXT, Status::NoData, "", ""},
      {"x.example", Type::TXT, Status::NoData, "", ""},
      {"a.void.x.example", Type::TXT, Status::NoData, "", ""},
      {"anything.alias.example", Type::A, Status::Ok, "?", "anything.alias.example -> host1.example"},
      {"anything.alias.example", Type::TXT, Status::NoData, "", "anything.alias.example -> host1.example"},
      {"nowhere", Type::A, Status::NoSuchName, "", "", 0},
      {"", Type::NS, Status::NoData, "", ""},
      // Aliases: 10 hops are followed, 11 are not.
      {"c1.chain", Type::TXT, Status::Ok, "end",
       "c1.chain -> c2.chain -> c3.chain -> c4.chain -> c5.chain -> c6.chain -> c7.chain -> c8.chain -> "
       "c9.chain "
       "-> c10.chain -> end.chain",
       9},
      {"c0.chain", Type::TXT, Status::ChainTooLong, "",
       "c0.chain -> c1.chain -> c2.chain -> c3.chain -> c4.chain -> c5.chain -> c6.chain -> c7.chain -> "
       "c8.chain "
       "-> c9.chain -> c10.chain -> end.chain"},
      {"c1.chain", Type::CNAME, Status::Ok, "?", "", 10},
      {"self.chain", Type::TXT, Status::CnameLoop, "", "self.chain -> self.chain"},
      {"round1.chain", Type::TXT, Status::CnameLoop, "",
       "round1.chain -> round2.chain -> round3.chain -> round2.chain"},
      // The hop that is one too many closes a loop, and the loop is named. One further away it is not seen.
      {"r1.chain", Type::TXT, Status::CnameLoop, "", "..."},
      {"r0.chain", Type::TXT, Status::ChainTooLong, "", "..."},
      {"dangling2.chain", Type::TXT, Status::DanglingCname, "",
       "dangling2.chain -> dangling.chain -> gone.chain"},
      {"nodata.chain", Type::TXT, Status::NoData, "", "nodata.chain -> only-a.chain"},
      // DNAME (RFC 6672 sections 2.2, 2.3, 3.1).
      {"key.old.dname", Type::TXT, Status::Ok, "found", "key.old.dname -> key.new.dname", 300},
      {"a.b.old.dname", Type::TXT, Status::DanglingCname, "", "a.b.old.dname -> a.b.new.dname"},
      {"a.wild.old.dname", Type::TXT, Status::Ok, "wild", "a.wild.old.dname -> a.wild.new.dname"},
      {"old.dname", Type::TXT, Status::Ok, "the owner itself is not redirected", ""},
      {"old.dname", Type::DNAME, Status::Ok, "?", ""},
      {"c9.out.dname", Type::TXT, Status::Ok, "end", "c9.out.dname -> c9.chain -> c10.chain -> end.chain"},
      {"a.loop.dname", Type::TXT, Status::ChainTooLong, "", "..."},
      {std::string(63, 'x') + "." + std::string(63, 'x') + "." + std::string(63, 'x') + "." +
           std::string(40, 'x') + ".loop.dname",
       Type::TXT, Status::ServerFailure, "", "..."},  // YXDOMAIN
  };
  const Time now{};
  for (const auto& row : rows) {
    const auto answer = zone.answer({name(row.owner), row.type}, now);
    EXPECT_EQ(statusName(answer->status), statusName(row.status)) << row.owner;
    EXPECT_EQ(firstText(*answer), row.txt) << row.owner;
    if (row.chain != "...") {
      EXPECT_EQ(chainText(answer->chain), row.chain) << row.owner;
    }
    if (row.ttl >= 0) {
      EXPECT_EQ(answer->expires - now, std::chrono::seconds(row.ttl)) << row.owner;
    }
  }
}

TEST(Zone, FailuresAreWhatWasAskedFor) {
  Zone zone;
  const Type txt = Type::TXT;
  zone.fail(name("a.example"), nullptr, Status::Timeout);
  zone.add(name("a.example"), Type::A, {60, IpAddress::v4({192, 0, 2, 1})});
  zone.fail(name("b.example"), &txt, Status::Refused);
  EXPECT_EQ(zone.answer({name("a.example"), Type::TXT}, {})->status, Status::Timeout);
  EXPECT_EQ(zone.answer({name("a.example"), Type::TXT}, {})->rcode, -1);
  EXPECT_EQ(zone.answer({name("a.example"), Type::A}, {})->status, Status::Ok);
  EXPECT_EQ(zone.answer({name("b.example"), Type::TXT}, {})->rcode, 5);
  EXPECT_EQ(zone.answer({name("b.example"), Type::A}, {})->status, Status::NoData);
}

TEST(Zone, RecordsKeepTheirOrderAndAreNeverMerged) {
  Zone zone;
  for (const char* text : {"b", "a", "c"}) zone.add(name("t"), Type::TXT, {60, Txt(text)});
  const auto answer = zone.answer({name("t"), Type::TXT}, {});
  ASSERT_EQ(answer->records.size(), 3U);
  EXPECT_EQ(std::get<Txt>(answer->records[1].data), "a");
}

TEST(Zone, ResolverAnswersAtOnce) {
  auto zone = std::make_shared<Zone>();
  zone->add(name("t"), Type::TXT, {60, Txt("x")});
  ZoneResolver resolver(zone);
  const Time now{std::chrono::seconds(1000)};
  const auto answer = resolver.findOrAsk({name("t"), Type::TXT}, nullptr, Need::Needed, now);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->expires, now + std::chrono::seconds(60));
}

}  // namespace
}  // namespace alignd::dns
