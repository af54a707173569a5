// Start, reload, stop, and the world around the daemon.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "tests/integration/milter/running_daemon.h"
#include "tests/integration/milter/signed_field.h"

namespace alignd::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

int runOnce(const TempFolder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), daemonProgram());
  ChildProcess process(arguments, folder.path(), folder / "out");
  return process.wait(20s).value_or(-2);
}

TEST(CommandLine, ExitCodes) {
  const TempFolder folder;
  const std::string good = folder.write("good.toml", "[policy]\nmode = \"enforce\"\n");
  const std::string bad = folder.write("bad.toml", "[policy]\nmoed = \"enforce\"\n");
  EXPECT_EQ(runOnce(folder, {"--version"}), EX_OK);
  EXPECT_EQ(runOnce(folder, {"--help"}), EX_OK);
  EXPECT_EQ(runOnce(folder, {"--check-config", "--config", good}), EX_OK);
  EXPECT_EQ(runOnce(folder, {"--check-config", "--config", bad}), EX_CONFIG);
  EXPECT_EQ(runOnce(folder, {"--config", bad}), EX_CONFIG);
  EXPECT_EQ(runOnce(folder, {"--config", folder / "missing.toml"}), EX_CONFIG);
  EXPECT_EQ(runOnce(folder, {"--surprise"}), EX_USAGE);
  EXPECT_THAT(readWholeFile(folder / "out"),
              HasSubstr("bad.toml:2:1: unknown key \"moed\"; did you mean \"mode\"?"));
}

// What stands on standard output is a file that the same program takes; what is wrong goes elsewhere.
TEST(CommandLine, ImportsWhatItThenTakes) {
  const TempFolder folder;
  const std::string from = ALIGND_IMPORTS "/docker-mailserver/etc/opendkim.conf";
  const auto run = [&](const std::string& options, const std::string& file) {
    ChildProcess process({"/bin/sh", "-c", "exec \"$0\" " + options + " > " + file, daemonProgram()},
                         folder.path(), folder / "out");
    return process.wait(20s).value_or(-2);
  };
  EXPECT_EQ(
      run("--import-opendkim " + from + " --import-opendmarc=" ALIGND_IMPORTS "/debian/etc/opendmarc.conf",
          "imported.toml"),
      EX_OK);
  EXPECT_THAT(readWholeFile(folder / "out"), HasSubstr("options were not taken over"));
  EXPECT_THAT(readWholeFile(folder / "imported.toml"), HasSubstr(from + ":11: InternalHosts"));
  EXPECT_EQ(runOnce(folder, {"--check-config", "--config", folder / "imported.toml"}), EX_OK);
  EXPECT_EQ(run("--import-opendkim-signer " + from, "signer.conf"), EX_OK);
  EXPECT_THAT(readWholeFile(folder / "signer.conf"), HasSubstr("\nMode                    s\n"));
  EXPECT_EQ(run("--import-opendmarc missing.conf", "nothing.toml"), EX_DATAERR);
  EXPECT_THAT(readWholeFile(folder / "out"), HasSubstr("missing.conf: No such file or directory"));
  EXPECT_EQ(readWholeFile(folder / "nothing.toml"), "");
}

TEST(CommandLine, ChecksWhatTheMachineWillNotLetItDo) {
  const TempFolder folder;
  const std::string config = folder.write("a.toml", R"(
[milter]
socket = "inet:80"
socket_group = "no-such-group"
[log]
verdicts = "/nonexistent/verdicts.jsonl"
[metrics]
listen = "unix:/nonexistent/metrics.sock"
[dns]
servers = ["127.0.0.1:9"]
)");
  EXPECT_EQ(runOnce(folder, {"--check-config", "--config", config}), EX_OK) << "the file itself is good";
  const std::string out = readWholeFile(folder / "out");
  for (const char* line : {"a.toml:3: [milter] socket: \"inet:80\" listens on all addresses",
                           "a.toml:4: [milter] socket_group: there is no group \"no-such-group\"",
                           "a.toml:6: [log] verdicts: /nonexistent/: No such file or directory",
                           "a.toml:8: [metrics] listen: /nonexistent/: No such file or directory",
                           "a.toml: [authentication_results] authserv_id: not set",
                           "a.toml:10: [dns] servers: 127.0.0.1:9 does not answer"}) {
    EXPECT_THAT(out, HasSubstr(line));
  }
}

