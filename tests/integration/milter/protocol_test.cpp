// The milter protocol from the MTA's side: versions, orders of events, aborts, lost connections.
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/milter/running_daemon.h"

namespace alignd::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Protocol : public testing::Test {
 protected:
  RunningDaemon daemon_;
};

void expectPass(const EndReply& end) {
  EXPECT_EQ(end.reply, Reply::Continue);
  const auto values = end.inserted(kResults);
  ASSERT_THAT(values, SizeIs(1));
  EXPECT_THAT(values[0], HasSubstr("spf=pass"));
  EXPECT_THAT(values[0], HasSubstr("dmarc=pass"));
  EXPECT_THAT(values[0], Not(HasSubstr("\r")));
  EXPECT_EQ(end.edits.back().index, 0U);
}

TEST_F(Protocol, EveryVersionIsServed) {
  for (const std::uint32_t version : {2U, 3U, 4U, 5U, 6U}) {
    SCOPED_TRACE(version);
    MilterClient client(daemon_.socket(), offerOf(version));
    EXPECT_LE(client.version(), version);
    greet(client);
    const EndReply end = sendMessage(client);
    expectPass(end);
    // Without SMFIP_HDR_LEADSPC the MTA puts the blank in itself.
    const bool leads = (client.steps() & kStepLeadingSpace) != 0;
    EXPECT_EQ(leads, version >= 5);
    EXPECT_THAT(end.inserted(kResults)[0], StartsWith(leads ? " mx.example.org" : "mx.example.org"));
    client.quit();
  }
  const auto lines = daemon_.verdicts();
  ASSERT_THAT(lines, SizeIs(5));
  EXPECT_THAT(lines[0], HasSubstr("blank after the colon"));
  EXPECT_THAT(lines[4], Not(HasSubstr("blank after the colon")));
}

TEST_F(Protocol, AsksForNoRepliesItDoesNotNeed) {
  MilterClient client(daemon_.socket());
  EXPECT_NE(client.steps() & kStepNoReplyHeader, 0U);
  EXPECT_NE(client.steps() & kStepSkip, 0U);
}

TEST_F(Protocol, AnMtaThatFixesTheHeaderIsRefused) {
  Offer offer;
  offer.actions = 0x1;  // SMFIF_ADDHDRS alone
  EXPECT_THROW(MilterClient(daemon_.socket(), offer), MilterError);
}

TEST_F(Protocol, TheBodyIsSkippedWhenNothingSignsIt) {
  MilterClient client(daemon_.socket());
  greet(client);
  sendEnvelope(client);
  client.header("From", " a@example.org");
  client.endOfHeader();
  EXPECT_EQ(client.body(std::string(65535, 'x')), Reply::Skip);
  expectPass(client.endOfMessage());
}

TEST_F(Protocol, WithoutSkipTheBodyIsTaken) {
  Offer offer;
  offer.steps &= ~kStepSkip;
  MilterClient client(daemon_.socket(), offer);
  greet(client);
  sendEnvelope(client);
  client.header("From", " a@example.org");
  client.endOfHeader();
  EXPECT_EQ(client.body(std::string(65535, 'x')), Reply::Continue);
  expectPass(client.endOfMessage());
}

TEST_F(Protocol, SeveralMessagesCarryNothingOver) {
  MilterClient client(daemon_.socket());
  greet(client);
  const Fields forged{{"From", " a@example.org"}, {kResults, " mx.example.org; dkim=pass"}};
  EXPECT_THAT(sendMessage(client, forged).deleted(kResults), ElementsAre(1));
  for (int i = 0; i < 3; ++i) {
    const EndReply end = sendMessage(client);
    expectPass(end);
    EXPECT_THAT(end.deleted(kResults), testing::IsEmpty());
  }
  // Two From fields in one message say nothing of the next one.
  const EndReply two = sendMessage(client, {{"From", " a@example.org"}, {"From", " b@example.com"}});
  EXPECT_THAT(two.inserted(kResults)[0], HasSubstr("dmarc=permerror"));
  expectPass(sendMessage(client));
  EXPECT_THAT(daemon_.verdicts(), SizeIs(6));
}

TEST_F(Protocol, AbortAtEveryStage) {
  MilterClient client(daemon_.socket());
  greet(client);
  for (int stage = 0; stage < 6; ++stage) {
    SCOPED_TRACE(stage);
    if (stage > 0) client.mail({"<other@nowhere.example>"});
    if (stage > 1) client.rcpt("<x@example.net>");
    if (stage > 2) client.header(kResults, " mx.example.org; spf=pass");
    if (stage > 3) client.endOfHeader();
    if (stage > 4) client.body("text\r\n");
    client.abort();
    const EndReply end = sendMessage(client);
    expectPass(end);
    EXPECT_THAT(end.deleted(kResults), testing::IsEmpty());
  }
  EXPECT_THAT(daemon_.verdicts(), SizeIs(6));
}

