// List-Id, and the memory of failures that last.
#include "verifier/policy/facts.h"

#include <gtest/gtest.h>

#include "verifier/policy/failure_memory.h"

namespace alignd::policy {
namespace {

using namespace std::chrono_literals;

std::string listIdOf(std::initializer_list<const char*> values) {
  message::HeaderBlock header;
  for (const char* value : values) header.add({"List-ID", value});
  return factsOf(header, {}).listId;
}

TEST(Facts, ListId) {  // RFC 2919 section 2
  EXPECT_EQ(listIdOf({" <dev.list.example>"}), "dev.list.example");
  EXPECT_EQ(listIdOf({" \"Dev\" <Dev.List.Example>"}), "dev.list.example");
  EXPECT_EQ(listIdOf({}), "");
  EXPECT_EQ(listIdOf({" dev.list.example"}), "");
  EXPECT_EQ(listIdOf({" >dev<"}), "");
  EXPECT_EQ(listIdOf({" <a.example>", " <b.example>"}), "") << "which one?";
  EXPECT_EQ(listIdOf({("<" + std::string(300, 'x') + ">").c_str()}), "");
}

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