TEST(CommandLine, NothingIsWrongWhereAllIsThere) {
  const TempFolder folder;
  FaultDnsServer dns;
  const std::string config = folder.write(
      "a.toml", "milter.socket = \"unix:" + (folder / "s") + "\"\nlog.verdicts = \"" + (folder / "v") +
                    "\"\nauthentication_results.authserv_id = \"mx.example.org\"\ndns.servers = [\"" +
                    dns.address() + "\"]\n");
  EXPECT_EQ(runOnce(folder, {"--check-config", "--config", config}), EX_OK);
  EXPECT_EQ(readWholeFile(folder / "out"), config + ": good\n");
}

TEST(CommandLine, DumpsWhatIsInForceAndWhereItComesFrom) {
  const TempFolder folder;
  const std::string config = folder.write("a.toml",
                                          "[policy]\nmode = \"enforce\"\n[[rule]]\nname = \"x\"\n"
                                          "author_domains = [\"example.org\"]\naction = \"reject\"\n");
  EXPECT_EQ(runOnce(folder, {"--dump-config", "--config", config}), EX_OK);
  const std::string out = readWholeFile(folder / "out");
  EXPECT_THAT(out, HasSubstr("mode = \"enforce\"  # " + config + ":2\n"));
  EXPECT_THAT(out, HasSubstr("name = \"x\"  # " + config + ":4\n"));
  EXPECT_THAT(out, HasSubstr("timeout = \"5s\"  # default\n"));
  const std::string again = folder.write("b.toml", out);
  EXPECT_EQ(runOnce(folder, {"--check-config", "--config", again}), EX_OK) << "it is a file like any other";
}

