// The suite attacks-ar beside the project, for what concerns the fields that come in: which of them go. What is written
// is judged where whole messages are played.
#include <algorithm>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/cases.h"
#include "verifier/authres/removal.h"
#include "verifier/message/split.h"

namespace alignd {
namespace {

using test::Case;

class RemovalCase : public testing::Test {
 public:
  explicit RemovalCase(Case one) : case_(std::move(one)) {}
  void TestBody() override {
    SCOPED_TRACE(case_.id + ": " + case_.json.value("note", ""));
    authres::Options options;
    options.authservId = case_.text("authserv_id");
    const auto message = message::split(case_.message);
    bool removed = false;
    for (const auto& field : message.fields) {
      if (!authres::claimsOurId(field.name, field.value, options)) continue;
      removed = true;
      EXPECT_NE(field.value.find(options.authservId), std::string_view::npos)
          << "our id is not in it: " << field.value;
    }
    EXPECT_EQ(removed, case_.expect().value("ar_removed", false));
  }

 private:
  Case case_;
};

class Missing : public testing::Test {
 public:
  void TestBody() override { GTEST_SKIP() << test::kSharedMissing; }
};

void registerSuite() {
  if (!test::sharedPresent()) {
    testing::RegisterTest("Removal", "conformance", nullptr, nullptr, __FILE__, __LINE__,
                          [] { return new Missing; });
    return;
  }
  for (auto& one : test::loadSuite("attacks-ar")) {
    testing::RegisterTest("Removal", one.id.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [one]() -> testing::Test* { return new RemovalCase(one); });
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  alignd::registerSuite();
  return RUN_ALL_TESTS();
}
