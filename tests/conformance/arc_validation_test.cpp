// The suite arc-validation beside the project, played through arc::ChainVerifier: a GoogleTest case a case.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/cases.h"
#include "verifier/arc/verifier.h"
#include "verifier/message/split.h"

namespace alignd {
namespace {

using test::Case;

arc::Result play(const Case& one) {
  dns::Lookups lookups(std::make_shared<dns::ZoneResolver>(one.zone), {});
  dkim::BodyHashes bodies;
  arc::ChainVerifier verifier{arc::Options()};
  message::HeaderBlock header;
  const auto message = message::split(one.message);
  for (const auto& field : message.fields) {
    header.add(field);
    verifier.field(header, header.size() - 1, lookups);
  }
  verifier.endOfHeader(header, bodies, lookups);
  bodies.feed(std::as_bytes(std::span(message.body.data(), message.body.size())));
  bodies.finish();
  EXPECT_TRUE(verifier.ready(lookups)) << "a zone answers at once";
  const UnixTime received{std::chrono::seconds(one.time().value_or(1'760'000'000))};
  return verifier.finish(header, bodies, lookups, message::Author(), received);
}

class ArcCase : public testing::Test {
 public:
  explicit ArcCase(Case one) : case_(std::move(one)) {}
  void TestBody() override {
    SCOPED_TRACE(case_.id + ": " + case_.json.value("note", ""));
    const auto result = play(case_);
    const auto words = case_.expect().at("arc").get<std::vector<std::string>>();
    EXPECT_NE(std::find(words.begin(), words.end(), arc::statusWord(result.status)), words.end())
        << arc::statusWord(result.status) << " (" << result.text << "), expected "
        << case_.expect().at("arc");
    EXPECT_FALSE(result.trustedPass) << "no sealer is listed";
    EXPECT_EQ(result.text.empty(), result.status != arc::Status::Fail) << "a failure has a reason";
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
    testing::RegisterTest("Arc", "conformance", nullptr, nullptr, __FILE__, __LINE__,
                          [] { return new Missing; });
    return;
  }
  for (auto& one : test::loadSuite("arc-validation")) {
    testing::RegisterTest("Arc", one.id.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [one]() -> testing::Test* { return new ArcCase(one); });
  }
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  alignd::registerSuite();
  return RUN_ALL_TESTS();
}
