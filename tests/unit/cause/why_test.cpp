// One cause a message.
#include "verifier/cause/why.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/cause/play.h"
#include "verifier/cause/evidence.h"

namespace alignd::cause {
namespace {

using dkim::Reason;
using Signed = dkim::Status;
using test::failing;
using test::signature;

TEST(Why, WordsAreDistinct) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kWhys; ++i) words.insert(word(static_cast<Why>(i)));
  EXPECT_EQ(words.size(), kWhys);
  EXPECT_EQ(words.count("unknown"), 0U);
}

TEST(Why, ByTheStateOfTheMessage) {
  Verdict verdict = failing();
  verdict.dmarc.status = dmarc::Status::Pass;
  EXPECT_EQ(word(whyOf(verdict)), "aligned");
  verdict.exemption = Exemption::Authenticated;
  EXPECT_EQ(word(whyOf(verdict)), "exempt");
  verdict = failing();
  verdict.author.problem = message::AuthorProblem::SeveralFrom;
  EXPECT_EQ(word(whyOf(verdict)), "ambiguous_author");
  verdict = failing();
  verdict.dmarc.status = dmarc::Status::PermError;
  EXPECT_EQ(word(whyOf(verdict)), "policy_broken");
  verdict.dmarc.status = dmarc::Status::None;
  EXPECT_EQ(word(whyOf(verdict)), "no_policy");
  verdict.dmarc.walk.push_back({"bank.example", dns::Status::Ok, "", "2 DMARC records, all discarded", true});
  EXPECT_EQ(word(whyOf(verdict)), "policy_broken");
  verdict.dmarc.walk.front().asked = false;
  EXPECT_EQ(word(whyOf(verdict)), "no_policy") << "the walk ended before";
}

TEST(Why, BySignatureOfTheAuthor) {
  const struct {
    Signed status;
    Reason reason;
    const char* diagnosis;
    const char* why;
  } lines[] = {
      {Signed::Fail, Reason::BodyHashMismatch, "header_verifies", "modified"},
      {Signed::Fail, Reason::SignatureMismatch, "key_matches; subject_tag=[l]", "modified"},
      {Signed::Fail, Reason::SignatureMismatch, "key_matches; subject_tag=[l; key_differs; x]", "modified"},
      {Signed::Fail, Reason::SignatureMismatch, "", "modified"},
      {Signed::Fail, Reason::SignatureMismatch, "key_differs", "key_mismatch"},
      {Signed::Fail, Reason::BodyHashMismatch, "header_fails_too; key_differs", "key_mismatch"},
      {Signed::PermError, Reason::KeyNotFound, "", "key_missing"},
      {Signed::PermError, Reason::KeyRevoked, "", "key_unusable"},
      {Signed::PermError, Reason::KeySyntax, "", "key_unusable"},
      {Signed::Policy, Reason::WeakKey, "", "key_unusable"},
      {Signed::Policy, Reason::Expired, "", "signature_expired"},
      {Signed::Policy, Reason::NotYetValid, "", "signature_expired"},
      {Signed::Neutral, Reason::Syntax, "", "signature_unusable"},
      {Signed::Policy, Reason::WeakAlgorithm, "", "signature_unusable"},
      {Signed::Policy, Reason::UnsignedBody, "", "signature_unusable"},
      {Signed::Fail, Reason::TakenOver, "", "modified"},
      {Signed::PermError, Reason::TakenOver, "", "signature_unusable"},
      {Signed::TempError, Reason::KeyDnsFailure, "", "key_missing"},
      {Signed::Pass, Reason::Verified, "", "strict_alignment"},
  };
  for (const auto& line : lines) {
    Verdict verdict = failing();
    verdict.spf = test::spf("bank.example", spf::Status::Fail);
    verdict.dkim.signatures = {signature("esp.example", Signed::Pass, Reason::Verified),
                               signature("news.bank.example", line.status, line.reason, line.diagnosis)};
    EXPECT_EQ(word(whyOf(verdict)), line.why) << dkim::reasonWord(line.reason) << ' ' << line.diagnosis;
  }
}

TEST(Why, BelowAPublicSuffixIsAnotherOrganization) {  // psd=y
  Verdict verdict = failing();
  verdict.dmarc.adkim = verdict.dmarc.aspf = dmarc::Alignment::Relaxed;
  verdict.dkim.signatures = {signature("customer.bank.example", Signed::Pass, Reason::Verified)};
  EXPECT_EQ(word(whyOf(verdict)), "unaligned_signer");
  verdict.dkim.signatures.clear();
  verdict.spf = test::spf("customer.bank.example", spf::Status::Pass);
  EXPECT_EQ(word(whyOf(verdict)), "unaligned_signer");
}

