#include "conf/nearest.h"

#include <gtest/gtest.h>

namespace alignd::conf {
namespace {

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string_view> keys{"servers", "timeout", "cache", "channels", "queue"};
  EXPECT_EQ(nearest("server", keys), "servers");
  EXPECT_EQ(nearest("tiemout", keys), "timeout");  // a swap of neighbours is one step
  EXPECT_EQ(nearest("cahce", keys), "cache");
  EXPECT_EQ(nearest("timeouts", keys), "timeout");
}

TEST(Nearest, SaysNothingOfStrangers) {
  EXPECT_EQ(nearest("colour", {"servers", "timeout"}), "");
  EXPECT_EQ(nearest("", {"servers"}), "");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest(std::string(10'000, 's'), {"servers"}), "");
}

}  // namespace
}  // namespace alignd::conf
