// What one message may make the verifier do (issue 12 item 8): counted, so that no test needs a clock.
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/dkim/play.h"
#include "verifier/dkim/coverage.h"
#include "verifier/dkim/header_hash.h"
#include "verifier/dkim/verifier.h"

namespace alignd::dkim {
namespace {

using test::Play;
using test::SigningKey;

constexpr std::size_t kFat = 900'000;  // octets of header that the attacks have

std::size_t headerOctets(const Play& play) {
  std::size_t octets = 0;
  for (const auto& field : play.fields) octets += field.size() + 2;
  return octets;
}

// Ten signatures over 250 To fields of 3.6 kB, a hundred recipients that stand in none of them.
TEST(Work, RecipientsAreLookedForOnceAMessage) {
  Play play;
  std::string names = "from";
  for (int i = 0; i < 250; ++i) {
    std::string list = "To: ";
    while (list.size() < kFat / 250) list += "someone" + std::to_string(list.size()) + "@example.net,";
    play.fields.push_back(list + "x@example.net");
    names += ":to";
  }
  play.recipients.clear();
  for (int i = 0; i < 100; ++i) play.recipients.push_back("rcpt" + std::to_string(i) + "@example.net");
  const auto ofSignatures = [&](int count) {
    Play one = play;
    for (int i = 0; i < count; ++i) {
      one.sign(SigningKey::rsa(1024), {.s = "s" + std::to_string(i), .h = names});
    }
    const Result result = one.run();
    EXPECT_EQ(result.signatures.size(), static_cast<std::size_t>(count));
    for (const auto& signature : result.signatures) {
      EXPECT_EQ(signature.status, Status::Pass) << signature.text;
      EXPECT_FALSE(signature.recipientSigned);
    }
    return one.work.spent();
  };
  // A signature hashes the header once; the search comes on top of all of them, not of each.
  const Work one = ofSignatures(1);
  const Work ten = ofSignatures(10);
  const std::uint64_t header = headerOctets(play);
  EXPECT_LT(one.hashedOctets, header + header / 8);
  EXPECT_LT(ten.hashedOctets, 10 * header + header / 4);
  EXPECT_LT(ten.canonicalizedOctets, 2 * header) << "each field is canonicalized once";
}

TEST(Work, ARecipientFarDownIsFoundWhenItIsCovered) {
  Play play;
  play.fields = {"From: ann@example.org", "To: bob@example.net", "To: eve@example.net",
                 "Cc: \"b\" <x@y.example>"};
  play.recipients = {"nobody@example.net", "BOB@example.net", "bob@example.net"};
  play.sign(SigningKey::rsa(1024), {.s = "s1", .h = "from:to"});
  play.sign(SigningKey::rsa(1024), {.s = "s2", .h = "from:to:to"});
  play.sign(SigningKey::rsa(1024), {.s = "s3", .h = "from:cc"});
  const Result result = play.run();
  ASSERT_EQ(result.signatures.size(), 3U);
  EXPECT_FALSE(result.signatures[0].recipientSigned) << "Cc names somebody else";
  EXPECT_TRUE(result.signatures[1].recipientSigned) << "the second To from the bottom";
  EXPECT_FALSE(result.signatures[2].recipientSigned) << "only the bottom one";
}

// A hundred copies in z= of a field that stands a hundred times with 9 kB each, in ten signatures that fail.
TEST(Work, CopiesAreComparedWithinTheBudget) {
  Play play;
  std::string z = "z=X-Fat:0";
  for (int i = 1; i < 100; ++i) z += "|X-Fat:" + std::to_string(i);
  for (int i = 0; i < 100; ++i) play.fields.push_back("X-Fat: " + std::string(kFat / 100, 'x'));
  for (int i = 0; i < 10; ++i) {
    play.sign(SigningKey::rsa(1024), {.s = "s" + std::to_string(i), .h = "from", .extra = z + "; "});
  }
  play.fields[10] += "x";  // From
  const std::uint64_t header = headerOctets(play);
  const Result result = play.run();
  for (const auto& signature : result.signatures) {
    EXPECT_EQ(signature.status, Status::Fail);
    EXPECT_EQ(signature.diagnosis, "key_matches; changed=x-fat");
  }
  EXPECT_LT(play.work.spent().hashedOctets, 11 * header) << "each field once a signature";

  play.options.maximumHeaderBytes = header * 3;
  const Result less = play.run();
  EXPECT_EQ(less.signatures.front().diagnosis, "key_matches; changed=x-fat");
  EXPECT_EQ(less.signatures.back().diagnosis, "key_matches") << "what is not known is not claimed";
}

TEST(Work, ListsInADiagnosisAreBounded) {
  Play play;
  std::string names = "from";
  for (int i = 0; i < 200; ++i) {
    const std::string name = "X-" + std::to_string(i) + std::string(100, 'n');
    play.fields.push_back(name + ": 1");
    play.fields.push_back(name + ": 2");
    names += ":" + name;
  }
  play.sign(SigningKey::rsa(1024), {.h = names});
  play.fields[1] += "x";
  const auto result = play.one();
  EXPECT_TRUE(result.diagnosis.starts_with("key_matches; repeated=x-0")) << result.diagnosis;
  EXPECT_TRUE(result.diagnosis.ends_with(",...")) << result.diagnosis;
  EXPECT_LT(result.diagnosis.size(), 400U);
}

// In nanoseconds, about: what OpenSSL 3.0 takes for a verification.
TEST(Work, KeysHaveAPrice) {
  const auto priceOf = [](const SigningKey& key) { return parseKeyRecord(key.record()).key->cost(); };
  EXPECT_EQ(priceOf(SigningKey::rsa(1024)), 4'352U);
  EXPECT_EQ(priceOf(SigningKey::rsa(2048)), 17'408U);
  EXPECT_EQ(priceOf(SigningKey::ed25519()), 113'000U);
}

TEST(Work, WhatGoesOverTheBudgetIsLeftUndone) {
  struct Row {
    std::uint64_t budget;
    std::size_t passing;
    std::string_view text;
    std::string_view why;
  };
  const Row rows[] = {
      {100'000, 3, "", "enough"},
      {45'000, 2, "too much work in this message", "RSA takes 17,408 each"},
      {10'000, 0, "too much work in this message", "not for one"},
      {100, 0, "too much work in this message", "not even for the header"},
  };
  for (const Row& row : rows) {
    Play play;
    play.work = WorkBudget(row.budget);
    for (int i = 0; i < 3; ++i) play.sign(SigningKey::rsa(2048), {.s = "s" + std::to_string(i)});
    const Result result = play.run();
    std::size_t passing = 0;
    for (const auto& signature : result.signatures) {
      if (signature.passes()) {
        ++passing;
        continue;
      }
      EXPECT_EQ(signature.status, Status::Policy) << row.why;
      EXPECT_EQ(signature.reason, Reason::WorkLimit) << row.why;
      EXPECT_EQ(signature.text, row.text) << row.why;
    }
    EXPECT_EQ(passing, row.passing) << row.why;
    EXPECT_EQ(play.work.refused(), row.passing < 3) << row.why;
    EXPECT_LE(play.work.spent().units(), row.budget) << row.why;
  }
}

// Wherever it ends, it ends by saying so: a digest is never one of a part.
TEST(Work, AnyBudgetGivesTheDigestOrNone) {
  message::HeaderBlock header;
  header.add({"DKIM-Signature", " b=x"});
  header.add({"Subject", " [list]  hello"});
  header.add({"From", " ann@example.org"});
  const std::vector<std::string> names{"from", "subject"};
  const OwnField own{0, 3, 4};
  const HeaderVariant variant{1, "Subject: hello"};
  std::optional<Digest> whole;
  std::size_t without = 0;
  for (std::uint64_t units = 0; units < 2000 && !whole; ++units) {
    WorkBudget work(units);
    HeaderHasher hasher(1'000'000, &work);
    hasher.start(header);
    whole = hasher.hash(Canonicalization::Relaxed, names, own, &variant);
    EXPECT_LE(work.spent().units(), units);
    EXPECT_EQ(work.refused(), !whole) << units;
    without += whole ? 0 : 1;
  }
  EXPECT_GT(without, 100U);
  HeaderHasher free(1'000'000);
  free.start(header);
  ASSERT_TRUE(whole);
  EXPECT_EQ(free.hash(Canonicalization::Relaxed, names, own, &variant), whole);
  EXPECT_NE(free.hash(Canonicalization::Relaxed, names, own), whole);
}

// FNV-1a says the same of these two.
TEST(Work, NamesThatCollideAreTwo) {
  message::HeaderBlock header;
  for (const char* name : {"Liquid", "From", "Costarring", "Liquid"}) header.add({name, " x"});
  HeaderHasher hasher(1000);
  hasher.start(header);
  EXPECT_EQ(hasher.count("liquid"), 2U);
  EXPECT_EQ(hasher.count("costarring"), 1U);
  EXPECT_EQ(hasher.group("costarring").front(), 2U);
  EXPECT_EQ(hasher.count("altarage"), 0U);
}

TEST(Work, AHugeHeaderKeepsNoMemory) {
  message::HeaderBlock huge;
  huge.add({"DKIM-Signature", " b=x"});
  huge.add({"X-" + std::string(100'000, 'n'), " " + std::string(100'000, 'v')});
  message::HeaderBlock small;
  small.add({"DKIM-Signature", " b=x"});
  const std::vector<std::string> names{"x-" + std::string(100'000, 'n')};
  HeaderHasher hasher(1'000'000);
  hasher.start(small);
  const auto before = hasher.hash(Canonicalization::Relaxed, names, {0, 3, 4});
  hasher.start(huge);
  EXPECT_NE(hasher.hash(Canonicalization::Relaxed, names, {0, 3, 4}), before);
  hasher.start(small);
  EXPECT_EQ(hasher.hash(Canonicalization::Relaxed, names, {0, 3, 4}), before);
}

// The search for recipients is paid for as hashing is.
TEST(Work, RecipientsThatCannotBeLookedForAreNotFound) {
  message::HeaderBlock block;
  block.add({"To", " bob@example.net"});
  const std::vector<std::string> recipients{"bob@example.net"};
  for (const std::size_t budget : {10U, 1000U}) {
    HeaderHasher hasher(budget);
    hasher.start(block);
    EXPECT_EQ(findRecipients(block, hasher, recipients).to, budget > 10 ? 1U : 0U);
  }
  // No more than a hundred are looked for.
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("r" + std::to_string(i) + "@example.net");
  many.push_back("bob@example.net");
  HeaderHasher hasher(1000);
  hasher.start(block);
  EXPECT_EQ(findRecipients(block, hasher, many).to, 0U);
}

TEST(Work, Ed25519DiagnosisPaysToo) {
  Play play;
  play.work = WorkBudget(150'000);
  play.sign(SigningKey::ed25519());
  play.fields[1] += "x";
  const auto result = play.one();
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_EQ(result.diagnosis, "");
}

TEST(Work, DiagnosisPaysToo) {
  Play play;
  play.work = WorkBudget(25'000);
  play.sign(SigningKey::rsa(2048));
  play.fields[1] += "x";
  const auto result = play.one();
  EXPECT_EQ(result.status, Status::Fail) << "there was enough for the verification";
  EXPECT_EQ(result.diagnosis, "") << "and no more for the reason of its failure";
}

}  // namespace
}  // namespace alignd::dkim
