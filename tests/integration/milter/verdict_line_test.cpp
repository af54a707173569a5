// What the daemon alone knows of a verdict line: its machine, and what the settings say of persons.
#include <csignal>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tests/integration/milter/running_daemon.h"

namespace alignd::test {
namespace {

const Fields kFields{{"From", " joe@example.org"}, {"Message-ID", " <joe.7@mail.example.org>"}};

nlohmann::json lineOf(const RunningDaemon& daemon) {
  MilterClient client(daemon.socket());
  greet(client);
  sendMessage(client, kFields);
  client.quit();
  const auto lines = daemon.verdicts();
  return lines.empty() ? nlohmann::json() : nlohmann::json::parse(lines.back());
}

TEST(VerdictLine, NamesItsMachineAndTheMessage) {
  const RunningDaemon daemon;
  const auto line = lineOf(daemon);
  char host[256] = {};
  ASSERT_EQ(::gethostname(host, sizeof(host) - 1), 0);
  EXPECT_EQ(line["v"], 1);
  EXPECT_EQ(line["host"], host);
  EXPECT_EQ(line["message_id"], "joe.7@mail.example.org");
  EXPECT_EQ(line["mail_from"], "sender@mail.example.org");
}

// printf %s TEXT | openssl dgst -sha256 -hmac 0123456789abcdef
TEST(VerdictLine, LocalPartsHashedWithTheKeyOfAFile) {
  const TempFolder keys;
  const std::string path = keys.write("key", "0123456789abcdef\n");
  RunningDaemon daemon("log.local_parts = \"hash\"\nlog.local_parts_key_file = \"" + path + "\"\n");
  const auto line = lineOf(daemon);
  EXPECT_EQ(line["message_id"], "3e4d7d6fbd9b9cfe@mail.example.org");
  EXPECT_EQ(line["mail_from"], "6e85f733d09e1052@mail.example.org");

  // A key that cannot be is no reason to write what nobody wanted written.
  keys.write("key", "short\n");
  ::kill(daemon.process().pid(), SIGHUP);
  EXPECT_TRUE(daemon.logged("the old settings stay in force: [log] local_parts_key_file = \"" + path +
                            "\": must have 16 to 1024 octets"))
      << daemon.log();
  EXPECT_EQ(lineOf(daemon)["mail_from"], line["mail_from"]);
}

}  // namespace
}  // namespace alignd::test
