// The bytes that were signed, from what milters are given.
#include "milter/field_bytes.h"

#include <gtest/gtest.h>

namespace alignd::milter {
namespace {

std::string rebuilt(std::string_view value, bool leadingSpace = true) {
  std::string out = "left over";
  rebuildValue(value, leadingSpace, out);
  return out;
}

TEST(FieldBytes, FoldsGetTheirCrBack) {
  EXPECT_EQ(rebuilt(""), "");
  EXPECT_EQ(rebuilt(" a"), " a");
  EXPECT_EQ(rebuilt("a"), "a");
  EXPECT_EQ(rebuilt(" a\n b\n\tc"), " a\r\n b\r\n\tc");
  EXPECT_EQ(rebuilt("\n a"), "\r\n a");
  EXPECT_EQ(rebuilt(" a\r\n b"), " a\r\n b");  // has it already
  EXPECT_EQ(rebuilt(" a\n \n b"), " a\r\n \r\n b");
}

TEST(FieldBytes, WhatIsNoFoldStays) {
  EXPECT_EQ(rebuilt(" a\nb"), " a\nb");
  EXPECT_EQ(rebuilt(" a\n"), " a\n");
  EXPECT_EQ(rebuilt(" a\rb"), " a\rb");
}

TEST(FieldBytes, TheBlankIsAssumedWhenTheMtaHidesIt) {
  EXPECT_EQ(rebuilt("a", false), " a");
  EXPECT_EQ(rebuilt("", false), " ");
}

TEST(FieldBytes, ForTheMta) {
  EXPECT_EQ(forMta("a;\r\n\tb", true), " a;\n\tb");
  EXPECT_EQ(forMta("a;\r\n\tb", false), "a;\n\tb");
  EXPECT_EQ(forMta("a\rb", false), "a\rb");
}

}  // namespace
}  // namespace alignd::milter
