// The suite arc-validation beside the project, played through arc::ChainVerifier: a GoogleTest case a case.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/suites.h"
#include "verifier/arc/verifier.h"
#include "verifier/message/split.h"

namespace alignd {
namespace {

using test::Case;

arc::Result validate(const Case& one) {
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
  return verifier.finish(header, bodies, lookups, message::Author(), one.arrival());
}

void play(const Case& one) {
  const auto result = validate(one);
  const auto words = one.expect().at("arc").get<std::vector<std::string>>();
  EXPECT_NE(std::find(words.begin(), words.end(), arc::statusWord(result.status)), words.end())
      << arc::statusWord(result.status) << " (" << result.text << "), expected " << one.expect().at("arc");
  EXPECT_FALSE(result.trustedPass) << "no sealer is listed";
  EXPECT_EQ(result.text.empty(), result.status != arc::Status::Fail) << "a failure has a reason";
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  return alignd::test::runSuites(
      argc, argv, [] { alignd::test::registerSuites({"Arc", {"arc-validation"}}, alignd::play); });
}