TEST(Why, OfSeveralSignaturesTheOneThatSaysMost) {
  Verdict verdict = failing();
  verdict.dkim.signatures = {
      signature("bank.example", Signed::PermError, Reason::KeyNotFound),
      signature("bank.example", Signed::Fail, Reason::BodyHashMismatch, "header_verifies"),
      signature("bank.example", Signed::Policy, Reason::Expired)};
  EXPECT_EQ(word(whyOf(verdict)), "modified");
}

// Of any two the one that says more, in whatever order they stand.
TEST(Why, WhatSaysMore) {
  const std::vector<std::vector<dkim::SignatureResult>> ranks{
      {signature("bank.example", Signed::Policy, Reason::WorkLimit),
       signature("bank.example", Signed::Neutral, Reason::NotEvaluated)},
      {signature("bank.example", Signed::PermError, Reason::KeyNotFound),
       signature("bank.example", Signed::TempError, Reason::KeyDnsFailure)},
      {signature("bank.example", Signed::PermError, Reason::KeyRevoked),
       signature("bank.example", Signed::Neutral, Reason::Syntax)},
      {signature("bank.example", Signed::Policy, Reason::Expired),
       signature("bank.example", Signed::Policy, Reason::NotYetValid),
       signature("bank.example", Signed::Policy, Reason::TooOld)},
      {signature("bank.example", Signed::Fail, Reason::SignatureMismatch, "key_differs"),
       signature("bank.example", Signed::Fail, Reason::BodyHashMismatch, "key_differs")},
      {signature("bank.example", Signed::Fail, Reason::SignatureMismatch),
       signature("bank.example", Signed::Fail, Reason::BodyHashMismatch)},
      {signature("bank.example", Signed::Pass, Reason::Verified)},  // and is not aligned: strict
  };
  Verdict verdict = failing();
  for (std::size_t more = 1; more < ranks.size(); ++more) {
    for (const auto& strong : ranks[more]) {
      for (const auto& weak : ranks[more - 1]) {
        verdict.dkim.signatures = {weak, strong};
        EXPECT_EQ(ownSignature(verdict), &verdict.dkim.signatures[1]) << dkim::reasonWord(weak.reason);
        verdict.dkim.signatures = {strong, weak};
        EXPECT_EQ(ownSignature(verdict), verdict.dkim.signatures.data()) << dkim::reasonWord(weak.reason);
      }
    }
  }
}

// A finding is a word of the diagnosis, or what stands in front of "=".
TEST(Why, FindingsAreWholeWords) {
  for (const auto& [diagnosis, found] : {std::pair("key_differs", true),
                                         {"header_fails_too; key_differs", true},
                                         {"key_differs; header_verifies", true},
                                         {"key_differs=2048", true},
                                         {"key_differs_not; key_differs", true},
                                         {"key_differs_not", false},
                                         {"no_key_differs", false},
                                         {"subject_tag=[key_differs; key_differs]", false},
                                         {"", false}}) {
    EXPECT_EQ(keyDiffers(signature("bank.example", Signed::Fail, Reason::SignatureMismatch, diagnosis)),
              found)
        << diagnosis;
  }
  Verdict verdict = failing();  // the tag of a list in Subject is as good as its List-Id
  verdict.spf = test::spf("esp.example", spf::Status::Fail);
  verdict.dkim.signatures = {
      signature("esp.example", Signed::Fail, Reason::SignatureMismatch, "key_matches; subject_tag=[dev]")};
  EXPECT_EQ(word(whyOf(verdict)), "forwarded");
  verdict.dkim.signatures.front().diagnosis = "key_matches";
  EXPECT_EQ(word(whyOf(verdict)), "forged");
}

TEST(Why, OverTheLimitsOfSpf) {
  const struct {
    spf::Status status;
    const char* text;
    bool limits;
    bool voids;
  } lines[] = {
      {spf::Status::PermError, "more than 10 terms that need DNS for \"mx\" of bank.example", true, false},
      {spf::Status::PermError, "more than 2 void lookups for \"mx\" of bank.example", true, true},
      {spf::Status::PermError, "more than 10 MX records", false, false},
      {spf::Status::PermError, "several SPF records", false, false},
      {spf::Status::TempError, "more than 10 terms that need DNS", false, false},
      {spf::Status::TempError, "more than 2 void lookups", false, false},
  };
  for (const auto& line : lines) {
    spf::Result result = test::spf("bank.example", line.status);
    result.text = line.text;
    EXPECT_EQ(overLimits(result), line.limits) << line.text;
    EXPECT_EQ(overVoids(result), line.voids) << line.text;
  }
}

