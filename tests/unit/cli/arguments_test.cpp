#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace alignd::cli {
namespace {

TEST(Arguments, UnderstandsEveryCommand) {
  struct Row {
    std::vector<std::string_view> args;
    Arguments::Command command;
  };
  for (const Row& row : std::vector<Row>{
           {{"message", "-"}, Arguments::Command::Message},
           {{"message", "m.eml", "--ip", "192.0.2.1", "--helo=h", "--json"}, Arguments::Command::Message},
           {{"key", "s1", "example.org", "--dns", "127.0.0.1:5353"}, Arguments::Command::Key},
           {{"spf", "example.org", "--ip=2001:db8::1", "--mail-from", "<>"}, Arguments::Command::Spf},
           {{"dmarc", "example.org", "--zone", "a", "--zone", "b"}, Arguments::Command::Dmarc},
           {{"dmarc", "--", "--odd"}, Arguments::Command::Dmarc},
           {{"--help"}, Arguments::Command::Help},
           {{"dmarc", "-h"}, Arguments::Command::Help},
           {{"--version"}, Arguments::Command::Version},
       }) {
    const auto parsed = parseArguments(row.args);
    ASSERT_TRUE(std::holds_alternative<Arguments>(parsed)) << std::get<std::string>(parsed);
    EXPECT_EQ(std::get<Arguments>(parsed).command, row.command);
  }
}

TEST(Arguments, SaysWhatIsWrong) {
  struct Row {
    std::vector<std::string_view> args;
    std::string_view problem;
  };
  for (const Row& row : std::vector<Row>{
           {{}, "a command is missing"},
           {{"verify"}, "unknown command verify; there are message key domain spf dmarc log"},
           {{"message"}, "message takes one FILE (- for standard input)"},
           {{"key", "s1"}, "key takes SELECTOR and DOMAIN"},
           {{"spf", "example.org"}, "spf needs --ip, the address of the client"},
           {{"spf", "example.org", "--ip", "300.1.2.3"}, "--ip: 300.1.2.3 is no IP address"},
           {{"message", "m", "--ip"}, "--ip needs a value"},
           {{"message", "m", "--frobnicate"}, "unknown option --frobnicate"},
           {{"message", "m", "--time", "soon"}, "--time: soon is no number of seconds since 1970"},
           {{"message", "m", "--timeout", "0"}, "--timeout: 1 to 600 seconds, not 0"},
           {{"message", "m", "--dns", "a", "--zone", "b"}, "--dns and --zone exclude each other"},
       }) {
    const auto parsed = parseArguments(row.args);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << row.problem;
    EXPECT_EQ(std::get<std::string>(parsed), row.problem);
  }
}

TEST(Arguments, TakesAngleBracketsOffThePath) {
  const auto parsed = parseArguments({"message", "-", "--mail-from", "<a@b>"});
  EXPECT_EQ(std::get<Arguments>(parsed).mailFrom, "a@b");
  EXPECT_TRUE(std::get<Arguments>(parsed).mailFromGiven);
}

}  // namespace
}  // namespace alignd::cli