TEST_F(Protocol, ConnectionLostAtEveryStage) {
  for (int stage = 0; stage < 7; ++stage) {
    SCOPED_TRACE(stage);
    MilterClient client(daemon_.socket());
    if (stage > 0) greet(client);
    if (stage > 1) client.mail({"<other@nowhere.example>"});
    if (stage > 2) client.rcpt("<x@example.net>");
    if (stage > 3) client.header("From", " a@example.org");
    if (stage > 4) client.endOfHeader();
    if (stage > 5) client.send('E', "");
    client.hangUp();
  }
  MilterClient client(daemon_.socket());
  greet(client);
  expectPass(sendMessage(client));
  EXPECT_TRUE(daemon_.process().running());
}

TEST_F(Protocol, NoHeloNoHeader) {
  MilterClient client(daemon_.socket());
  client.connect("client.example.org", "192.0.2.1");
  client.mail({"<sender@mail.example.org>"});
  client.rcpt("<rcpt@example.net>");
  client.endOfHeader();
  const EndReply end = client.endOfMessage();
  ASSERT_THAT(end.inserted(kResults), SizeIs(1));
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("dmarc=permerror"));
}

// Sendmail may send the last piece of the body with the end.
TEST_F(Protocol, EndOfMessageWithTheLastChunk) {
  MilterClient client(daemon_.socket());
  greet(client);
  sendEnvelope(client);
  client.header("From", " a@example.org");
  client.endOfHeader();
  expectPass(client.endOfMessage({}, "text\r\n"));
}

TEST_F(Protocol, AnotherClientOnTheSameConnection) {
  MilterClient client(daemon_.socket());
  greet(client);
  expectPass(sendMessage(client));
  client.quitNewConnection();
  greet(client, "198.51.100.7");
  const EndReply end = sendMessage(client);
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("spf=fail"));
}

TEST_F(Protocol, FieldsOver64KiB) {
  MilterClient client(daemon_.socket());
  greet(client);
  expectPass(sendMessage(client, {{"X-Long", " " + std::string(200'000, 'x')}, {"From", " a@example.org"}}));
}

TEST_F(Protocol, HeaderOverTheCapIsAmbiguousAndStillCleaned) {
  MilterClient client(daemon_.socket());
  greet(client);
  Fields fields{{"From", " a@example.org"}};
  for (int i = 0; i < 6; ++i) fields.emplace_back("X-Long", " " + std::string(200'000, 'x'));
  fields.emplace_back(kResults, " mx.example.org; dmarc=pass");
  const EndReply end = sendMessage(client, fields);
  EXPECT_THAT(end.deleted(kResults), ElementsAre(1));
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("dmarc=permerror"));
  EXPECT_THAT(daemon_.verdicts().at(0), HasSubstr("\"from_problem\":\"header_too_long\""));
  EXPECT_THAT(daemon_.verdicts().at(0), HasSubstr("\"header_truncated\":true"));
}

TEST_F(Protocol, Ipv6AndUnknownClients) {
  MilterClient six(daemon_.socket());
  greet(six, "2001:db8::1");
  EXPECT_THAT(sendMessage(six).inserted(kResults)[0], HasSubstr("spf=fail"));
  // An unknown address is nobody to trust.
  MilterClient unknown(daemon_.socket());
  unknown.connectUnknown("unknown");
  unknown.helo("client.example.org");
  const EndReply end = sendMessage(unknown);
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("dmarc="));
  EXPECT_THAT(end.inserted(kResults)[0], Not(HasSubstr("spf=pass")));
}

TEST_F(Protocol, QueueIdMayComeLate) {
  MilterClient client(daemon_.socket());
  greet(client);
  sendMessage(client);
  EXPECT_THAT(daemon_.verdicts().at(0), HasSubstr("\"queue_id\":\"4Queue\""));
}

TEST_F(Protocol, MacrosInWhicheverStageTheyCome) {
  MilterClient client(daemon_.socket());
  client.connect("client.example.org", "192.0.2.1", {{"i", "1Connect"}, {"{auth_type}", "PLAIN"}});
  client.helo("client.example.org");
  client.mail({"<sender@mail.example.org>"}, {{"{auth_authen}", "user"}});
  client.rcpt("<rcpt@example.net>", {{"i", "2Rcpt"}});
  client.header("From", " a@example.org");
  client.endOfHeader();
  const EndReply end = client.endOfMessage();
  EXPECT_THAT(end.inserted(kResults), ElementsAre(" mx.example.org;\n\tauth=pass smtp.auth=user"));
  EXPECT_THAT(daemon_.verdicts().at(0), HasSubstr("\"queue_id\":\"2Rcpt\""));
}

TEST_F(Protocol, ManyConnectionsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> passes{0};
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      MilterClient client(daemon_.socket());
      greet(client);
      for (int i = 0; i < 10; ++i) {
        const auto values = sendMessage(client).inserted(kResults);
        if (values.size() == 1 && values[0].find("dmarc=pass") != std::string::npos) ++passes;
      }
      client.quit();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(passes, 160);
  EXPECT_THAT(daemon_.verdicts(), SizeIs(160));
}

}  // namespace
}  // namespace alignd::test
