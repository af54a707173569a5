#include "milter/failure_spool.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace alignd::milter {
namespace {

namespace fs = std::filesystem;
using testing::SizeIs;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    folder_ = testing::TempDir() + "spool" + std::to_string(::getpid());
    fs::remove_all(folder_);
    options_.orgName = "Receiver";
    options_.email = "dmarc@receiver.example";
    options_.domain = "receiver.example";
    options_.failure = true;
    options_.failureSpool = folder_;
  }
  ~SpoolTest() override { fs::remove_all(folder_); }
  // All that is put is written when the spool ends.
  void write(const std::vector<std::string>& records) {
    FailureSpool spool(metrics_);
    spool.use(options_);
    for (const auto& record : records) {
      if (spool.admit("a.example", now_)) spool.put(record);
    }
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_)) out.push_back(entry.path().filename());
    return out;
  }
  std::uint64_t count(std::size_t fate) const { return metrics_.failureReports[fate].value(); }

  Metrics metrics_;
  reporting::Options options_;
  std::string folder_;
  Time now_ = std::chrono::steady_clock::now();
};

TEST_F(SpoolTest, WritesWholeFilesUnderTheirFinalNames) {
  write({"one", "two"});
  ASSERT_THAT(files(), SizeIs(2));
  std::string content;
  for (const auto& name : files()) {
    EXPECT_TRUE(name.ends_with(".failure")) << name;
    std::ifstream in(folder_ + "/" + name);
    content += std::string(std::istreambuf_iterator<char>(in), {});
    struct stat status{};
    ASSERT_EQ(::stat((folder_ + "/" + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0007U, 0U);  // nobody else reads what a message said
  }
  EXPECT_TRUE(content == "onetwo" || content == "twoone");
  EXPECT_EQ(count(Metrics::kFailureWritten), 2U);
}

TEST_F(SpoolTest, OffMeansOff) {
  for (int i = 0; i < 2; ++i) {
    if (i == 0) options_.failure = false;
    if (i == 1) options_.orgName.clear();
    FailureSpool spool(metrics_);
    spool.use(options_);
    EXPECT_FALSE(spool.admit("a.example", now_));
    options_.failure = true;
  }
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(SpoolTest, KeepsWithinItsFolder) {
  options_.failureFiles = 2;
  write({"1", "2", "3"});
  EXPECT_THAT(files(), SizeIs(2));
  EXPECT_EQ(count(Metrics::kFailureSpoolFull), 1U);
  options_.failureFiles = 100;
  options_.failureSize = 10;
  write({std::string(9, 'x'), "1"});
  EXPECT_THAT(files(), SizeIs(3));  // 1, 2 and 1
  EXPECT_EQ(count(Metrics::kFailureSpoolFull), 2U);
}

TEST_F(SpoolTest, ADomainHasItsShareOfAnHour) {
  options_.failureRate = 2;
  FailureSpool spool(metrics_);
  spool.use(options_);
  EXPECT_TRUE(spool.admit("a.example", now_));
  EXPECT_TRUE(spool.admit("a.example", now_));
  EXPECT_FALSE(spool.admit("a.example", now_));
  EXPECT_TRUE(spool.admit("b.example", now_));
  EXPECT_TRUE(spool.admit("a.example", now_ + std::chrono::hours(1)));
  EXPECT_EQ(count(Metrics::kFailureLimited), 1U);
}

TEST_F(SpoolTest, AFolderThatCannotBeWrittenCostsNothingButACount) {
  std::ofstream(folder_) << "a file";
  write({"1", "2"});
  EXPECT_EQ(count(Metrics::kFailureError), 2U);
  EXPECT_EQ(count(Metrics::kFailureWritten), 0U);
}

TEST_F(SpoolTest, PseudonymsHaveAKeyOfThisProcess) {
  FailureSpool one(metrics_);
  FailureSpool two(metrics_);
  one.use(options_);
  two.use(options_);
  EXPECT_THAT(one.redactionKey(), SizeIs(32));
  EXPECT_NE(one.redactionKey(), two.redactionKey());
}

}  // namespace
}  // namespace alignd::milter
