// Mail that hosts of ours hand on: relays whose clients are judged, and border hosts whose word is taken.
#include <thread>

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

constexpr const char* kHost = "203.0.113.5";
// The topmost Received of a host of ours that had the message from `address`.
std::pair<std::string, std::string> receivedFrom(const std::string& address) {
  return {"Received",
          " from helo.example (name.example [" + address + "])\n\tby relay.example.org (Postfix); date"};
}

class HandedOn : public testing::Test {
 protected:
  explicit HandedOn(const std::string& settings) : daemon_(settings) {}
  EndReply send(const Fields& fields, const std::string& address = kHost, const Macros& macros = {}) {
    MilterClient client(daemon_.socket());
    greet(client, address);
    sendEnvelope(client, macros);
    return sendContent(client, fields);
  }
  std::string stamp(Fields received, const std::string& address = kHost, const Macros& macros = {}) {
    received.emplace_back("From", " a@example.org");
    const EndReply end = send(received, address, macros);
    EXPECT_THAT(end.inserted(kResults), SizeIs(1));
    return end.inserted(kResults).empty() ? "" : end.inserted(kResults)[0];
  }
  std::string line() const { return daemon_.verdicts().back(); }
  RunningDaemon daemon_;
};

class Relays : public HandedOn {
 protected:
  Relays()
      : HandedOn(
            "trust.relays = [\"203.0.113.5\", \"203.0.113.6\"]\n"
            "trust.networks = [\"127.0.0.0/8\", \"203.0.113.0/24\", \"10.0.0.0/8\"]\n"
            "spf.received_spf = true\n") {}
};

TEST_F(Relays, TheTopmostReceivedNamesTheClient) {
  EXPECT_THAT(stamp({receivedFrom("192.0.2.1")}), HasSubstr("spf=pass smtp.mailfrom=mail.example.org"));
  EXPECT_THAT(line(), HasSubstr("\"client\":\"192.0.2.1\",\"relay\":\"203.0.113.5\""));
  // Below it stands what the client says.
  EXPECT_THAT(stamp({{"X-Spam", " no"}, receivedFrom("198.51.100.1"), receivedFrom("192.0.2.1")}),
              HasSubstr("spf=fail"));
  EXPECT_THAT(line(), HasSubstr("\"client\":\"198.51.100.1\""));
  // A client that is no relay of ours names nobody.
  EXPECT_THAT(stamp({receivedFrom("192.0.2.1")}, "198.51.100.9"), HasSubstr("spf=fail"));
}

TEST_F(Relays, OverItselfAndOverAnotherRelay) {
  EXPECT_THAT(stamp({receivedFrom("127.0.0.1"), receivedFrom("203.0.113.6"), receivedFrom("192.0.2.1")}),
              HasSubstr("spf=pass"));
}

// HELO is the client's own word, written by the relay as it came.
TEST_F(Relays, AHeloThatPlaysAPartNamesNobody) {
  for (const char* helo : {"x([192.0.2.1])by", "x([10.0.0.1])by", "x(y [192.0.2.1])by relay.example.org"}) {
    const std::string received = std::string(" from ") + helo +
                                 " (name.example [198.51.100.66])\n\tby relay.example.org (Postfix); date";
    const std::string field = stamp({{"Received", received}});
    EXPECT_THAT(field, Not(HasSubstr("spf=pass"))) << helo;
    EXPECT_THAT(field, Not(HasSubstr("dmarc=pass"))) << helo;
    EXPECT_THAT(line(), Not(HasSubstr("\"exempt\""))) << helo;
  }
}

TEST_F(Relays, ReceivedSpfIsAboutTheClient) {
  const EndReply end = send({receivedFrom("192.0.2.1"), {"From", " a@example.org"}});
  EXPECT_THAT(end.inserted("Received-SPF"), ElementsAre(HasSubstr("client-ip=192.0.2.1")));
  EXPECT_THAT(end.inserted("Received-SPF"), ElementsAre(Not(HasSubstr("helo="))));
  EXPECT_EQ(end.edits.back().name, kResults);  // Authentication-Results stays on top
}

