// What a hostile sender, or a hostile program at the milter socket, cost the daemon once (tests/README.md has the numbers).
#include <csignal>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/milter/running_daemon.h"
#include "tests/integration/milter/signed_field.h"

#if defined(__SANITIZE_ADDRESS__)
#  define ALIGND_UNDER_ASAN 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define ALIGND_UNDER_ASAN 1
#  endif
#endif
#ifndef ALIGND_UNDER_ASAN
#  define ALIGND_UNDER_ASAN 0
#endif

namespace alignd::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

void expectStamped(RunningDaemon& daemon) {
  MilterClient client(daemon.socket());
  greet(client);
  EXPECT_THAT(sendMessage(client).inserted(kResults), SizeIs(1));
}

std::size_t residentKiB(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    std::size_t size = 0;
    if (word == "VmRSS:" && status >> size) return size;
  }
  return 0;
}

// 4: a rule on what the sender writes, before a stricter one.
TEST(Hostile, AListIdHidesNoStricterRule) {
  RunningDaemon daemon(
      "policy.mode = \"enforce\"\n"
      "[[rule]]\nname = \"lists\"\nlist_ids = [\"dev.example.net\"]\naction = \"no_change\"\n"
      "[[rule]]\nname = \"strict\"\nauthor_domains = [\"example.org\"]\nresults = [\"fail\"]\n"
      "action = \"reject\"\n");
  MilterClient client(daemon.socket());
  greet(client, "198.51.100.66");
  const EndReply end =
      sendMessage(client, {{"From", " a@example.org"}, {"List-Id", " <dev.example.net>"}, {"Subject", " x"}});
  EXPECT_EQ(end.reply, Reply::ReplyCode);
  EXPECT_THAT(end.smtp, HasSubstr("550"));
  EXPECT_THAT(daemon.verdicts().at(0), HasSubstr("\"rule\":\"strict\""));
}

// 5: over TCP too an answer may be a part of what is there, and says so.
TEST(Hostile, APartOfTheRecordsIsNoAnswer) {
  RunningDaemon daemon;
  Behavior partial;
  partial.truncate = true;
  partial.partial = true;
  daemon.dns().edit([](dns::Zone& zone) {
    zone.add(
        *dns::Name::parse("mail.example.org"), dns::Type::TXT,
        {300, dns::Txt("v=spf1 ip4:198.51.100.0/24 -all")});  // two SPF records: permerror when both are seen
  });
  daemon.dns().behave("mail.example.org", dns::Type::TXT, {partial});
  MilterClient client(daemon.socket());
  greet(client);
  const EndReply end = sendMessage(client);
  ASSERT_THAT(end.inserted(kResults), SizeIs(1));
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("spf=temperror"));
}

// 7: names that c-ares does not take, of a zone that is silent, and a message whose answers come over TCP alone.
TEST(Hostile, OddNamesOfASilentZoneHoldUpNoTcp) {
  RunningDaemon daemon;
  std::string terms;
  for (char term = 'a'; term < 'k'; ++term) terms += std::string(" a:x!") + term + ".%{l}.silent.example";
  daemon.dns().edit([&](dns::Zone& zone) {
    zone.add(*dns::Name::parse("evil.example"), dns::Type::TXT, {300, dns::Txt("v=spf1" + terms + " -all")});
  });
  Behavior silent;
  silent.drop = true;
  Behavior overTcp;
  overTcp.truncate = true;
  daemon.dns().behaveBelow("silent.example", silent);
  for (const char* name : {"mail.example.org", "_dmarc.example.org"})
    daemon.dns().behave(name, dns::Type::TXT, {overTcp});
  std::vector<std::unique_ptr<MilterClient>> strangers;
  for (int i = 0; i < 300; ++i) {
    strangers.push_back(std::make_unique<MilterClient>(daemon.socket()));
    greet(*strangers.back(), "198.51.100.9");
    strangers.back()->mail({"<u" + std::to_string(i) + "@evil.example>"});
    strangers.back()->rcpt("<rcpt@example.net>");
    strangers.back()->data();
  }
  std::this_thread::sleep_for(500ms);  // all their questions are out
  MilterClient client(daemon.socket());
  greet(client);
  const auto began = std::chrono::steady_clock::now();
  const EndReply end = sendMessage(client);
  const auto took = std::chrono::steady_clock::now() - began;
  testing::Test::RecordProperty(
      "bystander_ms", std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  ASSERT_THAT(end.inserted(kResults), SizeIs(1));
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("spf=pass"));
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("dmarc=pass"));
}

