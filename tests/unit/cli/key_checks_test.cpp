// What the zone files of golden_test.cpp cannot hold.
#include "cli/key_checks.h"

#include <gtest/gtest.h>

#include "cli/arguments.h"
#include "cli/key_record_checks.h"
#include "dns/zone/zone.h"

namespace alignd::cli {
namespace {

dns::Name name(std::string_view text) {
  return *dns::Name::parse(text);
}

TEST(KeyChecks, SomethingBesideAnAlias) {
  auto zone = std::make_shared<dns::Zone>();
  const auto key = name("s1._domainkey.bank.example");
  zone->add(name("keys.esp.example"), dns::Type::TXT, {300, dns::Txt("v=DKIM1; p=")});
  zone->add(key, dns::Type::CNAME, {300, name("keys.esp.example")});
  {
    dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone), {});
    const KeyReport report = checkKey("s1", "bank.example", lookups);
    ASSERT_NE(report.list.find("beside_alias"), nullptr);
    EXPECT_EQ(report.list.find("beside_alias")->standing, Standing::Pass);
  }
  zone->add(key, dns::Type::A, {300, *IpAddress::parse("192.0.2.1")});
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone), {});
  const KeyReport report = checkKey("s1", "bank.example", lookups);
  const Check* beside = report.list.find("beside_alias");
  ASSERT_NE(beside, nullptr);
  EXPECT_EQ(beside->standing, Standing::Fail) << beside->text;
  EXPECT_EQ(report.list.exitCode(), kExitNotPass);
}

TEST(KeyChecks, ServersThatDoNotAnswerAreNoVerdict) {
  auto zone = std::make_shared<dns::Zone>();
  zone->fail(name("s1._domainkey.bank.example"), nullptr, dns::Status::ServerFailure);
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone), {});
  const KeyReport report = checkKey("s1", "bank.example", lookups);
  EXPECT_EQ(report.list.find("answer")->standing, Standing::Unknown);
  EXPECT_EQ(report.list.exitCode(), kExitTemporary);
}

TEST(KeyChecks, ArgumentsThatWereMixedUp) {
  const struct {
    const char* selector;
    const char* domain;
    const char* readSelector;
    const char* readDomain;
    bool mistake;
  } lines[] = {
      {"s1", "bank.example", "s1", "bank.example", false},
      {"s1", "bank.example.", "s1", "bank.example", false},
      {"a.b", "bank.example", "a.b", "bank.example", false},
      {"s1",
       "b\xc3\xbc"
       "cher.example",
       "s1", "xn--bcher-kva.example", false},
      {"bank.example", "s1", "s1", "bank.example", true},
      {"s1._domainkey", "bank.example", "s1", "bank.example", true},
      {"s1._domainkey.bank.example", "bank.example", "s1", "bank.example", true},
      {"s1.bank.example", "bank.example", "s1", "bank.example", true},
      {"s1", "_domainkey.bank.example", "s1", "bank.example", true},
      {"s1", "s1._domainkey.bank.example", "s1", "bank.example", true},
  };
  for (const auto& line : lines) {
    const KeyArguments read = readKeyArguments(line.selector, line.domain);
    EXPECT_EQ(read.selector, line.readSelector) << line.selector << ' ' << line.domain;
    EXPECT_EQ(read.domain, line.readDomain) << line.selector << ' ' << line.domain;
    EXPECT_EQ(!read.mistake.empty(), line.mistake) << read.mistake;
  }
}

}  // namespace
}  // namespace alignd::cli
