#include "verifier/arc/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::arc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> heard(std::string_view payload) {
  std::vector<std::string> out;
  for (const auto& one : witnesses(payload)) out.push_back(one.method + " " + one.domain);
  return out;
}

TEST(Trust, Witnesses) {
  EXPECT_THAT(
      heard("x; dkim=pass header.d=A.Example header.i=@sub.a.example; spf=pass smtp.mailfrom=jo@b.example; "
            "dmarc=pass header.from=a.example"),
      ElementsAre("dkim a.example", "spf b.example", "dmarc a.example"));
  EXPECT_THAT(heard("mx.google.com; dkim=pass header.i=@a.example header.s=s header.b=Ab/c"),
              ElementsAre("dkim a.example"));
  EXPECT_THAT(heard("x; dkim=pass header.d=a.example. header.i=jo@a.example"), ElementsAre("dkim a.example"));
  EXPECT_THAT(heard("mx.microsoft.com 1; dmarc=pass action=none header.from=a.example"),
              ElementsAre("dmarc a.example"));
}

TEST(Trust, WhatSaysNothing) {
  constexpr std::string_view kRows[] = {
      "x; none",
      "x; dkim=fail header.d=a.example; spf=softfail smtp.mailfrom=a.example",
      "x; dkim=pass",
      "x; dkim=pass header.d=a.example header.d=b.example",   // of two, which?
      "x; dkim=pass header.d=a.example header.i=@b.example",  // they contradict each other
      "x; dkim=pass header.d=example",                        // one label
      "x; spf=pass smtp.mailfrom=jo@",                        // no domain
      "x; dkim=pass header.d=\"a.example (c)\"",              // no host name
      "x; dkim=pass junk header.d=a.example",
      "x; spf=pass smtp.helo=a.example",  // not the MAIL FROM identity
      "x; arc=pass header.d=a.example",
      "x; dkim/2=pass header.d=a.example",
      "x 2; dkim=pass header.d=a.example",  // another version
      "x y; dkim=pass header.d=a.example",  // no authserv-id
      "x; dkim=pass header.d=a.example (open",
      "x; spf=pass smtp.mailfrom=\"a; dmarc=pass header.from=bank.example\"@b (",
      "",
  };
  for (const auto& payload : kRows) EXPECT_THAT(heard(payload), IsEmpty()) << payload;
}

TEST(Trust, HostileTextStaysText) {
  EXPECT_THAT(
      heard("x; spf=pass smtp.mailfrom=\"a; dmarc=pass header.from=bank.example\"@b.example (dkim=pass "
            "header.d=bank.example; dmarc=pass header.from=bank.example)"),
      ElementsAre("spf b.example"));
  std::string many = "x";
  for (int i = 0; i < 1000; ++i) many += "; dkim=pass header.d=a.example";
  EXPECT_EQ(heard(many).size(), 8U);
}

TEST(Trust, SpeaksFor) {
  EXPECT_TRUE(speaksFor({"dkim", "a.example"}, "a.example"));
  EXPECT_TRUE(speaksFor({"spf", "a.example"}, "mail.a.example"));
  EXPECT_FALSE(speaksFor({"dmarc", "a.example"}, "mail.a.example")) << "it says so of a.example alone";
  EXPECT_FALSE(speaksFor({"dkim", "mail.a.example"}, "a.example")) << "hangs on the organizational domain";
  EXPECT_FALSE(speaksFor({"dkim", "a.example"}, "notreallya.example"));
  EXPECT_FALSE(speaksFor({"dkim", "a.example"}, ""));
}

TEST(Trust, Listed) {
  Options options;
  EXPECT_FALSE(isTrusted("lists.example", options)) << "nobody by default";
  EXPECT_FALSE(isTrusted("", options));
  options.trustedSealers = {"Lists.Example.", ""};
  EXPECT_TRUE(isTrusted("lists.example", options));
  EXPECT_FALSE(isTrusted("sub.lists.example", options));
  EXPECT_FALSE(isTrusted("", options));
}

TEST(Trust, From) {
  Options options;
  options.trustedSealers = {"t.example"};
  std::vector<ChainSet> sets(3);
  const auto with = [&](const char* one, const char* two, const char* three) {
    sets[0].sealed.domain = one;
    sets[1].sealed.domain = two;
    sets[2].sealed.domain = three;
    return trustedFrom(sets, options);
  };
  EXPECT_EQ(with("t.example", "t.example", "t.example"), 1);
  EXPECT_EQ(with("x.example", "t.example", "t.example"), 2);
  EXPECT_EQ(with("t.example", "x.example", "t.example"), 3);
  EXPECT_EQ(with("t.example", "t.example", "x.example"), 0);
}

}  // namespace
}  // namespace alignd::arc
