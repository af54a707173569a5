// The suite attacks-ar beside the project, for what concerns the fields that come in: which of them go. What is written
// is judged where whole messages are played.
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/suites.h"
#include "verifier/authres/removal.h"
#include "verifier/message/split.h"

namespace alignd {
namespace {

using test::Case;

void play(const Case& one) {
  authres::Options options;
  options.authservId = one.text("authserv_id");
  const auto message = message::split(one.message);
  bool removed = false;
  for (const auto& field : message.fields) {
    if (!authres::claimsOurId(field.name, field.value, options)) continue;
    removed = true;
    EXPECT_NE(field.value.find(options.authservId), std::string_view::npos)
        << "our id is not in it: " << field.value;
  }
  EXPECT_EQ(removed, one.expect().value("ar_removed", false));
}

}  // namespace
}  // namespace alignd

int main(int argc, char** argv) {
  return alignd::test::runSuites(
      argc, argv, [] { alignd::test::registerSuites({"Removal", {"attacks-ar"}}, alignd::play); });
}