TEST(Socket, HasItsModeAndIsGoneAtTheEnd) {
  RunningDaemon daemon("milter.socket_mode = \"0600\"\n");
  struct stat status{};
  const std::string path = daemon.folder() / "alignd.sock";
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ::kill(daemon.process().pid(), SIGTERM);
  EXPECT_EQ(daemon.process().wait(20s), EX_OK);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Socket, AStaleOneIsReplacedALiveOneIsNot) {
  RunningDaemon daemon;
  const TempFolder folder;
  EXPECT_EQ(runOnce(folder, {"--config", daemon.configPath()}), EX_UNAVAILABLE);
  EXPECT_THAT(readWholeFile(folder / "out"), HasSubstr("another process listens there"));
  ::kill(daemon.process().pid(), SIGKILL);
  daemon.process().wait(20s);
  ASSERT_TRUE(std::filesystem::exists(daemon.folder() / "alignd.sock"));
  ChildProcess again({daemonProgram(), "--config", daemon.configPath()}, folder.path(), folder / "log");
  for (int i = 0; i < 2000 && readWholeFile(folder / "log").find("listens on") == std::string::npos; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  MilterClient client(daemon.socket());
  greet(client);
  EXPECT_THAT(sendMessage(client).inserted(kResults), SizeIs(1));
}

TEST(Socket, AFileThatIsNoSocketStays) {
  const TempFolder folder;
  const std::string file = folder.write("precious", "text");
  const std::string config = folder.write("a.toml", "milter.socket = \"unix:" + file + "\"\n");
  EXPECT_EQ(runOnce(folder, {"--config", config}), EX_UNAVAILABLE);
  EXPECT_EQ(readWholeFile(file), "text");
}

TEST(Socket, AFolderThatIsMissingIsNamed) {
  const TempFolder folder;
  const std::string config =
      folder.write("a.toml", "milter.socket = \"unix:" + (folder / "gone/alignd.sock") + "\"\n");
  EXPECT_EQ(runOnce(folder, {"--config", config}), EX_UNAVAILABLE);
  EXPECT_THAT(readWholeFile(folder / "out"), HasSubstr(folder / "gone/ does not exist"));
}

TEST(Reload, NewSettingsHoldForNewMessages) {
  RunningDaemon daemon;
  // Recipients are answered, so that the message has begun when sendEnvelope() is through.
  MilterClient client(daemon.socket(), {.steps = Offer().steps & ~kStepNoReplyRecipient});
  greet(client);
  sendEnvelope(client);  // begun under the old settings
  daemon.writeConfig(
      "authentication_results.additional_ids = [\"old.example.org\"]\npolicy.mode = \"enforce\"\n");
  ::kill(daemon.process().pid(), SIGHUP);
  ASSERT_TRUE(daemon.logged("read anew"));
  const Fields fields{{"From", " a@example.org"}, {kResults, " old.example.org; dkim=pass"}};
  EXPECT_THAT(sendContent(client, fields).deleted(kResults), SizeIs(0));
  EXPECT_THAT(sendMessage(client, fields).deleted(kResults), SizeIs(1));
}

// libmilter's thread for signals is just coming up then, and would take this one for a stop.
TEST(Reload, InTheFirstMoment) {
  for (int i = 0; i < 10; ++i) {
    RunningDaemon daemon;
    ::kill(daemon.process().pid(), SIGHUP);
    ASSERT_TRUE(daemon.logged("read anew")) << daemon.log();
  }
}

TEST(Reload, ABadFileChangesNothing) {
  RunningDaemon daemon("authentication_results.additional_ids = [\"old.example.org\"]\n");
  daemon.writeConfig("authentication_results.additional_id = [\"old.example.org\"]\n");
  ::kill(daemon.process().pid(), SIGHUP);
  ASSERT_TRUE(daemon.logged("the old settings stay in force"));
  EXPECT_THAT(daemon.log(), HasSubstr("did you mean \"additional_ids\"?"));
  MilterClient client(daemon.socket());
  greet(client);
  const Fields fields{{"From", " a@example.org"}, {kResults, " old.example.org; dkim=pass"}};
  EXPECT_THAT(sendMessage(client, fields).deleted(kResults), SizeIs(1));
}

TEST(Reload, DropInsAndListsAreReadAnew) {
  RunningDaemon daemon;
  MilterClient client(daemon.socket());
  greet(client);
  sendMessage(client);
  daemon.writeConfig("trust.networks = { file = \"nets\" }\n");
  daemon.folder().write("nets", "192.0.2.1  # the client\n");
  std::filesystem::create_directory(daemon.folder() / "conf.d");
  daemon.folder().write("conf.d/10-more.toml",
                        "[authentication_results]\nauthserv_id = \"other.example.org\"\n");
  ::kill(daemon.process().pid(), SIGHUP);
  ASSERT_TRUE(daemon.logged("read anew"));
  const EndReply reply = sendMessage(client);
  EXPECT_THAT(daemon.verdicts(),
              ElementsAre(Not(HasSubstr("trusted_network")), HasSubstr("trusted_network")));
  EXPECT_THAT(reply.inserted(kResults), ElementsAre(HasSubstr("other.example.org")));
  // A list with an error keeps all as it was, and says where.
  daemon.folder().write("nets", "192.0.2.1\n192.0.2.300\n");
  ::kill(daemon.process().pid(), SIGHUP);
  ASSERT_TRUE(daemon.logged("the old settings stay in force"));
  EXPECT_THAT(daemon.log(),
              HasSubstr(daemon.folder() / "nets:2:1: networks: \"192.0.2.300\" is not a network"));
  sendMessage(client);
  EXPECT_THAT(daemon.verdicts(), Contains(HasSubstr("trusted_network")).Times(2));
}

TEST(Reload, TheVerdictLogIsReopened) {
  RunningDaemon daemon;
  MilterClient client(daemon.socket());
  greet(client);
  sendMessage(client);
  std::filesystem::rename(daemon.verdictPath(), daemon.verdictPath() + ".1");
  ::kill(daemon.process().pid(), SIGHUP);
  ASSERT_TRUE(daemon.logged("read anew"));
  sendMessage(client);
  EXPECT_THAT(daemon.verdicts(), SizeIs(1));
}

TEST(DnsServers, TroubleIsTheOperatorsToKnowAndItsEndToo) {
  RunningDaemon daemon("dns.probe_interval = \"100ms\"\n");
  const std::string server = "DNS server " + daemon.dns().address();
  MilterClient client(daemon.socket());
  greet(client);
  daemon.dns().stop();
  sendMessage(client);
  EXPECT_TRUE(daemon.logged(server + " cannot be reached"));
  daemon.dns().start();
  EXPECT_TRUE(daemon.logged(server + " answers again"));
}

// What the log says of a temperror: which server said what.
TEST(DnsServers, AVerdictNamesTheServerThatFailed) {
  RunningDaemon daemon;
  daemon.dns().behaveByDefault({.rcode = 5});
  MilterClient client(daemon.socket());
  greet(client);
  sendMessage(client,
              {{"From", " a@example.org"},
               {"DKIM-Signature", " v=1; a=rsa-sha256; d=example.org; s=s; h=from; bh=AAAA; b=AAAA"}});
  ASSERT_THAT(daemon.verdicts(), SizeIs(1));
  const std::string refused = "REFUSED from " + daemon.dns().address() + " for ";
  for (const char* asked : {"mail.example.org", "_dmarc.example.org", "s._domainkey.example.org"}) {
    EXPECT_THAT(daemon.verdicts()[0], HasSubstr(refused + asked));
  }
}

TEST(Stop, MessagesInFlightAreFinished) {
  RunningDaemon daemon;
  daemon.dns().hold();  // no answer will come
  MilterClient client(daemon.socket());
  greet(client);
  sendEnvelope(client);
  client.header("From", " a@example.org");
  client.endOfHeader();
  std::thread stopper([&] {
    while (daemon.dns().total() == 0) std::this_thread::sleep_for(5ms);
    std::this_thread::sleep_for(100ms);
    ::kill(daemon.process().pid(), SIGTERM);
  });
  const EndReply end = client.endOfMessage();
  stopper.join();
  EXPECT_EQ(end.reply, Reply::Continue);
  ASSERT_THAT(end.inserted(kResults), SizeIs(1));
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("temperror"));
  EXPECT_EQ(daemon.process().wait(20s), EX_OK);
  EXPECT_THAT(daemon.verdicts(), SizeIs(1));
}

