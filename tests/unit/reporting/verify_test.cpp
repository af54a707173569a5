#include "reporting/destination/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/zone/zone_file.h"

namespace alignd::reporting {
namespace {

using testing::HasSubstr;

constexpr std::string_view kZone = R"(
_dmarc.a.example.           TXT "v=DMARC1; p=none"
_dmarc.b.example.           TXT "v=DMARC1; p=none"
mail.a.example.             A 192.0.2.1
b.example.                  MX 10 mx.b.example.
silent.example.             MX 0 .
a.example._report._dmarc.b.example.      TXT "v=DMARC1;"
a.example._report._dmarc.case.example.   TXT "v=dmarc1"
case.example.               A 192.0.2.1
*._report._dmarc.any.example.            TXT "v=DMARC1"
any.example.                A 192.0.2.1
a.example._report._dmarc.moved.example.  TXT "v=DMARC1; rua=mailto:new@moved.example"
moved.example.              A 192.0.2.1
a.example._report._dmarc.away.example.   TXT "v=DMARC1; rua=mailto:x@away.example,mailto:victim@b.example"
away.example.               A 192.0.2.1
a.example._report._dmarc.web.example.    TXT "v=DMARC1; rua=https://web.example/"
web.example.                A 192.0.2.1
a.example._report._dmarc.two.example.    TXT "something else"
a.example._report._dmarc.two.example.    TXT "v=DMARC1"
a.example._report._dmarc.two.example.    TXT "v=DMARC1; rua=mailto:second@two.example"
two.example.                A 192.0.2.1
no.example.                 A 192.0.2.1
sub.a.example.              A 192.0.2.1
)";

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    const auto problem = dns::readZone(kZone, *zone_);
    EXPECT_FALSE(problem);
  }
  Agreement verify(std::string_view domain, std::string_view uri, std::string_view tag = "rua") {
    const auto read = readRuaUri(uri);
    dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone_), {});
    for (int i = 0; i < 10; ++i) {
      lookups.collect();
      if (auto agreement =
              verifyDestination({std::string(domain), std::get<Mailbox>(read), tag}, {}, lookups))
        return *agreement;
    }
    ADD_FAILURE() << "no end";
    return {};
  }
  std::shared_ptr<dns::Zone> zone_ = std::make_shared<dns::Zone>();
};

TEST_F(VerifyTest, WhoAgreesAndWhoDoesNot) {
  struct Row {
    std::string_view domain;
    std::string_view uri;
    Permission permission;
    std::string_view text;
  };
  const std::string longName = std::string(60, 'x') + "." + std::string(60, 'y') + "." +
                               std::string(60, 'z') + "." + std::string(50, 'w') + ".example";
  for (const Row& row : {
           Row{"a.example", "mailto:r@a.example", Permission::Granted, "within a.example"},
           Row{"a.example", "mailto:r@mail.a.example", Permission::Granted, "within"},
           Row{"sub.a.example", "mailto:r@a.example", Permission::Granted, "within"},
           Row{"a.example", "mailto:r@b.example", Permission::Granted, "agrees"},
           Row{"sub.a.example", "mailto:r@b.example", Permission::Refused,
               "sub.a.example._report._dmarc.b.example"},
           Row{"a.example", "mailto:r@any.example", Permission::Granted, "agrees"},
           Row{"a.example", "mailto:r@case.example", Permission::Refused, "does not agree"},
           Row{"a.example", "mailto:r@no.example", Permission::Refused, "does not agree"},
           Row{"a.example", "mailto:r@silent.example", Permission::Refused, "null MX"},
           Row{"a.example", "mailto:r@nowhere.example", Permission::Refused, "does not exist"},
           Row{"a.example", "mailto:r@away.example", Permission::Refused, "another destination"},
           Row{"a.example", "mailto:r@web.example", Permission::Refused, "another destination"},
           Row{longName, "mailto:r@any.example", Permission::Refused, "too long"},
       }) {
    const Agreement agreement = verify(row.domain, row.uri);
    EXPECT_EQ(static_cast<int>(agreement.permission), static_cast<int>(row.permission))
        << row.uri << agreement.text;
    EXPECT_THAT(agreement.text, HasSubstr(row.text)) << row.uri;
  }
}

TEST_F(VerifyTest, WhatTheDestinationWantsInstead) {
  const Agreement moved = verify("a.example", "mailto:r@moved.example");
  ASSERT_EQ(moved.instead.size(), 1U);
  EXPECT_EQ(moved.instead[0].address, "new@moved.example");
  const Agreement two = verify("a.example", "mailto:r@two.example");
  EXPECT_EQ(static_cast<int>(two.permission), static_cast<int>(Permission::Granted));
  ASSERT_EQ(two.instead.size(), 1U);
  EXPECT_EQ(two.instead[0].address, "second@two.example");
}

// Nobody answers: it is not refused, it is asked again later.
TEST_F(VerifyTest, FailingDnsDecidesNothing) {
  const auto read = readRuaUri("mailto:r@b.example");
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(zone_), {});
  lookups.close();
  const auto agreement = verifyDestination({"a.example", std::get<Mailbox>(read)}, {}, lookups);
  ASSERT_TRUE(agreement);
  EXPECT_EQ(static_cast<int>(agreement->permission), static_cast<int>(Permission::Unknown));
}

}  // namespace
}  // namespace alignd::reporting
