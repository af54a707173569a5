#include "milter/trust.h"

#include <gtest/gtest.h>

namespace alignd::milter {
namespace {

Client from(const char* address) {
  Client client;
  client.address = IpAddress::parse(address);
  return client;
}

TEST(Exempt, ByNetwork) {
  const conf::Trust trust;
  EXPECT_EQ(exemptionOf(from("127.0.0.1"), false, trust), Exemption::TrustedNetwork);
  EXPECT_EQ(exemptionOf(from("::1"), false, trust), Exemption::TrustedNetwork);
  EXPECT_EQ(exemptionOf(from("::ffff:127.0.0.1"), false, trust), Exemption::TrustedNetwork);
  EXPECT_EQ(exemptionOf(from("192.0.2.1"), false, trust), Exemption::None);
}

// A network of one's own does not take this machine's cron mail away.
TEST(Exempt, NetworksStandBesideLoopback) {
  conf::Trust trust;
  trust.networks = {*Network::parse("192.0.2.0/24")};
  EXPECT_EQ(exemptionOf(from("192.0.2.1"), false, trust), Exemption::TrustedNetwork);
  EXPECT_EQ(exemptionOf(from("127.0.0.1"), false, trust), Exemption::TrustedNetwork);
  trust.loopback = false;
  EXPECT_EQ(exemptionOf(from("192.0.2.1"), false, trust), Exemption::TrustedNetwork);
  for (const char* address : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(exemptionOf(from(address), false, trust), Exemption::None) << address;
  }
}

TEST(Exempt, ByAuthenticationOnlyWhenSet) {
  conf::Trust trust;
  Client client = from("192.0.2.1");
  client.authenticationType = "PLAIN";
  EXPECT_EQ(exemptionOf(client, false, trust), Exemption::Authenticated);
  trust.authenticated = false;
  EXPECT_EQ(exemptionOf(client, false, trust), Exemption::None);
}

TEST(Exempt, AnUnknownAddressIsNotLocal) {
  conf::Trust trust;
  EXPECT_EQ(exemptionOf(Client(), false, trust), Exemption::None);
  EXPECT_EQ(exemptionOf(Client(), true, trust), Exemption::LocalSubmission);
  trust.localSubmission = false;
  EXPECT_EQ(exemptionOf(Client(), true, trust), Exemption::None);
}

TEST(Exempt, RecipientsAllOrNothing) {
  conf::Trust trust;
  EXPECT_FALSE(allRecipientsExempt({"a@example.org"}, trust));
  trust.exemptRecipients = {"abuse@example.org", "@lists.example"};
  EXPECT_FALSE(allRecipientsExempt({}, trust));
  EXPECT_TRUE(allRecipientsExempt({"abuse@EXAMPLE.org", "x@lists.example"}, trust));
  EXPECT_FALSE(allRecipientsExempt({"Abuse@example.org"}, trust));
  EXPECT_FALSE(allRecipientsExempt({"abuse@example.org", "other@example.org"}, trust));
  EXPECT_FALSE(allRecipientsExempt({"x@sub.lists.example"}, trust));
  EXPECT_FALSE(allRecipientsExempt({"postmaster"}, trust));
}

TEST(TrustWatch, WarnsOnceAndOnlyWhenAllWereTrusted) {
  TrustWatch all;
  int warnings = 0;
  for (int i = 0; i < 10; ++i) warnings += all.allTrusted(Exemption::TrustedNetwork, 3) ? 1 : 0;
  EXPECT_EQ(warnings, 1);
  TrustWatch some;
  EXPECT_FALSE(some.allTrusted(Exemption::None, 3));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(some.allTrusted(Exemption::TrustedNetwork, 3));
  TrustWatch never;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(never.allTrusted(Exemption::TrustedNetwork, 0));
}

}  // namespace
}  // namespace alignd::milter
