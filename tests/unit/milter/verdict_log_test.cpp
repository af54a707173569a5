#include "milter/verdict_log.h"

#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/child_process.h"

namespace alignd::milter {
namespace {

TEST(VerdictLog, LinesOfManyThreadsStayWhole) {
  const test::TempFolder folder;
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = folder / "v";
  log.open(settings);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        std::string line(1000, static_cast<char>('a' + t));
        log.write(line);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const std::string text = test::readWholeFile(settings.verdicts);
  ASSERT_EQ(text.size(), 400U * 1001U);
  for (std::size_t i = 0; i < text.size(); i += 1001) {
    EXPECT_EQ(text.substr(i, 1001), std::string(1000, text[i]) + "\n");
  }
}

TEST(VerdictLog, AFailedOpenKeepsTheOldFile) {
  const test::TempFolder folder;
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = folder / "v";
  log.open(settings);
  conf::Log bad;
  bad.verdicts = folder / "missing/v";
  EXPECT_THROW(log.open(bad), std::system_error);
  std::string line = "x";
  log.write(line);
  EXPECT_EQ(test::readWholeFile(settings.verdicts), "x\n");
}

TEST(VerdictLog, LostLinesAreCounted) {
  Metrics metrics;
  VerdictLog log(metrics);
  conf::Log settings;
  settings.verdicts = "/dev/full";
  log.open(settings);
  std::string line = "x";
  log.write(line);
  line = "y";
  log.write(line);
  EXPECT_EQ(metrics.verdictLogErrors.value(), 2U);
}

}  // namespace
}  // namespace alignd::milter