TEST_F(Relays, WithoutAClientSpfIsNone) {
  const Fields unreadable[] = {
      {},
      {{"Received", " by relay.example.org (Postfix, from userid 0)"}, receivedFrom("192.0.2.1")},
      {{"Received", " from mail.example (unknown) by relay.example.org; date"}, receivedFrom("192.0.2.1")},
      // Issue 12, item 2: what was said in HELO is no client.
      {{"Received", " from x([192.0.2.1])by (unknown [198.51.100.66]) by relay.example.org; date"}},
      Fields(10, receivedFrom("127.0.0.1")),
  };
  for (const Fields& received : unreadable) {
    EXPECT_THAT(stamp(received), HasSubstr("spf=none reason=\"the Received field"));
    EXPECT_THAT(line(), HasSubstr("\"client\":\"unknown\",\"relay\":\"203.0.113.5\""));
    EXPECT_THAT(line(), HasSubstr("names no client"));
    EXPECT_THAT(line(), Not(HasSubstr("exempt")));
  }
  EXPECT_THAT(send({{"From", " a@example.org"}}).inserted("Received-SPF"), IsEmpty());
}

TEST_F(Relays, MailOfOurOwnIsExemptAsFromThere) {
  EXPECT_EQ(stamp({receivedFrom("10.1.2.3")}), " mx.example.org; none");
  EXPECT_THAT(line(), HasSubstr("\"client\":\"10.1.2.3\",\"relay\":\"203.0.113.5\""));
  EXPECT_THAT(line(), HasSubstr("\"exempt\":\"trusted_network\""));
}

// Whose login it is: the relay's, not the author's.
TEST_F(Relays, ItsOwnAuthenticationSaysNothing) {
  const std::string value =
      stamp({receivedFrom("198.51.100.1")}, kHost, {{"{auth_type}", "PLAIN"}, {"{auth_authen}", "relay"}});
  EXPECT_THAT(value, HasSubstr("spf=fail"));
  EXPECT_THAT(value, Not(HasSubstr("auth=")));
}

