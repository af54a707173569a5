// The structure of chains: RFC 8617 section 5.2 steps 1 to 3, without crypto.
#include "verifier/arc/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::arc {
namespace {

using testing::HasSubstr;

struct Built {
  message::HeaderBlock header;
  Chain chain;
  void add(std::string_view name, const std::string& value) {
    header.add({name, value});
    chain.add(header, header.size() - 1, 200);
  }
  void results(const std::string& i) { add("ARC-Authentication-Results", " i=" + i + "; x; none"); }
  void message(const std::string& i) {
    add("arc-message-signature", " i=" + i + "; a=rsa-sha256; d=a.example; s=s; h=from; bh=aaaa; b=aaaa");
  }
  void seal(const std::string& i, const std::string& cv) {
    add("ARC-SEAL", " i=" + i + "; a=rsa-sha256; d=a.example; s=s; cv=" + cv + "; b=aaaa");
  }
  void set(int i) {
    results(std::to_string(i));
    message(std::to_string(i));
    seal(std::to_string(i), i == 1 ? "none" : "pass");
  }
};

TEST(Chain, None) {
  Built built;
  built.add("X-ARC-Seal", " i=1");
  built.add("ARC-Sealed", " i=1");
  built.add("ARC-", " i=1");
  EXPECT_TRUE(built.chain.empty());
  EXPECT_EQ(built.chain.problem(), "");
}

TEST(Chain, AnyOrder) {
  Built built;
  built.seal("2", "pass");
  built.results("1");
  built.message("2");
  built.seal("1", "none");
  built.results("2");
  built.message("1");
  EXPECT_EQ(built.chain.problem(), "");
  ASSERT_EQ(built.chain.sets().size(), 2U);
  EXPECT_EQ(*built.chain.sets()[1].seal, 0U);
}

TEST(Chain, Fifty) {
  Built built;
  for (int i = 50; i > 0; --i) built.set(i);
  EXPECT_EQ(built.chain.problem(), "");
  EXPECT_EQ(built.chain.sets().size(), 50U);
  built.set(51);
  EXPECT_EQ(built.chain.problem(), "more than 50 ARC sets");
  for (int i = 0; i < 10'000; ++i) built.results("1");
  EXPECT_EQ(built.chain.sets().size(), 50U);
}

TEST(Chain, Broken) {
  const struct {
    const char* what;
    void (*build)(Built&);
  } rows[] = {
      {"instance 2: no ARC-Message-Signature", [](Built& b) { b.set(1), b.results("2"); }},  // T46
      {"instance 1: no ARC-Authentication-Results", [](Built& b) { b.message("1"), b.seal("1", "none"); }},
      {"instance 1: no ARC-Seal", [](Built& b) { b.results("1"), b.message("1"); }},
      {"instance 2: the set is missing", [](Built& b) { b.set(1), b.set(3); }},
      {"instance 1: the set is missing", [](Built& b) { b.set(2); }},
      {"instance 1: two ARC-Seal fields", [](Built& b) { b.set(1), b.seal("1", "none"); }},
      {"instance 1: two ARC-Message-Signature fields", [](Built& b) { b.set(1), b.message("01"); }},
      {"instance 1: two ARC-Authentication-Results fields", [](Built& b) { b.set(1), b.results("1"); }},
      {"ARC-Authentication-Results without a valid i=", [](Built& b) { b.set(1), b.results("0"); }},
      {"ARC-Message-Signature without a valid i=", [](Built& b) { b.set(1), b.message("x"); }},
      {"ARC-Seal without a valid i=", [](Built& b) { b.set(1), b.add("ARC-Seal", " word"); }},
      {"more than 50 ARC sets", [](Built& b) { b.set(1), b.results("51"); }},
      {"instance 2: cv= is none instead of pass",
       [](Built& b) { b.set(1), b.results("2"), b.message("2"), b.seal("2", "none"); }},
      {"instance 1: cv= is pass instead of none",
       [](Built& b) { b.results("1"), b.message("1"), b.seal("1", "pass"); }},
      {"instance 1: the sealer a.example says that the chain failed",
       [](Built& b) { b.results("1"), b.message("1"), b.seal("1", "fail"); }},
      {"instance 3: the sealer a.example says that the chain failed",
       [](Built& b) { b.seal("3", "fail"); }},  // step 2 before step 3
      {"instance 1: cv= is fail instead of none",
       [](Built& b) { b.results("1"), b.message("1"), b.seal("1", "fail"), b.set(2); }},
  };
  for (const auto& row : rows) {
    Built built;
    row.build(built);
    EXPECT_EQ(built.chain.problem(), row.what);
    EXPECT_FALSE(built.chain.empty());
  }
}

TEST(Chain, NothingIsCarriedOver) {  // T36
  Built built;
  built.set(1);
  built.set(3);
  built.chain.reset();
  EXPECT_TRUE(built.chain.empty());
  EXPECT_TRUE(built.chain.sets().empty());
  built.set(1);
  EXPECT_EQ(built.chain.problem(), "");
}

TEST(Chain, HostileAuthResults) {  // T45: what it says does not matter to the chain, RFC 8617 section 3.4
  Built built;
  built.add("ARC-Authentication-Results", " i=1; " + std::string(700, 'x') + "; (null)=pass; \"((((");
  built.message("1");
  built.seal("1", "none");
  EXPECT_EQ(built.chain.problem(), "");
}

}  // namespace
}  // namespace alignd::arc
