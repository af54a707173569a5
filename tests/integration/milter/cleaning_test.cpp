// Removal, stamping, trust and actions through real libmilter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/milter/running_daemon.h"

namespace alignd::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

EndReply sendOnce(RunningDaemon& daemon, const Fields& fields, const std::string& address = "192.0.2.1",
                  const Macros& mailMacros = {}) {
  MilterClient client(daemon.socket());
  greet(client, address);
  sendEnvelope(client, mailMacros);
  return sendContent(client, fields);
}

// OpenDKIM counted wrongly here (CVE-2022-48521): indices are of the message as it came, highest first.
TEST(Cleaning, HighestIndexFirst) {
  RunningDaemon daemon;
  Fields fields{{"From", " a@example.org"}};
  for (int i = 1; i <= 8; ++i) {
    const bool own = i == 2 || i == 3 || i == 5;
    fields.emplace_back(kResults,
                        own ? " mx.example.org; dkim=pass" : " " + std::to_string(i) + ".example; dkim=pass");
  }
  const EndReply end = sendOnce(daemon, fields);
  EXPECT_THAT(end.deleted(kResults), ElementsAre(5, 3, 2));
  EXPECT_THAT(end.inserted(kResults), SizeIs(1));
  EXPECT_EQ(end.edits.back().kind, HeaderEdit::Kind::Insert);  // ours comes last, on top of all
  EXPECT_THAT(daemon.verdicts().at(0), HasSubstr("\"removed_ar\":3"));
}

TEST(Cleaning, DisguisesAreSeenThrough) {
  RunningDaemon daemon;
  const Fields fields{{"From", " a@example.org"},
                      {"authentication-RESULTS", " \"mx.example.org\"; dkim=pass"},
                      {"Authentication-Results ", " (c) mx.example.org; dkim=pass"},
                      {kResults, " MX.example.ORG 1; dkim=pass"},
                      {kResults, "\n mx.example.org\n\t; dkim=pass"},
                      {kResults, " mx.example.org/job; dkim=pass"},
                      {kResults, " other.example; dkim=pass"},
                      {kResults, " spf=pass smtp.mailfrom=x; dkim=pass"}};
  EXPECT_THAT(sendOnce(daemon, fields).deleted(kResults), ElementsAre(5, 4, 3, 2, 1));
}

// Issue 12, items 3 and 13: a line end in a field begins another one to those who end lines there, and who reads no
// escapes in comments finds our id behind one.
TEST(Cleaning, FieldsThatHideOneOfOursGo) {
  RunningDaemon daemon;
  const Fields fields{{"From", " a@example.org"},
                      {"Subject", " hi\rAuthentication-Results: mx.example.org; dmarc=pass"},
                      {"Subject", " hi"},
                      {kResults, R"( (\) mx.example.org; dmarc=pass)"}};
  const EndReply end = sendOnce(daemon, fields);
  EXPECT_THAT(end.deleted("subject"), ElementsAre(1));
  EXPECT_THAT(end.deleted(kResults), ElementsAre(1));
}

// Issue 12, items 1 and 3: who is read as the author by some is never passed over.
TEST(Cleaning, NobodyIsHiddenBehindAQuoteOrALineEnd) {
  RunningDaemon daemon;
  for (const char* from :
       {R"( "ceo@bank.example", <x@mail.example.org>)", R"( "ceo@bank.example"; <x@mail.example.org>)",
        R"( CEO "ceo@bank.example", X <x@mail.example.org>)",
        R"( Joe "x@bank.example", <x@mail.example.org>)"}) {
    EXPECT_THAT(sendOnce(daemon, {{"From", from}}).inserted(kResults),
                ElementsAre(HasSubstr("dmarc=permerror")))
        << from;
  }
  const Fields behind{{"Subject", " hi\rFrom: ceo@bank.example"}, {"From", " x@mail.example.org"}};
  EXPECT_THAT(sendOnce(daemon, behind).inserted(kResults), ElementsAre(HasSubstr("dmarc=permerror")));
  const Fields honest{{"From", R"( "ceo@bank.example" <x@mail.example.org>)"}};
  EXPECT_THAT(sendOnce(daemon, honest).inserted(kResults), ElementsAre(Not(HasSubstr("dmarc=permerror"))));
}

TEST(Cleaning, TwoHundredForgedAndTwoHundredForeign) {
  RunningDaemon daemon;
  Fields fields{{"From", " a@example.org"}};
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 1; i <= 400; ++i) {
    const bool own = i % 2 == 0;
    fields.emplace_back(kResults, own ? " mx.example.org; dkim=pass" : " other.example; dkim=pass");
    if (own) expected.insert(expected.begin(), i);
  }
  EXPECT_EQ(sendOnce(daemon, fields).deleted(kResults), expected);
}

