// The most common table of unit tests: a text goes in, a text comes out, and a remark says what the row is about.
#pragma once

#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace alignd::test {

struct TextRow {
  std::string_view text;
  std::string_view expected;
  std::string_view why = {};
};

/// Expects of every row that `make(text)` is `expected`; a failure shows the row's text, escaped, and its remark.
template <class Rows, class Make>
void expectEach(const Rows& rows, Make&& make) {
  EXPECT_GT(std::size(rows), 0U);
  for (const TextRow& row : rows) {
    EXPECT_EQ(make(row.text), row.expected) << testing::PrintToString(row.text) << ": " << row.why;
  }
}

}  // namespace alignd::test
