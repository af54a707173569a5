#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/dmarc_report.h"
#include "cli/key_command.h"
#include "cli/message_command.h"
#include "cli/shared/dns_source.h"
#include "cli/spf_tree.h"

namespace alignd::cli {
namespace {

std::string data(const std::string& name) {
  return std::string(ALIGND_TEST_DATA) + "/" + name;
}

std::string fileText(const std::string& name) {
  std::ifstream in(data(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Commands : public testing::Test {
 protected:
  // What the program would do with this command line, against the zone file.
  int run(std::vector<std::string_view> args) {
    const std::string zone = data("rfc8463-a3.zone");
    args.insert(args.end(), {"--zone", zone});
    const auto parsed = parseArguments(args);
    if (const auto* problem = std::get_if<std::string>(&parsed)) {
      ADD_FAILURE() << *problem;
      return kExitUsage;
    }
    const auto& arguments = std::get<Arguments>(parsed);
    auto opened = openDns(dnsOf(arguments), {});
    if (const auto* problem = std::get_if<std::string>(&opened)) {
      ADD_FAILURE() << *problem;
      return kExitUsage;
    }
    const auto resolver = std::get<DnsSource>(opened).resolver;
    out_.str({});
    switch (arguments.command) {
      case Arguments::Command::Message: return runMessage(arguments, message_, settings_, resolver, out_);
      case Arguments::Command::Key: return runKey(arguments, resolver, out_);
      case Arguments::Command::Spf: return runSpf(arguments, settings_.verification.spf, resolver, out_);
      default: return runDmarc(arguments, settings_.verification.dmarc, resolver, out_);
    }
  }
  bool said(std::string_view text) const { return out_.str().find(text) != std::string::npos; }

  std::string message_ = fileText("rfc8463-a3.eml");
  conf::Settings settings_;
  std::ostringstream out_;
};

TEST_F(Commands, AMessageThatPassesTellsItsStory) {
  EXPECT_EQ(run({"message", "-", "--ip", "192.0.2.1", "--mail-from", "joe@football.example.com"}), kExitPass)
      << out_.str();
  EXPECT_TRUE(said("author    football.example.com\n")) << out_.str();
  EXPECT_TRUE(said("dkim      pass  d=football.example.com s=brisbane ed25519-sha256")) << out_.str();
  EXPECT_TRUE(said("key by test._domainkey.football.example.com -> keys.provider.example")) << out_.str();
  EXPECT_TRUE(said("spf       pass")) << out_.str();
  EXPECT_TRUE(said("dmarc     pass")) << out_.str();
  EXPECT_TRUE(said("(p=)\n")) << "nothing is applied to it\n" << out_.str();
  EXPECT_TRUE(said("why       aligned: SPF football.example.com")) << out_.str();
  EXPECT_FALSE(said("spf helo")) << "no name was told\n" << out_.str();
}

TEST_F(Commands, AMessageThatWasChangedTellsWhy) {
  message_ += "A footer that some list added.\n";
  EXPECT_EQ(run({"message", "-", "--ip", "192.0.2.99"}), kExitNotPass) << out_.str();
  EXPECT_TRUE(said("why       modified: ")) << out_.str();
  EXPECT_TRUE(said("; to mend: whoever handed it on")) << out_.str();
  EXPECT_TRUE(said("body hash did not verify")) << out_.str();
  EXPECT_TRUE(said("the rest was added behind")) << out_.str();
  EXPECT_TRUE(said("with mode = \"enforce\": mark")) << out_.str();
}

TEST_F(Commands, SpfThatIsNotEvaluatedIsNoFail) {
  message_ += "A footer that some list added.\n";
  EXPECT_EQ(run({"message", "-"}), kExitTemporary) << "SPF might have passed and aligned";
  EXPECT_TRUE(said("note      SPF is not evaluated")) << out_.str();
  EXPECT_FALSE(said("spf       ")) << out_.str();
  EXPECT_EQ(run({"message", "-", "--mail-from", "x@elsewhere.example"}), kExitNotPass)
      << "no: it could not align";
}

TEST_F(Commands, AMessageFromAMailboxTellsWhoSentIt) {
  message_ =
      "From joe Mon Jan  1 00:00:00 2026\n"
      "Return-Path: <joe@football.example.com>\n"
      "Received: from mx.example.net by store.example.net with LMTP\n"
      "Authentication-Results: mx.example.net; dmarc=pass\n"
      "Received: from mail.football.example.com (mail.football.example.com [192.0.2.77])\n"
      "\tby mx.example.net (Postfix) with ESMTP\n" +
      message_;
  EXPECT_EQ(run({"message", "-", "--mx", "mx.example.net"}), kExitPass) << out_.str();
  EXPECT_TRUE(said("client 192.0.2.77, HELO mail.football.example.com: from the topmost Received"))
      << out_.str();
  EXPECT_TRUE(said("MAIL FROM <joe@football.example.com>: from Return-Path")) << out_.str();
  EXPECT_TRUE(said("the mbox line")) << out_.str();
  EXPECT_TRUE(said("and what stands above it, 2 fields")) << out_.str();
  EXPECT_TRUE(said("spf       pass")) << out_.str();
  EXPECT_EQ(run({"message", "-"}), kExitPass)
      << "without --mx nobody knows the client, and the signature does";
  EXPECT_TRUE(said("SPF is not evaluated")) << out_.str();
}

TEST_F(Commands, BehindARelayItsReceivedFieldTellsTheClient) {
  settings_.trust.relays = {*Network::parse("198.51.100.200/31")};
  const std::string own =
      "Received: from relay.example.net (relay.example.net [198.51.100.200])\n\tby mx.example.net "
      "(Postfix)\n";
  const std::string second =
      "Received: from edge.example.net (edge.example.net [198.51.100.201])\n\tby relay.example.net "
      "(Postfix)\n";
  const std::string first =
      "Received: from mail.football.example.com (mail.football.example.com [192.0.2.77])\n"
      "\tby edge.example.net (Postfix)\n";
  const std::string rest = message_;
  for (const bool asMilterSawIt : {false, true}) {
    message_ = (asMilterSawIt ? "" : own) + second + first + rest;
    std::vector<std::string_view> args{"message", "-", "--mail-from", "joe@football.example.com"};
    if (asMilterSawIt) {
      args.insert(args.end(), {"--ip", "198.51.100.200"});
    } else {
      args.insert(args.end(), {"--mx", "mx.example.net"});
    }
    EXPECT_EQ(run(args), kExitPass) << out_.str();
    EXPECT_TRUE(
        said("198.51.100.200 is a relay of yours ([trust] relays): by its Received field the client is "
             "192.0.2.77"))
        << out_.str();
    EXPECT_TRUE(said("spf       pass")) << out_.str();
  }
  message_ = own + rest;
  (void)run({"message", "-", "--mx", "mx.example.net", "--mail-from", "joe@football.example.com"});
  EXPECT_TRUE(said("its Received field names no client")) << out_.str();
  EXPECT_TRUE(said("spf       none")) << out_.str();
  settings_.trust.relays.clear();
  (void)run({"message", "-", "--mx", "mx.example.net", "--mail-from", "joe@football.example.com"});
  EXPECT_TRUE(said("spf       fail")) << "it is the client then: " << out_.str();
}

TEST_F(Commands, TheVerdictLineIsThatOfTheDaemon) {
  EXPECT_EQ(run({"message", "-", "--json"}), kExitPass);
  const auto line = nlohmann::json::parse(out_.str());
  EXPECT_EQ(line["dmarc"]["result"], "pass");
  EXPECT_EQ(line["dmarc"]["policy_domain"], "football.example.com");
  EXPECT_EQ(line["dkim"].size(), 2U);
  EXPECT_EQ(line["dkim"][1]["bits"], 1024);
}

TEST_F(Commands, KeysAreLookedUpHopByHop) {
  EXPECT_EQ(run({"key", "test", "football.example.com"}), kExitPass);
  EXPECT_TRUE(said("test._domainkey.football.example.com -> keys.provider.example (TTL 300)")) << out_.str();
  EXPECT_TRUE(said("1024 bits: accepted, and weak by today's practice")) << out_.str();
  EXPECT_EQ(run({"key", "gone", "football.example.com"}), kExitNotPass);
  EXPECT_TRUE(said("does not exist")) << out_.str();
  EXPECT_EQ(run({"key", "weak", "football.example.com"}), kExitNotPass);
  EXPECT_TRUE(said("p= is empty: the key is revoked")) << out_.str();
  EXPECT_EQ(run({"key", "none", "football.example.com", "--json"}), kExitNotPass);
  EXPECT_EQ(nlohmann::json::parse(out_.str())["answer"], "no such name");
  EXPECT_EQ(run({"key", "a..b", "football.example.com"}), kExitUsage);
}

TEST_F(Commands, SpfAndDmarcGiveTheirExitCodes) {
  EXPECT_EQ(run({"spf", "football.example.com", "--ip", "192.0.2.77"}), kExitPass) << out_.str();
  EXPECT_EQ(run({"spf", "football.example.com", "--ip", "198.51.100.1"}), kExitNotPass) << out_.str();
  EXPECT_EQ(run({"dmarc", "mail.football.example.com"}), kExitPass) << out_.str();
  EXPECT_TRUE(said("football.example.com")) << out_.str();
  EXPECT_EQ(run({"dmarc", "nothing.example"}), kExitNotPass) << out_.str();
}

TEST(DnsSource, SaysWhereAZoneFileIsWrong) {
  Arguments arguments;
  arguments.zones = {data("rfc8463-a3.eml")};
  const auto opened = openDns(dnsOf(arguments), {});
  ASSERT_TRUE(std::holds_alternative<std::string>(opened));
  EXPECT_NE(std::get<std::string>(opened).find("rfc8463-a3.eml:1:"), std::string::npos)
      << std::get<std::string>(opened);
  arguments.zones.clear();
  arguments.servers = {"not a server"};
  EXPECT_TRUE(std::holds_alternative<std::string>(openDns(dnsOf(arguments), {})));
}

}  // namespace
}  // namespace alignd::cli
