// The memory of failures that last.
#include "verifier/policy/failure_memory.h"

#include <gtest/gtest.h>

namespace alignd::policy {
namespace {

using namespace std::chrono_literals;

Verdict checked(const std::string& domain, dmarc::Status status) {
  Verdict verdict;
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = domain;
  verdict.dmarc.status = status;
  return verdict;
}

TEST(FailureMemory, PersistsAfterFourHoursOfFailure) {
  FailureMemory memory;
  const Time start{};
  const Verdict failed = checked("example.org", dmarc::Status::TempError);
  EXPECT_FALSE(memory.persists(failed, start));
  EXPECT_FALSE(memory.persists(failed, start + 2h));
  EXPECT_FALSE(memory.persists(failed, start + 4h - 1s));
  EXPECT_TRUE(memory.persists(failed, start + 4h));
  EXPECT_TRUE(memory.persists(failed, start + 6h));
  EXPECT_FALSE(memory.persists(checked("other.example", dmarc::Status::TempError), start + 6h));
  EXPECT_FALSE(memory.persists(checked("example.org", dmarc::Status::Fail), start + 6h)) << "an answer came";
  EXPECT_FALSE(memory.persists(failed, start + 6h + 1min));
}

TEST(FailureMemory, ForgetsWhatNobodyTried) {
  FailureMemory memory;
  const Verdict failed = checked("example.org", dmarc::Status::TempError);
  EXPECT_FALSE(memory.persists(failed, Time{}));
  EXPECT_FALSE(memory.persists(failed, Time{} + 48h));
  EXPECT_FALSE(memory.persists(failed, Time{} + 50h));
  EXPECT_TRUE(memory.persists(failed, Time{} + 52h));
}

TEST(FailureMemory, IsBounded) {
  FailureMemory memory(4h, 10);
  for (int i = 0; i < 100; ++i) {
    memory.persists(checked("d" + std::to_string(i) + ".example", dmarc::Status::TempError), Time{});
  }
  EXPECT_EQ(memory.size(), 10U);
  EXPECT_FALSE(memory.persists(checked("", dmarc::Status::TempError), Time{}));
  EXPECT_EQ(memory.size(), 10U) << "without an author there is nothing to remember";
}

}  // namespace
}  // namespace alignd::policy
