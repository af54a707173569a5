// Which signatures are evaluated, and what a hostile message may cost (DESIGN.md decision 16, peers.md T26,
// T27).
#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/dkim/play.h"
#include "verifier/dkim/verifier.h"

namespace alignd::dkim {
namespace {

using test::Play;
using test::SigningKey;

// A signature of another domain, each with a selector and a b= of its own; well-formed, without a key.
std::string junk(int number) {
  const std::string n = std::to_string(number);
  return "DKIM-Signature: v=1; a=rsa-sha256; d=junk" + n + ".example; s=s" + n + "; h=from; bh=AAAA; b=AAAA" +
         n + std::string(4 - n.size() % 4, 'A') + "AAAA";
}

TEST(Limits, JunkCannotDisplaceTheAlignedSignature) {
  for (const char* author : {"example.org", "mail.example.org", "org"}) {  // d= equal, above, below
    Play play;
    play.authorDomain = author;
    play.sign();
    const std::string good = play.top();
    play.fields.erase(play.fields.begin());
    for (int i = 0; i < 30; ++i) play.fields.insert(play.fields.begin(), junk(i));
    play.fields.push_back(good);
    const Result result = play.run();
    ASSERT_EQ(result.signatures.size(), 31U);
    EXPECT_EQ(result.signatures.back().status, Status::Pass) << author;
    EXPECT_EQ(result.notEvaluated, 21U);
    EXPECT_EQ(result.signatures[8].reason, Reason::KeyNotFound) << "top down after the aligned one";
    EXPECT_EQ(result.signatures[9].reason, Reason::NotEvaluated);
    EXPECT_EQ(result.signatures[9].text, "over the limit of 10 signatures");
    const std::set<std::string> questions(play.resolver->asked.begin(), play.resolver->asked.end());
    EXPECT_LE(questions.size(), 11U) << "asked ahead while below the cap, and the aligned one";
  }
}

TEST(Limits, UnalignedSignaturesGoTopDown) {
  Play play;
  play.authorDomain = "";
  for (int i = 0; i < 12; ++i) play.fields.insert(play.fields.begin(), junk(i));
  const Result result = play.run();
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(result.signatures[i].reason, i < 10 ? Reason::KeyNotFound : Reason::NotEvaluated) << i;
  }
}

TEST(Limits, FieldsOverTheParseCapAreCountedOnly) {
  Play play;
  for (int i = 0; i < 70; ++i) play.fields.push_back(junk(i));
  const Result result = play.run();
  EXPECT_EQ(result.fields, 70U);
  EXPECT_EQ(result.unparsed, 20U);
  EXPECT_EQ(result.signatures.size(), 50U);
  EXPECT_EQ(result.notEvaluated, 40U);
}

TEST(Limits, FaultySignaturesAskNothingAndTakeNoPlace) {
  Play play;
  play.sign();
  for (int i = 0; i < 40; ++i) {
    play.fields.insert(play.fields.begin(),
                       "DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=to; bh=AA; b=AA" +
                           std::string(i % 2 == 0 ? "; b=AA" : ""));
  }
  const Result result = play.run();
  EXPECT_EQ(result.signatures.back().status, Status::Pass);
  EXPECT_EQ(result.notEvaluated, 0U);
  for (const auto& name : play.resolver->asked) EXPECT_EQ(name, "s1._domainkey.example.org");
}

TEST(Limits, BodyDigests) {
  Play play;
  for (int i = 1; i <= 10; ++i) {
    play.sign(SigningKey::rsa(2048),
              {.s = "s" + std::to_string(i), .extra = "l=" + std::to_string(i) + "; "});
  }
  const Result result = play.run();
  std::size_t refused = 0;
  for (const auto& signature : result.signatures) {
    if (signature.reason != Reason::WorkLimit) continue;
    ++refused;
    EXPECT_EQ(signature.status, Status::Policy);
    EXPECT_EQ(signature.text, "too many distinct body hashes in this message");
  }
  EXPECT_EQ(refused, 2U) << "eight of ten";
}

TEST(Limits, CanonicalizedHeaderOctets) {
  Play play;
  play.fields.push_back("X-Big: " + std::string(1000, 'x'));
  play.options.maximumHeaderBytes = 3500;
  for (int i = 0; i < 3; ++i)
    play.sign(SigningKey::rsa(2048), {.s = "s" + std::to_string(i), .h = "from:x-big"});
  const Result result = play.run();
  EXPECT_EQ(result.signatures[0].status, Status::Pass);
  EXPECT_EQ(result.signatures[1].status, Status::Pass);
  EXPECT_EQ(result.signatures[2].reason, Reason::WorkLimit);
  EXPECT_EQ(result.signatures[2].text, "too many octets of signed header in this message");
  play.bounded = false;
  EXPECT_EQ(play.run().signatures[2].text, result.signatures[2].text) << "of whoever counts no work";
}

TEST(Limits, ThousandsOfFields) {
  Play play;
  std::string names = "from";
  for (int i = 0; i < 5000; ++i) play.fields.push_back("Received: number " + std::to_string(i));
  for (int i = 0; i < 250; ++i) names += ":received";
  play.sign(SigningKey::rsa(2048), {.h = names});
  EXPECT_EQ(play.one().status, Status::Pass);
  play.fields[5] = "Received: the top one was not covered";
  EXPECT_EQ(play.one().status, Status::Pass);
  play.fields.back() = "Received: the bottom one was";
  EXPECT_EQ(play.one().status, Status::Fail);
}

TEST(HeaderB, IsUniqueInTheMessage) {
  Play play;
  const auto field = [](std::string_view b) {
    return "DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=AAAA; b=" + std::string(b);
  };
  play.fields = {field("abcdefghijklAAAA"),      field("abcdefghijklBBBB"),
                 field("ABCDEFGHIJKLMNOP"),      field("abcd"),
                 field("zzzzyyyyxxxx"),          field("zzzzyyyyxxxx"),
                 field("AB\r\n CDEFGHIJKLmnop"), "DKIM-Signature: "};
  const Result result = play.run();
  const std::vector<std::string> expected{"abcdefghijklA", "abcdefghijklB", "ABCDEFGHIJKLM", "abcd",
                                          "zzzzyyyy",      "zzzzyyyy",      "ABCDEFGHIJKLm", ""};
  ASSERT_EQ(result.signatures.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(result.signatures[i].headerB, expected[i]) << i;
}

TEST(Reuse, NothingIsCarriedIntoTheNextMessage) {
  Play play;
  play.sign();
  const auto resolver = play.resolver;
  MessageVerifier verifier(play.options);
  BodyHashes bodies;
  for (int round = 0; round < 3; ++round) {
    dns::Lookups lookups(resolver, {});
    message::HeaderBlock header;
    verifier.reset();
    bodies.reset();
    for (const auto& field : play.fields) {
      const std::size_t colon = field.find(':');
      header.add({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)});
      verifier.field(header, header.size() - 1, lookups);
    }
    if (round == 1) continue;  // aborted in the header
    verifier.endOfHeader(header, message::Author(), bodies, lookups);
    bodies.feed(std::as_bytes(std::span(play.body.data(), play.body.size())));
    bodies.finish();
    ASSERT_TRUE(verifier.ready(lookups));
    const Result result =
        verifier.finish(header, bodies, lookups, {}, UnixTime{std::chrono::seconds(play.now)});
    ASSERT_EQ(result.signatures.size(), 1U);
    EXPECT_EQ(result.signatures[0].status, Status::Pass);
  }
}

}  // namespace
}  // namespace alignd::dkim
