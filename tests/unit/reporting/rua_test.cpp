#include "reporting/aggregate/rua.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::reporting {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RuaOfRecord, TakesTheFirstTagAsPublished) {
  EXPECT_THAT(urisOfRecord("v=DMARC1; p=none; RUA = mailto:a@x.example!10m , mailto:b@x.example,,", "rua"),
              ElementsAre("mailto:a@x.example!10m", "mailto:b@x.example"));
  EXPECT_THAT(urisOfRecord("v=DMARC1; rua=mailto:a@x.example; rua=mailto:b@x.example", "rua"),
              ElementsAre("mailto:a@x.example"));
  EXPECT_THAT(urisOfRecord("v=DMARC1; p=none; ruf=mailto:a@x.example", "rua"), IsEmpty());
  EXPECT_THAT(urisOfRecord("", "rua"), IsEmpty());
  std::string many = "v=DMARC1; rua=";
  for (int i = 0; i < 1000; ++i) many += "mailto:a@x.example,";
  EXPECT_EQ(urisOfRecord(many, "rua").size(), 100U);
}

TEST(ReadRuaUri, MailboxesThatCanBeSentTo) {
  struct Row {
    std::string_view uri;
    std::string_view address;
    std::uint64_t limit;
  };
  for (const Row& row : {
           Row{"mailto:reports@example.org", "reports@example.org", 0},
           Row{"MAILTO:Reports@EXAMPLE.org", "Reports@example.org", 0},
           Row{"mailto:reports@example.org!10m", "reports@example.org", 10U << 20U},
           Row{"mailto:reports@example.org!50K", "reports@example.org", 50U << 10U},
           Row{"mailto:reports@example.org!2000", "reports@example.org", 2000},
           Row{"mailto:reports@example.org!9t", "reports@example.org", 0},  // no limit to any mail
           Row{"mailto:reports@example.org!99999999999999999999999", "reports@example.org", 0},
           Row{"mailto:a%2Bb@example.org", "a+b@example.org", 0},
           Row{"mailto:a!b@example.org", "a!b@example.org", 0},
           Row{"mailto:a@example.org?subject=x", "a@example.org", 0},
       }) {
    const auto read = readRuaUri(row.uri);
    const auto* box = std::get_if<Mailbox>(&read);
    ASSERT_NE(box, nullptr) << row.uri << ": " << std::get<std::string>(read);
    EXPECT_EQ(box->address, row.address) << row.uri;
    EXPECT_EQ(box->limit, row.limit) << row.uri;
    EXPECT_EQ(box->host, box->address.substr(box->address.rfind('@') + 1));
  }
}

TEST(ReadRuaUri, WhatIsNoMailboxOrMeansMore) {
  for (const std::string_view uri : {
           "https://example.org/dmarc",
           "reports@example.org",
           "mailto:",
           "mailto:@example.org",
           "mailto:a",
           "mailto:a@localhost",
           "mailto:a@[192.0.2.1]",
           "mailto:a@192.0.2.1",
           "mailto:a@.example.org",
           "mailto:a@example..org",
           "mailto:a%0d%0abcc%3Ax@example.org",
           "mailto:%00a@example.org",
           "mailto:\"a\"@example.org",
           "mailto:a b@example.org",
           "mailto:|sh@example.org",
           "mailto:-f@example.org",
           "mailto:a@b@example.org",
           "mailto:a%zz@example.org",
           "mailto:a%4",
           "mailto:a,b@example.org",
           "mailto:a..b@example.org",
           "mailto:a@example.org%0d%0a",
           "mailto:a`id`@example.org",
           "mailto:a@ex\xc3\xa4mple.org",
       }) {
    EXPECT_TRUE(std::holds_alternative<std::string>(readRuaUri(uri))) << uri;
  }
  EXPECT_TRUE(
      std::holds_alternative<std::string>(readRuaUri("mailto:" + std::string(65, 'a') + "@example.org")));
}

}  // namespace
}  // namespace alignd::reporting
