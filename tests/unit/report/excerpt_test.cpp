// What is quoted of foreign text is no longer than was said.
#include "verifier/excerpt.h"

#include <gtest/gtest.h>

namespace alignd {
namespace {

TEST(Excerpt, IsNeverLongerThanItsLimit) {
  struct Row {
    std::string_view text;
    std::size_t limit;
    std::string_view excerpt;
  };
  for (const Row& row :
       {Row{"", 0, ""}, Row{"abcd", 4, "abcd"}, Row{"abcdef", 5, "ab..."}, Row{"abcdef", 4, "a..."},
        Row{"abcdef", 3, "..."}, Row{"abcdef", 2, ".."}, Row{"abcdef", 0, ""}}) {
    EXPECT_EQ(excerpt(row.text, row.limit), row.excerpt) << row.limit;
    std::string kept(row.text);
    shorten(kept, row.limit);
    EXPECT_EQ(kept, row.excerpt) << row.limit;
  }
}

}  // namespace
}  // namespace alignd
