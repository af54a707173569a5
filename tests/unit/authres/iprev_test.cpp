#include "verifier/iprev/iprev.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "dns/zone/zone.h"

namespace alignd::iprev {
namespace {

using Status = IprevResult::Status;

dns::Name name(std::string_view text) {
  return *dns::Name::parse(text);
}

struct World {
  std::shared_ptr<dns::Zone> zone = std::make_shared<dns::Zone>();
  void pointer(std::string_view reverse, std::string_view to) {
    zone->add(name(reverse), dns::Type::PTR, {300, name(to)});
  }
  void address(std::string_view host, std::string_view text) {
    const auto address = *IpAddress::parse(text);
    zone->add(name(host), address.isV4() ? dns::Type::A : dns::Type::AAAA, {300, address});
  }
  IprevResult ask(std::string_view client) const {
    dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone), {});
    return *evaluate(*IpAddress::parse(client), lookups);
  }
};

constexpr std::string_view kReverse = "1.2.0.192.in-addr.arpa";

// RFC 8601 section 3 and section 2.7.3.
TEST(Iprev, Results) {
  World world;
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::PermError) << "no PTR record";
  world.pointer(kReverse, "a.example");
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::Fail) << "the name does not exist";
  world.address("a.example", "192.0.2.9");
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::Fail) << "another address";
  world.pointer(kReverse, "b.example");
  world.zone->fail(name("b.example"), nullptr, dns::Status::Timeout);
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::TempError) << "b.example might have been the one";
  world.address("a.example", "192.0.2.1");
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::Pass) << "what b.example has does not matter any more";
  world.zone->fail(name("2.2.0.192.in-addr.arpa"), nullptr, dns::Status::ServerFailure);
  EXPECT_EQ(world.ask("192.0.2.2").status, Status::TempError);
}

// What a resolver should not give: records of another type beside those asked for.
TEST(Iprev, OtherRecordsAreNoMatter) {
  World world;
  world.zone->add(name(kReverse), dns::Type::PTR, {300, dns::Txt("a.example")});
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::PermError) << "no name among them";
  world.pointer(kReverse, "a.example");
  world.zone->add(name("a.example"), dns::Type::A, {300, dns::Txt("192.0.2.1")});
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::Fail);
  world.address("a.example", "192.0.2.1");
  EXPECT_EQ(world.ask("192.0.2.1").status, Status::Pass);
}

TEST(Iprev, Ipv6) {
  World world;
  world.pointer("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "a.example");
  world.address("a.example", "2001:db8::1");
  EXPECT_EQ(world.ask("2001:db8::1").status, Status::Pass);
  world.pointer(kReverse, "a.example");
  world.address("a.example", "192.0.2.1");
  EXPECT_EQ(world.ask("::ffff:192.0.2.1").status, Status::Pass) << "an IPv4 client, mapped";
}

TEST(Iprev, NotMoreThanTenNames) {
  World world;
  for (int i = 0; i < 11; ++i) {
    world.pointer(kReverse, "n" + std::to_string(i) + ".example");
    world.address("n" + std::to_string(i) + ".example", i == 10 ? "192.0.2.1" : "192.0.2.9");
  }
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(world.zone), {});
  EXPECT_EQ(evaluate(*IpAddress::parse("192.0.2.1"), lookups)->status, Status::Fail);
  EXPECT_EQ(lookups.used().size(), 11U) << "PTR and ten names";
}

// Never answers.
class Silence final : public dns::Resolver {
 public:
  dns::AnswerPtr findOrAsk(const dns::Question&, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time) override {
    return nullptr;
  }
};

TEST(Iprev, BlockedThenClosed) {
  dns::Lookups lookups(std::make_shared<Silence>(), {});
  EXPECT_FALSE(evaluate(*IpAddress::parse("192.0.2.1"), lookups));
  lookups.close();
  EXPECT_EQ(evaluate(*IpAddress::parse("192.0.2.1"), lookups)->status, Status::TempError);
}

}  // namespace
}  // namespace alignd::iprev
