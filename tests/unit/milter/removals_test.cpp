#include "milter/removals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::milter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RemovalsTest : public testing::Test {
 protected:
  RemovalsTest() {
    ours_.authservId = "mx.example";
    ours_.additionalIds = {"border.example"};
  }
  std::vector<int> ordinals() const {
    std::vector<int> out;
    for (const auto& entry : removals_.entries()) out.push_back(entry.ordinal);
    return out;
  }
  authres::Options ours_;
  Removals removals_;
};

// MTAs count the fields of one name, in any case, blanks before the colon not being part of it.
TEST_F(RemovalsTest, CountsAsMtasDo) {
  removals_.begin(ours_, false);
  removals_.field("Subject", " x");
  removals_.field("Authentication-Results", " other.example; spf=pass");
  removals_.field("authentication-results", " mx.example; spf=pass");
  removals_.field("Authentication-Results-Old", " mx.example; spf=pass");
  removals_.field("Authentication-Results \t", " mx.example; spf=pass");
  removals_.field("X-Alignd-Disposition", " x");
  EXPECT_THAT(ordinals(), ElementsAre(2, 3, 1));
  EXPECT_EQ(removals_.removedResults(), 2U);
}

// A bare CR ends the line for some readers: what hides one of ours behind it goes as a whole.
TEST_F(RemovalsTest, AFieldThatHidesOne) {
  removals_.begin(ours_, true);
  removals_.field("Subject", " x");
  removals_.field("X-Subject", " x");
  removals_.field("SUBJECT ", " hi\rAuthentication-Results: mx.example; dkim=pass");
  removals_.field("Subject", " hi\rAuthentication-Results: other.example; dkim=pass");
  ASSERT_THAT(ordinals(), ElementsAre(2));
  EXPECT_STREQ(removals_.entries()[0].name(), "subject");
  EXPECT_THAT(removals_.values(), ElementsAre(" hi Authentication-Results: mx.example; dkim=pass"));
  EXPECT_EQ(removals_.removedResults(), 1U);
}

// It goes under the name that it has, and no field of ours instead: an MTA that cannot remove it says so, and we defer.
TEST_F(RemovalsTest, AFieldWithoutANameThatHidesOne) {
  removals_.begin(ours_, false);
  removals_.field(kResultsField, " other.example; spf=pass");
  removals_.field("", " hi");
  removals_.field(" ", " hi\rAuthentication-Results: mx.example; dkim=pass");
  ASSERT_THAT(ordinals(), ElementsAre(2));
  EXPECT_STREQ(removals_.entries()[0].name(), "");
}

TEST_F(RemovalsTest, WhatABorderHostWroteIsNoForgery) {
  removals_.begin(ours_, true);
  removals_.field(kResultsField, " border.example; spf=pass", Removals::Claim::Kept);
  removals_.field(kResultsField, " border.example; spf=softfail", Removals::Claim::Replaced);
  removals_.field(kResultsField, " border.example; spf=fail");
  EXPECT_THAT(ordinals(), ElementsAre(2, 3));
  EXPECT_EQ(removals_.removedResults(), 1U);
  EXPECT_THAT(removals_.values(), ElementsAre(" border.example; spf=softfail", " border.example; spf=fail"));
}

TEST_F(RemovalsTest, NothingIsCarriedOver) {
  removals_.begin(ours_, true);
  removals_.field(kResultsField, " other.example; spf=pass");
  removals_.field(kResultsField, " mx.example; spf=pass");
  removals_.begin(ours_, false);
  EXPECT_THAT(ordinals(), IsEmpty());
  removals_.field(kResultsField, " mx.example; spf=pass");
  EXPECT_THAT(ordinals(), ElementsAre(1));
  EXPECT_THAT(removals_.values(), IsEmpty());
}

}  // namespace
}  // namespace alignd::milter
