#include "milter/answers.h"

#include <gtest/gtest.h>

namespace alignd::milter {
namespace {

TEST(Answers, TheKindStandsInTheVersion) {
  EXPECT_EQ(kindOf("Postfix 3.7.11"), MtaKind::Postfix);
  EXPECT_EQ(kindOf("8.17.1.9/8.17.1.9/Debian-2"), MtaKind::Sendmail);
  EXPECT_EQ(kindOf("Postfixed 1"), MtaKind::Other);
  EXPECT_EQ(kindOf("Other 1.0"), MtaKind::Other);
  EXPECT_EQ(kindOf(""), MtaKind::Unknown);
}

struct Row {
  MtaKind kind;
  bool overTcp;
  bool dataEvent;
  Answers want;
};

class AnswersTable : public testing::TestWithParam<Row> {};

TEST_P(AnswersTable, WhatIsAnswered) {
  const auto& [kind, overTcp, dataEvent, want] = GetParam();
  EXPECT_EQ(answersFor(kind, overTcp, dataEvent), want);
}

constexpr Answers kBody{.recipients = false, .data = false, .body = true};
constexpr Answers kNone{.recipients = false, .data = false, .body = false};
constexpr Answers kData{.recipients = false, .data = true, .body = true};
constexpr Answers kRecipients{.recipients = true, .data = false, .body = true};

INSTANTIATE_TEST_SUITE_P(
    All, AnswersTable,
    testing::Values(Row{MtaKind::Unknown, false, true, kBody}, Row{MtaKind::Other, false, true, kBody},
                    Row{MtaKind::Postfix, false, true, kNone}, Row{MtaKind::Postfix, false, false, kNone},
                    Row{MtaKind::Sendmail, false, true, kNone}, Row{MtaKind::Unknown, true, true, kData},
                    Row{MtaKind::Other, true, true, kData}, Row{MtaKind::Postfix, true, true, kData},
                    Row{MtaKind::Unknown, true, false, kRecipients},
                    Row{MtaKind::Postfix, true, false, kRecipients},
                    Row{MtaKind::Sendmail, true, true, kNone}, Row{MtaKind::Sendmail, true, false, kNone}));

TEST(KnownMtas, AreKnownByWhatTheyOffer) {
  KnownMtas known;
  const Offer one{.actions = 0x1ff, .steps = 0x1fffff};
  const Offer other{.actions = 0x1ff, .steps = 0x3ff};
  EXPECT_EQ(known.kindOf(one), MtaKind::Unknown);
  known.seen(one, MtaKind::Postfix);
  known.seen(other, MtaKind::Sendmail);
  known.seen(one, MtaKind::Unknown);  // a connection that did not say
  EXPECT_EQ(known.kindOf(one), MtaKind::Postfix);
  EXPECT_EQ(known.kindOf(other), MtaKind::Sendmail);
}

// One that waits for an answer must not be taken for one that does not.
TEST(KnownMtas, OfTwoKindsThatOfferTheSameNothingIsAssumed) {
  KnownMtas known;
  const Offer offer{.actions = 0x1ff, .steps = 0x1fffff};
  known.seen(offer, MtaKind::Postfix);
  known.seen(offer, MtaKind::Sendmail);
  EXPECT_EQ(known.kindOf(offer), MtaKind::Other);
  known.seen(offer, MtaKind::Postfix);
  EXPECT_EQ(known.kindOf(offer), MtaKind::Other);
}

TEST(KnownMtas, KeepOnlySoMany) {
  KnownMtas known;
  for (unsigned long steps = 0; steps < 1000; ++steps)
    known.seen({.actions = 1, .steps = steps}, MtaKind::Postfix);
  EXPECT_EQ(known.kindOf({.actions = 1, .steps = 15}), MtaKind::Postfix);
  EXPECT_EQ(known.kindOf({.actions = 1, .steps = 16}), MtaKind::Unknown);
}

}  // namespace
}  // namespace alignd::milter
