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