TEST(Why, WithoutASignatureOfTheAuthor) {
  const struct {
    const char* spfDomain;
    spf::Status spf;
    bool stranger;  // a passing signature of somebody else
    bool sealed;    // an ARC set
    bool list;      // List-Id
    const char* why;
  } lines[] = {
      {"bank.example", spf::Status::Fail, false, false, false, "forged"},
      {"bank.example", spf::Status::SoftFail, false, false, false, "forged"},
      {"bank.example", spf::Status::Fail, false, true, false, "forwarded"},
      {"bank.example", spf::Status::Fail, false, false, true, "forwarded"},
      {"bank.example", spf::Status::Fail, true, false, false, "unaligned_signer"},
      {"bank.example", spf::Status::Neutral, false, false, false, "unsigned"},
      {"bank.example", spf::Status::None, false, false, true, "unsigned"},
      {"bank.example", spf::Status::PermError, false, false, false, "spf_broken"},
      {"mail.bank.example", spf::Status::Pass, false, false, false, "strict_alignment"},
      {"esp.example", spf::Status::Pass, false, false, false, "unaligned_signer"},
      {"esp.example", spf::Status::Pass, true, false, true, "unaligned_signer"},
      {"esp.example", spf::Status::Pass, true, true, false, "forwarded"},
      {"esp.example", spf::Status::PermError, false, false, false, "unsigned"},
      {"esp.example", spf::Status::Fail, false, false, false, "forged"},
      {"notbank.example", spf::Status::Pass, false, false, false, "unaligned_signer"},
  };
  for (const auto& line : lines) {
    Verdict verdict = failing();
    verdict.spf = test::spf(line.spfDomain, line.spf);
    if (line.stranger)
      verdict.dkim.signatures.push_back(signature("esp.example", Signed::Pass, Reason::Verified));
    if (line.sealed) verdict.arc.sets.emplace_back();
    if (line.list) verdict.listId = "dev.list.example";
    EXPECT_EQ(word(whyOf(verdict)), line.why) << line.spfDomain << ' ' << spf::statusWord(line.spf);
  }
  EXPECT_EQ(word(whyOf(failing())), "unsigned") << "nothing at all is known";
  Verdict rewritten = failing();
  rewritten.spf = test::spf("forwarder.example", spf::Status::Pass);
  rewritten.envelope.mailFrom = "SRS0=aB=Cd=bank.example=x@forwarder.example";
  EXPECT_EQ(word(whyOf(rewritten)), "forwarded");
}

// Honest mail whose signature cannot be read is no forgery: it says so.
TEST(Why, ASignatureThatCannotBeReadIsThere) {
  Verdict verdict = failing();
  verdict.spf = test::spf("bank.example", spf::Status::Fail);
  auto one = signature("bank.example.", Signed::PermError, Reason::BadDomain);
  one.domainAscii.clear();
  verdict.dkim.signatures = {one};
  EXPECT_EQ(word(whyOf(verdict)), "signature_unusable") << "a dot at the end";
  verdict.dkim.signatures.front().domain = "other.example.";
  EXPECT_EQ(word(whyOf(verdict)), "forged");
  verdict.dkim.signatures.front().domain.clear();
  EXPECT_EQ(word(whyOf(verdict)), "signature_unusable") << "nobody can say whose it is";
  verdict.spf = test::spf("esp.example", spf::Status::Pass);
  EXPECT_EQ(word(whyOf(verdict)), "unaligned_signer");
}

TEST(Why, TemporaryUnlessAKeyLeadsInACircle) {
  Verdict verdict = failing();
  verdict.dmarc.status = dmarc::Status::TempError;
  EXPECT_EQ(word(whyOf(verdict)), "dns_trouble");
  auto loop = signature("bank.example", Signed::TempError, Reason::KeyDnsFailure);
  const auto name = [](const char* text) { return *dns::Name::parse(text); };
  loop.chain = {{name("s1._domainkey.bank.example"), name("b.example"), 60},
                {name("b.example"), name("s1._domainkey.bank.example"), 60}};
  verdict.dkim.signatures = {loop};
  EXPECT_EQ(word(whyOf(verdict)), "key_missing");
  verdict.spf = test::spf("bank.example", spf::Status::TempError);
  EXPECT_EQ(word(whyOf(verdict)), "dns_trouble");
  verdict.spf.reset();
  verdict.dmarc.discoveryFailed = true;
  EXPECT_EQ(word(whyOf(verdict)), "dns_trouble");
}

TEST(Why, WhoseDomain) {
  Verdict verdict = failing();
  EXPECT_TRUE(ofAuthor(verdict, "bank.example"));
  EXPECT_TRUE(ofAuthor(verdict, "a.b.bank.example"));
  EXPECT_FALSE(ofAuthor(verdict, "example"));
  EXPECT_FALSE(ofAuthor(verdict, "xbank.example"));
  EXPECT_FALSE(ofAuthor(verdict, ""));
  verdict.dmarc.organizationalDomain.clear();
  verdict.author.domain = "mail.bank.example";
  EXPECT_TRUE(ofAuthor(verdict, "bank.example"));
  EXPECT_TRUE(ofAuthor(verdict, "x.mail.bank.example"));
  EXPECT_FALSE(ofAuthor(verdict, "example"));
  EXPECT_FALSE(ofAuthor(verdict, "news.bank.example"));
}

}  // namespace
}  // namespace alignd::cause
