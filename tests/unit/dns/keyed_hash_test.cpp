#include "dns/data/keyed_hash.h"

#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "dns/data/question.h"

namespace alignd::dns {
namespace {

// The test vector of the paper (appendix A): key 00 .. 0f, data 00 .. 0e.
TEST(SipHash, GivesWhatThePaperGives) {
  std::string data;
  for (char c = 0; c < 15; ++c) data.push_back(c);
  const HashKey key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  EXPECT_EQ(sipHash(key, data, 2, 4), 0xa129ca6149be45e5U);
  // And its reference implementation, for other lengths.
  EXPECT_EQ(sipHash(key, data.substr(0, 0), 2, 4), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(sipHash(key, data.substr(0, 1), 2, 4), 0x74f839c593dc67fdU);
  EXPECT_EQ(sipHash(key, data.substr(0, 8), 2, 4), 0x93f5f5799a932462U);
}

// Nobody who knows the library can make names that collide here: their hashes are not its own.
TEST(SipHash, NamesAreHashedWithAKeyOfThisProcess) {
  std::set<std::size_t> seen;
  std::size_t same = 0;
  for (int i = 0; i < 1000; ++i) {
    const Name name = *Name::parse("k" + std::to_string(i) + ".example");
    const std::size_t hash = std::hash<Name>{}(name);
    EXPECT_EQ(hash, std::hash<Name>{}(*Name::parse("K" + std::to_string(i) + ".example.")));
    if (hash == std::hash<std::string>{}(name.text())) ++same;
    seen.insert(hash & 0xFFFFFFFFU);
  }
  EXPECT_EQ(same, 0U);
  EXPECT_GE(seen.size(), 999U);
  const HashKey known{};
  EXPECT_NE(keyedHash("k.example"), sipHash(known, "k.example", 1, 3));
}

}  // namespace
}  // namespace alignd::dns
