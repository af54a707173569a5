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

TEST(Arguments, Imports) {
  const Arguments several = good({"--import-opendkim", "k", "--import-opendmarc=m", "--import-rspamd", "r"});
  EXPECT_EQ(several.command, Command::Import);
  EXPECT_EQ(several.imports.openDkim, "k");
  EXPECT_EQ(several.imports.openDmarc, "m");
  EXPECT_EQ(several.imports.policydSpf, "");
  EXPECT_EQ(several.imports.rspamd, "r");
  const Arguments signer = good({"--import-opendkim-signer", "k"});
  EXPECT_EQ(signer.command, Command::ImportSigner);
  EXPECT_EQ(signer.imports.openDkim, "k");
  EXPECT_EQ(good({"--import-opendkim", "k", "--help"}).command, Command::Help);
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--import-opendkim"},
                                             {"--import-opendkim="},
                                             {"--import-opendkim", "a", "--import-opendkim", "b"},
                                             {"--import-opendkim-signer", "a", "--import-opendmarc", "b"},
                                             {"--import-exim", "a"}}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parseArguments(words))) << words.front();
  }
}

TEST(Arguments, WhatIsWrong) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"x"}, {"--config"}, {"--config="}, {"--confg", "a"}}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parseArguments(words)));
  }
}

}  // namespace
}  // namespace alignd::milter
