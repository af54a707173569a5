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

using Warning = TrustWatch::Warning;

// How many of each warning ten such messages make.
int warnings(TrustWatch& watch, Warning of, Exemption exemption, const char* client,
             std::size_t warnAfter = 3) {
  int count = 0;
  for (int i = 0; i < 10; ++i)
    count += watch.look(exemption, IpAddress::parse(client), warnAfter) == of ? 1 : 0;
  return count;
}

TEST(TrustWatch, WarnsOnceAndOnlyWhenAllWereTrusted) {
  constexpr auto kTrusted = Exemption::TrustedNetwork;
  TrustWatch all;
  EXPECT_EQ(warnings(all, Warning::AllTrusted, kTrusted, "127.0.0.1"), 1);
  TrustWatch some;
  EXPECT_EQ(some.look(Exemption::None, IpAddress::parse("192.0.2.1"), 3), Warning::None);
  EXPECT_EQ(warnings(some, Warning::AllTrusted, kTrusted, "127.0.0.1"), 0);
  TrustWatch never;
  EXPECT_EQ(warnings(never, Warning::AllTrusted, kTrusted, "127.0.0.1", 0), 0);
}

TEST(TrustWatch, WarnsOfOnePrivateClient) {
  constexpr auto kOne = Warning::OnePrivateClient;
  for (const char* address :
       {"10.0.0.1", "172.17.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "fd00::1", "fe80::1", "::1"}) {
    TrustWatch watch;
    // Users of ours and cron say nothing of who hands mail on.
    EXPECT_EQ(warnings(watch, kOne, Exemption::Authenticated, "198.51.100.7"), 0);
    EXPECT_EQ(warnings(watch, kOne, Exemption::TrustedNetwork, "127.0.0.1", 100), 0);
    EXPECT_EQ(warnings(watch, kOne, Exemption::None, address), 1) << address;
  }
  for (const char* address : {"192.0.2.1", "172.32.0.1", "2001:db8::1"}) {
    TrustWatch watch;
    EXPECT_EQ(warnings(watch, kOne, Exemption::None, address), 0) << address;
  }
  TrustWatch two;
  EXPECT_EQ(two.look(Exemption::None, IpAddress::parse("10.0.0.1"), 3), Warning::None);
  EXPECT_EQ(two.look(Exemption::None, IpAddress::parse("10.0.0.2"), 3), Warning::None);
  EXPECT_EQ(warnings(two, kOne, Exemption::None, "10.0.0.1"), 0);
  TrustWatch never;
  EXPECT_EQ(warnings(never, kOne, Exemption::None, "10.0.0.1", 0), 0);
  TrustWatch unknown;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(unknown.look(Exemption::None, std::nullopt, 3), Warning::None);
}

}  // namespace
}  // namespace alignd::milter