TEST(Stop, IdleConnectionsHoldNothingUp) {
  RunningDaemon daemon;
  MilterClient idle(daemon.socket());
  greet(idle);
  ::kill(daemon.process().pid(), SIGTERM);
  EXPECT_EQ(daemon.process().wait(20s), EX_OK);
}

// libmilter's threads are detached: those that still end a connection outlive main() by a moment, with what OpenSSL keeps
// for each. Nothing is taken from under them, and nothing is left behind (LeakSanitizer says so by the exit status).
TEST(Stop, ConnectionsThatEndInTheSameMoment) {
  for (int round = 0; round < 5; ++round) {
    RunningDaemon daemon;
    daemon.dns().edit([](dns::Zone& zone) {
      zone.add(*dns::Name::parse("s1._domainkey.example.org"), dns::Type::TXT,
               {300, dns::Txt(signingKeyRecord())});
    });
    const std::string signature =
        signedField("example.org", {"From: a@example.org", "Subject: x"}, "another body\r\n");
    std::vector<std::unique_ptr<MilterClient>> clients;
    for (int i = 0; i < 20; ++i) {
      clients.push_back(std::make_unique<MilterClient>(daemon.socket()));
      greet(*clients.back());
      sendMessage(*clients.back(),
                  {{"DKIM-Signature", signature}, {"From", " a@example.org"}, {"Subject", " x"}});
    }
    ::kill(daemon.process().pid(), SIGTERM);
    clients.clear();
    EXPECT_EQ(daemon.process().wait(20s), EX_OK) << daemon.log();
  }
}

TEST(Dns, ADeadServerIsATemporaryErrorAndTheMessageGoesOn) {
  RunningDaemon daemon;
  daemon.dns().stop();
  MilterClient client(daemon.socket());
  greet(client);
  const EndReply end = sendMessage(client);
  EXPECT_EQ(end.reply, Reply::Continue);
  ASSERT_THAT(end.inserted(kResults), SizeIs(1));
  EXPECT_THAT(end.inserted(kResults)[0], HasSubstr("spf=temperror"));
}

TEST(HiddenClients, OnePrivateAddressIsAWarningOnce) {
  RunningDaemon daemon("trust.warn_after = 2\n");
  for (int i = 0; i < 4; ++i) {
    MilterClient client(daemon.socket());
    greet(client, "10.1.2.3");
    sendMessage(client);
  }
  EXPECT_TRUE(daemon.logged("all mail so far came from 10.1.2.3, a private address"));
  const std::string log = daemon.log();
  EXPECT_EQ(log.find("a private address"), log.rfind("a private address"));
}

TEST(MetricsPage, CountsMessages) {
  const TempFolder folder;
  const std::string path = folder / "metrics.sock";
  RunningDaemon daemon("metrics.listen = \"unix:" + path + "\"\n");
  MilterClient client(daemon.socket());
  greet(client);
  sendMessage(client);
  const auto curl = findProgram("curl");
  if (!curl) GTEST_SKIP() << "curl is not installed";
  ChildProcess get({*curl, "-s", "--unix-socket", path, "http://localhost/metrics"}, folder.path(),
                   folder / "page");
  EXPECT_EQ(get.wait(20s), 0);
  const std::string page = readWholeFile(folder / "page");
  EXPECT_THAT(page, HasSubstr("alignd_messages_total{exempt=\"none\",why=\"aligned\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("alignd_dmarc_total{result=\"pass\"} 1\n"));
}

}  // namespace
}  // namespace alignd::test
