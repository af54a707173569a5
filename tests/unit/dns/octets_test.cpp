#include "dns/data/octets.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace alignd::octets {
namespace {

// Every octet at every place of a word, beside octets that must not be taken for others.
TEST(Octets, EveryQuestionAboutEveryOctet) {
  for (const char other : {'a', '\x7f', '\x80', '\xff'}) {
    for (std::size_t at = 0; at < sizeof(Word); ++at) {
      for (int octet = 0; octet < 256; ++octet) {
        std::string text(sizeof(Word), other);
        text[at] = static_cast<char>(octet);
        const Word word = load(text.data());
        EXPECT_EQ(anyBelow(word, ' ') != 0, octet < ' ') << at << " " << octet;
        EXPECT_EQ(anyBelow(word, 1) != 0, octet == 0) << at << " " << octet;
        EXPECT_EQ(anyEqual(word, '"') != 0, octet == '"') << at << " " << octet;
        const bool ascii = static_cast<unsigned char>(other) < 0x80;
        EXPECT_EQ(any8Bit(word) != 0, !ascii || octet >= 0x80) << at << " " << octet;
      }
    }
  }
}

TEST(Octets, FindsTheFirstWhereverItStands) {
  const auto suspect = [](Word word) { return anyBelow(word, ' '); };
  const auto special = [](char c) { return c == '\n'; };
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t from = 0; from <= size + 1; ++from) {
      std::string text(size, 'x');
      for (std::size_t i = 1; i < size; i += 3) text[i] = '\t';  // suspect, in vain
      EXPECT_EQ(find(text, from, suspect, special), size);
      for (std::size_t at = 0; at < size; ++at) {
        std::string one = text;
        one[at] = '\n';
        if (at + 5 < size) one[at + 5] = '\n';
        const std::size_t want = std::min(one.find('\n', from), size);
        EXPECT_EQ(find(one, from, suspect, special), want) << size << " " << from << " " << at;
      }
    }
  }
}

}  // namespace
}  // namespace alignd::octets