TEST(Cleaning, ReceivedSpfStandsBelowOurField) {
  RunningDaemon daemon("spf.received_spf = true\n");
  const EndReply end = sendOnce(daemon, {{"Received-SPF", " pass (forged)"}, {"From", " a@example.org"}});
  const auto values = end.inserted("Received-SPF");
  ASSERT_THAT(values, SizeIs(1));
  EXPECT_THAT(values[0], StartsWith(" pass ("));
  for (const char* part :
       {"client-ip=192.0.2.1;", "envelope-from=\"sender@mail.example.org\";", "helo=client.example.org;",
        "receiver=mx.example.org;", "identity=mailfrom;", "mechanism="}) {
    EXPECT_THAT(values[0], HasSubstr(part));
  }
  EXPECT_EQ(end.edits.back().name, kResults);
  // An exempt message has none: nothing was checked.
  EXPECT_THAT(sendOnce(daemon, {{"From", " a@example.org"}}, "127.0.0.1").inserted("Received-SPF"),
              IsEmpty());
}

TEST(Cleaning, OneFieldAMethodWhenToldSo) {
  RunningDaemon daemon("authentication_results.split_methods = true\n");
  const EndReply end =
      sendOnce(daemon, {{kResults, " mx.example.org; dmarc=pass"}, {"From", " a@example.org"}});
  EXPECT_THAT(end.deleted(kResults), ElementsAre(1));
  std::vector<std::string> onTop;  // each is inserted above the one before
  for (const auto& value : end.inserted(kResults))
    onTop.insert(onTop.begin(), value.substr(0, value.find('=')));
  EXPECT_THAT(onTop, ElementsAre(" mx.example.org;\n\tspf", " mx.example.org;\n\tdkim",
                                 " mx.example.org;\n\tarc", " mx.example.org;\n\tdmarc"));
}

TEST(Cleaning, DispositionFieldsOfOthersGo) {
  RunningDaemon daemon;
  const EndReply end = sendOnce(daemon, {{"From", " a@example.org"},
                                         {"X-Alignd-Disposition", " quarantine"},
                                         {"x-alignd-disposition", " none"}});
  EXPECT_THAT(end.deleted("X-Alignd-Disposition"), ElementsAre(2, 1));
  EXPECT_THAT(end.inserted("X-Alignd-Disposition"), IsEmpty());
}

TEST(Cleaning, RemovedFieldsCanBeKept) {
  RunningDaemon daemon("authentication_results.keep_removed_as = \"X-Removed-Results\"\n");
  const EndReply end =
      sendOnce(daemon, {{"From", " a@example.org"}, {kResults, " mx.example.org; dkim=pass"}});
  EXPECT_THAT(end.deleted(kResults), ElementsAre(1));
  ASSERT_THAT(end.edits, SizeIs(3));
  EXPECT_EQ(end.edits[1].name, "X-Removed-Results");
  EXPECT_EQ(end.edits[1].value, " mx.example.org; dkim=pass");
}

TEST(Cleaning, TrustedNetworksAreCleanedAndStamped) {
  RunningDaemon daemon;
  const EndReply end =
      sendOnce(daemon, {{"From", " a@example.org"}, {kResults, " mx.example.org; dkim=pass"}}, "127.0.0.1");
  EXPECT_THAT(end.deleted(kResults), ElementsAre(1));
  EXPECT_THAT(end.inserted(kResults), ElementsAre(" mx.example.org; none"));
  EXPECT_THAT(daemon.verdicts().at(0), HasSubstr("\"exempt\":\"trusted_network\""));
  EXPECT_EQ(daemon.dns().total(), 0U);
}

TEST(Cleaning, MappedAddressesAreIpv4) {
  RunningDaemon daemon("trust.networks = [\"192.0.2.0/24\"]\n");
  EXPECT_THAT(sendOnce(daemon, {{"From", " a@example.org"}}, "::ffff:192.0.2.9").inserted(kResults),
              ElementsAre(" mx.example.org; none"));
}

TEST(Cleaning, AuthenticatedSessionsArePassedAsSuch) {
  RunningDaemon daemon;
  const EndReply end = sendOnce(daemon, {{"From", " a@example.org"}}, "192.0.2.77",
                                {{"{auth_type}", "PLAIN"}, {"{auth_authen}", "user"}});
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("auth=pass"));
  EXPECT_THAT(end.inserted(kResults)[0], Not(HasSubstr("spf=")));
}

TEST(Cleaning, AuthenticationEndsWithItsMessage) {
  RunningDaemon daemon;
  MilterClient client(daemon.socket());
  greet(client);
  sendEnvelope(client, {{"{auth_type}", "PLAIN"}, {"{auth_authen}", "user"}});
  EXPECT_THAT(sendContent(client).inserted(kResults)[0], HasSubstr("auth=pass"));
  sendEnvelope(client, {{"{mail_addr}", "sender@mail.example.org"}});
  EXPECT_THAT(sendContent(client).inserted(kResults)[0], HasSubstr("spf=pass"));
}

TEST(Cleaning, LocalSubmission) {
  RunningDaemon daemon;
  MilterClient client(daemon.socket());
  client.connectUnknown("localhost");
  EXPECT_THAT(sendMessage(client).inserted(kResults), ElementsAre(" mx.example.org; none"));
  EXPECT_THAT(daemon.verdicts().at(0), HasSubstr("\"exempt\":\"local_submission\""));
}

