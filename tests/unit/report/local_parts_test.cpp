#include "verifier/report/local_parts.h"

#include <gtest/gtest.h>

namespace alignd::report {
namespace {

constexpr std::string_view kKey = "a key for this test alone";
// printf joe | openssl dgst -sha256 -hmac "a key for this test alone"
const std::string kJoe = "3324afbf4e140818";

std::string address(LocalParts mode, std::string_view text) {
  std::string room;
  return std::string(LocalPartFilter(mode, kKey).address(text, room));
}
std::string sentence(LocalParts mode, std::string_view text) {
  std::string room;
  return std::string(LocalPartFilter(mode, kKey).sentence(text, room));
}

TEST(LocalParts, OfAnAddress) {
  struct Row {
    std::string_view text;
    std::string hashed;
    std::string dropped;
  };
  const Row rows[] = {
      {"joe@example.org", kJoe + "@example.org", "@example.org"},
      {"joe", kJoe, ""},
      {"@example.org", "@example.org", "@example.org"},
      {"", "", ""},
      {"joe@", kJoe + "@", "@"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(address(LocalParts::Keep, row.text), row.text);
    EXPECT_EQ(address(LocalParts::Hash, row.text), row.hashed);
    EXPECT_EQ(address(LocalParts::Drop, row.text), row.dropped);
  }
  EXPECT_EQ(address(LocalParts::Drop, "\"joe@home\"@example.org"), "@example.org") << "the last @ divides";
  EXPECT_NE(address(LocalParts::Hash, "Joe@example.org"), kJoe + "@example.org") << "RFC 5321 section 2.4";
}

TEST(LocalParts, HashesHangOnTheKey) {
  std::string room;
  EXPECT_NE(LocalPartFilter(LocalParts::Hash, "another key").address("joe", room), kJoe);
  EXPECT_EQ(LocalPartFilter(LocalParts::Hash, "").address("joe", room).size(), kJoe.size());
}

TEST(LocalParts, WithinSentences) {
  struct Row {
    std::string_view text;
    std::string hashed;
    std::string dropped;
  };
  const Row rows[] = {
      {"no address", "no address", "no address"},
      {"joe@example.org", kJoe + "@example.org", "@example.org"},
      {"at 7: \"<joe@example.org>, <joe@example.net>\"",
       "at 7: \"<" + kJoe + "@example.org>, <" + kJoe + "@example.net>\"",
       "at 7: \"<@example.org>, <@example.net>\""},
      {"mailto:joe@example.org", "mailto:" + kJoe + "@example.org", "mailto:@example.org"},
      {"joe@@example.org @ x", kJoe + "@@example.org @ x", "@@example.org @ x"},
      {"see \"joe d\"@example.org", "", "see @example.org"},
      {"\"@example.org", "", "@example.org"},
      {"abc\"@example.org", "", "@example.org"},
      {"of joe.\"d e\"@example.org", "", "of @example.org"},
      {"\"a\" and \"joe@example.org\"", "\"a\" and \"" + kJoe + "@example.org\"",
       "\"a\" and \"@example.org\""},
      {"@", "@", "@"},
      {"a@b@c", "", "@@c"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(sentence(LocalParts::Keep, row.text), row.text);
    if (!row.hashed.empty()) {
      EXPECT_EQ(sentence(LocalParts::Hash, row.text), row.hashed);
    }
    EXPECT_EQ(sentence(LocalParts::Drop, row.text), row.dropped);
  }
}

}  // namespace
}  // namespace alignd::report
