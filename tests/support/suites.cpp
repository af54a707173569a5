#include "tests/support/suites.h"

#include <iostream>
#include <utility>

#include <gtest/gtest.h>

namespace alignd::test {

namespace {

class PlayedCase : public testing::Test {
 public:
  PlayedCase(Case one, Play play) : case_(std::move(one)), play_(std::move(play)) {}
  void TestBody() override {
    SCOPED_TRACE(case_.suite + "/" + case_.id + ": " + case_.json.value("note", ""));
    play_(case_);
  }

 private:
  Case case_;
  Play play_;
};

class Missing : public testing::Test {
 public:
  void TestBody() override { GTEST_SKIP() << kSharedMissing; }
};

}  // namespace

void registerSuites(const Suites& suites, const Play& play) {
  for (const auto& suite : suites.names) {
    const std::string group = suites.group + "/" + suite;
    if (!sharedPresent()) {
      testing::RegisterTest(group.c_str(), "missing", nullptr, nullptr, __FILE__, __LINE__,
                            []() -> testing::Test* { return new Missing; });
      continue;
    }
    for (const Case& one : loadSuite(suite)) {
      if (suites.withMessageAlone && one.message.empty()) continue;
      testing::RegisterTest(group.c_str(), one.id.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [one, play]() -> testing::Test* { return new PlayedCase(one, play); });
    }
  }
}

int runSuites(int argc, char** argv, const std::function<void()>& registered) {
  testing::InitGoogleTest(&argc, argv);
  registered();
  const int failed = RUN_ALL_TESTS();
  if (failed != 0 || testing::UnitTest::GetInstance()->test_to_run_count() > 0) return failed;
  // A filter with a "-" in it, for one, excludes what stands behind it.
  std::cerr << "no case was selected\n";
  return 1;
}

}  // namespace alignd::test