TEST(Cleaning, ExemptRecipientsOnlyWhenAllAre) {
  RunningDaemon daemon("trust.exempt_recipients = [\"@example.net\", \"abuse@example.com\"]\n");
  MilterClient client(daemon.socket());
  greet(client);
  EXPECT_THAT(sendMessage(client).inserted(kResults), ElementsAre(" mx.example.org; none"));
  client.mail({"<sender@mail.example.org>"});
  client.rcpt("<rcpt@example.net>");
  client.rcpt("<other@example.com>");
  EXPECT_THAT(sendContent(client).inserted(kResults)[0], HasSubstr("spf=pass"));
}

TEST(Cleaning, UpstreamResultsStandForOurs) {
  RunningDaemon daemon(
      "trust.upstream_networks = [\"192.0.2.0/24\"]\ntrust.upstream_ids = [\"border.example.org\"]\n");
  const Fields fields{{kResults, " border.example.org; spf=pass smtp.mailfrom=x.example"},
                      {kResults, " border.example.org; spf=pass smtp.mailfrom=forged.example"},
                      {kResults, " mx.example.org; dkim=pass"},
                      {"From", " a@example.org"}};
  const EndReply trusted = sendOnce(daemon, fields);
  EXPECT_THAT(trusted.deleted(kResults), ElementsAre(3, 2));
  EXPECT_THAT(trusted.inserted(kResults), IsEmpty());
  const EndReply other = sendOnce(daemon, fields, "198.51.100.1");
  EXPECT_THAT(other.deleted(kResults), ElementsAre(3, 2, 1));
  EXPECT_THAT(other.inserted(kResults), SizeIs(1));
}

const Fields kSpoofed{{"From", " a@example.org"}, {"Subject", " x"}};

TEST(Acting, StampOnlySaysWhatItWouldDo) {
  RunningDaemon daemon("policy.reject = \"reject\"\n");
  const EndReply end = sendOnce(daemon, kSpoofed, "198.51.100.1");
  EXPECT_EQ(end.reply, Reply::Continue);
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("dmarc=fail"));
  EXPECT_THAT(daemon.verdicts().at(0), HasSubstr("\"action\":\"accept\",\"would\":\"reject\""));
}

TEST(Acting, Mark) {
  RunningDaemon daemon("policy.mode = \"enforce\"\n");
  const EndReply end = sendOnce(daemon, kSpoofed, "198.51.100.1");
  EXPECT_EQ(end.reply, Reply::Continue);
  EXPECT_THAT(end.inserted("X-Alignd-Disposition"), ElementsAre(" quarantine"));
  EXPECT_EQ(end.edits.back().name, kResults);  // Authentication-Results stays on top
}

TEST(Acting, Hold) {
  RunningDaemon daemon("policy.mode = \"enforce\"\npolicy.reject = \"hold\"\n");
  const EndReply end = sendOnce(daemon, kSpoofed, "198.51.100.1");
  EXPECT_TRUE(end.quarantine.has_value());
  EXPECT_THAT(end.inserted("X-Alignd-Disposition"), IsEmpty());
  EXPECT_THAT(end.inserted(kResults), SizeIs(1));
  // An MTA without a hold queue gets the mark.
  Offer offer;
  offer.actions &= ~kActionQuarantine;
  MilterClient client(daemon.socket(), offer);
  greet(client, "198.51.100.1");
  const EndReply marked = sendMessage(client, kSpoofed);
  EXPECT_FALSE(marked.quarantine.has_value());
  EXPECT_THAT(marked.inserted("X-Alignd-Disposition"), SizeIs(1));
}

TEST(Acting, Reject) {
  RunningDaemon daemon(
      "policy.mode = \"enforce\"\npolicy.reject = \"reject\"\npolicy.reject_text = \"100% DMARC "
      "{domain}\"\n");
  const EndReply end = sendOnce(daemon, kSpoofed, "198.51.100.1");
  EXPECT_EQ(end.reply, Reply::ReplyCode);
  EXPECT_THAT(end.smtp, StartsWith("550 5.7.1 100"));
  EXPECT_THAT(end.smtp, HasSubstr("DMARC example.org"));
  EXPECT_THAT(end.edits, IsEmpty());
}

TEST(Acting, TemporaryErrorsAreDeferred) {
  RunningDaemon daemon("policy.mode = \"enforce\"\n");
  daemon.dns().edit([](dns::Zone& zone) {
    const auto type = dns::Type::TXT;
    zone.fail(*dns::Name::parse("_dmarc.broken.example"), &type, dns::Status::ServerFailure);
  });
  const EndReply end = sendOnce(daemon, {{"From", " a@broken.example"}}, "198.51.100.1");
  EXPECT_EQ(end.reply, Reply::ReplyCode);
  EXPECT_THAT(end.smtp, StartsWith("451 4.7."));
}

}  // namespace
}  // namespace alignd::test