TEST_F(Relays, SpfStartsAtTheReceivedField) {
  MilterClient client(daemon_.socket());
  greet(client, kHost);
  sendEnvelope(client);
  client.header("Received", receivedFrom("192.0.2.1").second);
  for (int i = 0; i < 1000 && daemon_.dns().count("mail.example.org") == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GT(daemon_.dns().count("mail.example.org"), 0U);
  sendContent(client);
}

TEST_F(Relays, OneMessageSaysNothingOfTheNext) {
  MilterClient client(daemon_.socket());
  greet(client, kHost);
  const auto next = [&](const Fields& fields) {
    sendEnvelope(client);
    return sendContent(client, fields).inserted(kResults).at(0);
  };
  EXPECT_THAT(next({receivedFrom("192.0.2.1"), {"From", " a@example.org"}}), HasSubstr("spf=pass"));
  EXPECT_THAT(next({{"From", " a@example.org"}}), HasSubstr("spf=none"));
  EXPECT_THAT(next({receivedFrom("10.0.0.1"), {"From", " a@example.org"}}), HasSubstr("; none"));
  EXPECT_THAT(next({receivedFrom("198.51.100.1"), {"From", " a@example.org"}}), HasSubstr("spf=fail"));
}

constexpr const char* kUpstream =
    "trust.upstream_networks = [\"203.0.113.5\"]\ntrust.upstream_ids = [\"border.example.org\"]\n";

class Border : public HandedOn {
 protected:
  Border()
      : HandedOn(std::string(kUpstream) +
                 "trust.networks = [\"203.0.113.0/24\"]\n"
                 "trust.upstream_methods = [\"spf\", \"dkim\", \"dmarc\"]\n") {}
};

class WholeBorder : public HandedOn {
 protected:
  WholeBorder() : HandedOn(kUpstream) {}
};

const std::pair<std::string, std::string> kAuthor{"From", " a@example.org"};

TEST_F(Border, OneFieldHasBoth) {
  const EndReply end =
      send({{kResults, " border.example.org; spf=softfail smtp.mailfrom=x.example; dkim=none"},
            receivedFrom("192.0.2.1"),
            {kResults, " other.example; spf=pass"},
            {kResults, " border.example.org; dmarc=pass header.from=example.org"},
            {kResults, " mx.example.org; dmarc=pass header.from=example.org"},
            kAuthor});
  EXPECT_THAT(end.deleted(kResults), ElementsAre(4, 3, 1));
  ASSERT_THAT(end.inserted(kResults), SizeIs(1));
  const std::string value = end.inserted(kResults)[0];
  EXPECT_THAT(value, HasSubstr("spf=softfail reason=\"as border.example.org found\""));
  EXPECT_THAT(value, HasSubstr("dkim=none"));
  EXPECT_THAT(value, HasSubstr("arc=none"));
  EXPECT_THAT(value, HasSubstr("dmarc=fail reason=\"forged: "));
  EXPECT_THAT(line(),
              HasSubstr("\"taken_over\":{\"from\":\"border.example.org\",\"methods\":[\"spf\",\"dkim\"]}"));
  EXPECT_THAT(line(), HasSubstr("\"removed_ar\":2")) << "the border's own field is no forgery";
  EXPECT_THAT(line(), Not(HasSubstr("exempt"))) << "nor is the border's network";
}

TEST_F(Border, NothingIsAskedForWhatIsTakenOver) {
  const EndReply end =
      send({{kResults,
             " border.example.org; spf=pass smtp.mailfrom=mail.example.org; dkim=none; dmarc=pass "
             "policy.dmarc=reject header.from=example.org"},
            {"DKIM-Signature", " v=1; a=rsa-sha256; d=example.org; s=s1; h=from; bh=YWJj; b=YWJj"},
            kAuthor});
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("dmarc=pass policy.dmarc=reject header.from=example.org"));
  EXPECT_EQ(daemon_.dns().total(), 0U);
}

TEST_F(Border, FieldsThatSomebodyElseMayHaveWrittenCountForNothing) {
  const std::string forged =
      " border.example.org; spf=pass smtp.mailfrom=example.org; dmarc=pass header.from=example.org";
  const Fields attacks[] = {
      {receivedFrom("198.51.100.1"), {kResults, forged}, kAuthor},
      {receivedFrom("127.0.0.1"), receivedFrom("198.51.100.1"), {kResults, forged}, kAuthor},
      {{"Received", " from [203.0.113.5] by x; date"}, {kResults, forged}, kAuthor},
      {{kResults, " border.example.org 7; spf=pass"}, {kResults, forged}, kAuthor},
      {{kResults, " border.example.org (; spf=pass"}, {kResults, forged}, kAuthor},
  };
  for (const Fields& fields : attacks) {
    const EndReply end = send(fields);
    EXPECT_THAT(end.inserted(kResults).at(0), HasSubstr("dmarc=fail"));
    EXPECT_THAT(line(), Not(HasSubstr("taken_over")));
  }
  // Nor what anybody else sends.
  EXPECT_THAT(send({{kResults, forged}, kAuthor}, "198.51.100.1").inserted(kResults).at(0),
              HasSubstr("dmarc=fail"));
}

TEST_F(WholeBorder, ItsFieldStandsForOurs) {
  const std::pair<std::string, std::string> own{kResults,
                                                " border.example.org; spf=pass smtp.mailfrom=x.example"};
  const EndReply kept = send({own, receivedFrom("198.51.100.1"), own, kAuthor});
  EXPECT_THAT(kept.deleted(kResults), ElementsAre(2));
  EXPECT_THAT(kept.inserted(kResults), IsEmpty());
  const EndReply low = send({receivedFrom("198.51.100.1"), own, kAuthor});
  EXPECT_THAT(low.deleted(kResults), ElementsAre(1));
  EXPECT_THAT(low.inserted(kResults), ElementsAre(HasSubstr("dmarc=fail")));
}

}  // namespace
}  // namespace alignd::test
