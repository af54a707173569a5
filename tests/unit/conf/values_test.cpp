// Sizes, durations and modes as people write them.
#include "conf/values.h"

#include <gtest/gtest.h>

namespace alignd::conf {
namespace {

using std::chrono::milliseconds;

TEST(Size, GoodOnes) {
  struct Case {
    const char* text;
    std::uint64_t octets;
  };
  for (const Case& c : {Case{"0", 0},
                        {"1", 1},
                        {"4096", 4096},
                        {"64 MiB", 64U << 20U},
                        {"64MiB", 64U << 20U},
                        {"1.5 KiB", 1536},
                        {"2gib", 2ULL << 30U},
                        {" 7 B ", 7},
                        {"1 TiB", 1ULL << 40U}}) {
    EXPECT_EQ(parseSize(c.text), c.octets) << c.text;
  }
}

TEST(Size, BadOnes) {
  for (const char* text :
       {"", " ", "MiB", "-1", "+1", "1 MB", "1 M", "1e3", "0.3 B", "1.", ".5 KiB", "1 2", "1,5 KiB", "0x10",
        "99999999999999999999", "9999 TiB TiB", "1..5 KiB", "nan", "1 KiB/s"}) {
    EXPECT_EQ(parseSize(text), std::nullopt) << text;
  }
}

TEST(Size, TextIsReadBack) {
  for (const std::uint64_t octets : {0ULL, 1ULL, 1023ULL, 1024ULL, 1025ULL, 64ULL << 20U, 3ULL << 40U}) {
    EXPECT_EQ(parseSize(sizeText(octets)), octets) << sizeText(octets);
  }
  EXPECT_EQ(sizeText(64U << 20U), "64 MiB");
}

TEST(Duration, GoodOnes) {
  struct Case {
    const char* text;
    std::int64_t milli;
  };
  for (const Case& c : {Case{"0", 0},
                        {"0s", 0},
                        {"5s", 5000},
                        {"500ms", 500},
                        {"1.5s", 1500},
                        {"1.5 s", 1500},
                        {"10m", 600'000},
                        {"2h", 7'200'000},
                        {"7d", 604'800'000},
                        {"0.5m", 30'000}}) {
    EXPECT_EQ(parseDuration(c.text), milliseconds(c.milli)) << c.text;
  }
}

TEST(Duration, BadOnes) {
  for (const char* text :
       {"", "5", "s", "-5s", "5 sec", "5s5s", "0.5ms", "1e3s", "99999999d", "1,5s", "5 s s"}) {
    EXPECT_EQ(parseDuration(text), std::nullopt) << text;
  }
}

TEST(Duration, TextIsReadBack) {
  for (const std::int64_t milli : {0, 1, 999, 1000, 1500, 60'000, 7'210'000, 86'400'000}) {
    EXPECT_EQ(parseDuration(durationText(milliseconds(milli))), milliseconds(milli));
  }
}

TEST(Mode, OctalAndNoMore) {
  EXPECT_EQ(parseMode("0660"), 0660U);
  EXPECT_EQ(parseMode("777"), 0777U);
  for (const char* text : {"", "8", "0x1", "1000", "-1", "rw", "0660 "})
    EXPECT_EQ(parseMode(text), std::nullopt) << text;
  EXPECT_EQ(modeText(0660), "0660");
  EXPECT_EQ(modeText(0), "0000");
}

}  // namespace
}  // namespace alignd::conf