// 9: what one message needed stays with none of the connections that are open.
TEST(Hostile, ConnectionsKeepNothingOfALargeHeader) {
  if (ALIGND_UNDER_ASAN) GTEST_SKIP() << "AddressSanitizer keeps what has been freed";
  RunningDaemon daemon;
  expectStamped(daemon);
  const std::size_t before = residentKiB(daemon.process().pid());
  constexpr int kConnections = 8;
  std::vector<std::unique_ptr<MilterClient>> open;
  for (int i = 0; i < kConnections; ++i) {
    open.push_back(std::make_unique<MilterClient>(daemon.socket()));
    greet(*open.back());
    sendEnvelope(*open.back());
    open.back()->header("From", " a@example.org");
    for (int field = 0; field < 40'000; ++field) open.back()->header("a", "");
    open.back()->endOfHeader();
    const EndReply end = open.back()->endOfMessage();
    ASSERT_THAT(end.inserted(kResults), SizeIs(1));
    EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("dmarc=permerror")) << "what else stands there?";
  }
  const std::size_t after = residentKiB(daemon.process().pid());
  EXPECT_LT(after, before + kConnections * 512) << "KiB; each kept 2 MiB and more once";
}

// 10: DMARC records as long as TCP takes them, along the whole walk.
TEST(Hostile, TheVerdictLineIsBounded) {
  RunningDaemon daemon;
  const std::string author = "a.b.c.d.e.f.example.net";
  daemon.dns().edit([&](dns::Zone& zone) {
    for (std::string_view name = author;; name.remove_prefix(name.find('.') + 1)) {
      zone.add(*dns::Name::parse("_dmarc." + std::string(name)), dns::Type::TXT,
               {300, dns::Txt("v=DMARC1; x=" + std::string(60'000, '\x01'))});
      if (name.find('.') == std::string_view::npos) break;
    }
  });
  MilterClient client(daemon.socket());
  greet(client);
  sendMessage(client, {{"From", " a@" + author}, {"Subject", " x"}});
  const auto lines = daemon.verdicts();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_LE(lines[0].size(), 16U * 1024);
  EXPECT_THAT(lines[0], HasSubstr("v=DMARC1"));
  EXPECT_THAT(lines[0], HasSubstr("\"body_bytes\""));
}

// 11: mail that DNS keeps open for long is accepted, whatever strangers send under the same name meanwhile.
TEST(Hostile, ASpoofDoesNotMakeHonestMailBounce) {
  RunningDaemon daemon(
      "policy.mode = \"enforce\"\npolicy.temperror_patience = \"2s\"\ndns.failure_memory = \"0\"\n");
  Behavior broken;
  broken.rcode = 2;
  daemon.dns().behave("s1._domainkey.example.org", std::nullopt, {broken});
  const auto send = [&](bool honest) {
    MilterClient client(daemon.socket());
    greet(client, "198.51.100.7");  // SPF fails: all hangs on the key
    Fields fields{{"From", " a@example.org"}, {"Subject", " x"}};
    if (honest) {
      fields.insert(
          fields.begin(),
          {"DKIM-Signature", signedField("example.org", {"From: a@example.org", "Subject: x"}, "hello\r\n")});
    }
    return sendMessage(client, fields);
  };
  const auto deferred = [](const EndReply& end) {
    return end.reply == Reply::ReplyCode && end.smtp.starts_with("451");
  };
  EXPECT_TRUE(deferred(send(true)));
  EndReply last;
  const auto end = std::chrono::steady_clock::now() + 20s;
  do {
    EXPECT_FALSE(deferred(send(false))) << "the spoof fails, and says nothing of the key";
    std::this_thread::sleep_for(200ms);
    last = send(true);
  } while (deferred(last) && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(last.reply, Reply::Continue);
  ASSERT_THAT(last.inserted(kResults), SizeIs(1));
  EXPECT_THAT(last.inserted(kResults)[0], HasSubstr("dmarc=temperror"));
}

// 12: macro packets with an odd number of strings, over whose end libmilter steps.
TEST(Hostile, OddMacroPacketsEndOneMessage) {
  if (ALIGND_UNDER_ASAN != 0) GTEST_SKIP() << "AddressSanitizer sees libmilter's own step over the end";
  RunningDaemon daemon;
  for (const char stage : {'C', 'H', 'M', 'E'}) {
    for (int strings = 1; strings < 40; strings += 2) {
      std::string packet(1, stage);
      for (int i = 0; i < strings; ++i) packet += "x" + std::to_string(i) + std::string(1, '\0');
      try {
        MilterClient client(daemon.socket());
        client.connect("client.example.org", "192.0.2.1");
        if (stage != 'E') client.send('D', packet);
        client.send('M', std::string("<sender@mail.example.org>\0", 26));
        client.rcpt("<rcpt@example.net>");
        client.header("From", " a@example.org");
        client.endOfHeader();
        if (stage == 'E') client.send('D', packet);
        client.send('E', "");
        const auto replies = client.quitAndListen();
        ASSERT_THAT(replies, SizeIs(1));
        if (replies[0].reply != Reply::TempFail) {
          EXPECT_THAT(replies[0].inserted(kResults), SizeIs(1));
        }
      } catch (const MilterError& error) {
        ADD_FAILURE() << stage << " " << strings << ": " << error.what();
        return;
      }
      ASSERT_TRUE(daemon.process().running());
    }
  }
  expectStamped(daemon);
}

std::string page(const std::string& socket, const TempFolder& folder) {
  const auto curl = findProgram("curl");
  if (!curl) return {};
  ChildProcess get({*curl, "-s", "--unix-socket", socket, "http://localhost/metrics"}, folder.path(),
                   folder / "page");
  EXPECT_EQ(get.wait(20s), 0);
  std::string out = readWholeFile(folder / "page");
  std::ofstream(folder / "page", std::ios::trunc);
  return out;
}

// 13: a reload that fails at its last step has changed nothing.
TEST(Hostile, AReloadIsAllOrNothing) {
  const TempFolder folder;
  const std::string metrics = folder / "metrics.sock";
  folder.write("taken", "no socket");
  RunningDaemon daemon("metrics.listen = \"unix:" + metrics + "\"\n");
  std::string moved = readWholeFile(daemon.configPath());
  moved.replace(moved.find(daemon.verdictPath()), daemon.verdictPath().size(), folder / "elsewhere.jsonl");
  moved.replace(moved.find(metrics), metrics.size(), folder / "taken");
  daemon.folder().write("alignd.toml", moved);
  ::kill(daemon.process().pid(), SIGHUP);
  ASSERT_TRUE(daemon.logged("the old settings stay in force"));
  expectStamped(daemon);
  EXPECT_THAT(daemon.verdicts(), SizeIs(1)) << "where it was";
  EXPECT_THAT(readWholeFile(folder / "elsewhere.jsonl"), IsEmpty());
  if (!findProgram("curl")) GTEST_SKIP() << "curl is not installed";
  EXPECT_THAT(page(metrics, folder), HasSubstr("alignd_failed_reloads_total 1\n"));
}

// 13: counted, however a message goes away.
TEST(Hostile, AbortedMessagesAreCounted) {
  if (!findProgram("curl")) GTEST_SKIP() << "curl is not installed";
  const TempFolder folder;
  const std::string metrics = folder / "metrics.sock";
  RunningDaemon daemon("metrics.listen = \"unix:" + metrics + "\"\n");
  MilterClient client(daemon.socket());
  greet(client);
  client.abort();  // nothing was begun
  sendEnvelope(client);
  client.abort();
  sendMessage(client);
  client.abort();  // nor is anything left to abort
  const auto until = [&](const std::string& line) {
    for (int i = 0; i < 500; ++i) {
      if (page(metrics, folder).find(line + "\n") != std::string::npos) return true;
      std::this_thread::sleep_for(20ms);
    }
    return false;
  };
  sendEnvelope(client);
  sendMessage(client);  // without a word in between
  EXPECT_TRUE(until("alignd_aborted_total 2"));
  sendEnvelope(client);
  EXPECT_TRUE(until("alignd_messages_in_flight 1"));
  client.hangUp();
  EXPECT_TRUE(until("alignd_aborted_total 3"));
  EXPECT_TRUE(until("alignd_messages_in_flight 0"));
}

// 14: what one MTA has negotiated is nothing to another one's connection.
TEST(Hostile, EachConnectionSpeaksAsItNegotiated) {
  RunningDaemon daemon;
  Offer withoutSpace;
  withoutSpace.steps &= ~kStepLeadingSpace;
  MilterClient old(daemon.socket(), withoutSpace);
  greet(old);
  MilterClient recent(daemon.socket());
  greet(recent);
  old.quitNewConnection();
  greet(old);
  EXPECT_THAT(sendMessage(old).inserted(kResults).at(0), testing::StartsWith("mx.example.org"));
  recent.quitNewConnection();
  greet(recent);
  EXPECT_THAT(sendMessage(recent).inserted(kResults).at(0), testing::StartsWith(" mx.example.org"));
}

}  // namespace
}  // namespace alignd::test
