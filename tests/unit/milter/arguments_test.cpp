#include "milter/arguments.h"

#include <gtest/gtest.h>

namespace alignd::milter {
namespace {

using Command = Arguments::Command;

Arguments good(const std::vector<std::string>& words) {
  const auto parsed = parseArguments(words);
  EXPECT_TRUE(std::holds_alternative<Arguments>(parsed));
  return std::get<Arguments>(parsed);
}

TEST(Arguments, WhatIsWanted) {
  EXPECT_EQ(good({}).config, "/etc/alignd/alignd.toml");
  EXPECT_EQ(good({"--config", "a"}).config, "a");
  EXPECT_EQ(good({"--config=a"}).config, "a");
  EXPECT_EQ(good({"--check-config", "--config", "a"}).command, Command::CheckConfig);
  EXPECT_EQ(good({"--dump-config", "--config", "a"}).command, Command::DumpConfig);
  EXPECT_EQ(good({"--version"}).command, Command::Version);
  EXPECT_EQ(good({"--check-config", "--help"}).command, Command::Help);
}

TEST(Arguments, WhatIsWrong) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"x"}, {"--config"}, {"--config="}, {"--confg", "a"}}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parseArguments(words)));
  }
}

}  // namespace
}  // namespace alignd::milter
