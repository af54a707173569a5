// The cause in words.
#include "verifier/cause/explain.h"

#include <gtest/gtest.h>

#include "tests/unit/cause/play.h"

namespace alignd::cause {
namespace {

using dkim::Reason;
using Signed = dkim::Status;
using test::failing;
using test::signature;

TEST(Explain, SaysWhatDidNotPassAndWhatDidNotAlign) {
  Verdict verdict = failing();
  EXPECT_EQ(explain(verdict), "no signature") << "SPF was not checked";
  verdict.spf = test::spf("bank.example", spf::Status::Fail);
  verdict.dkim.signatures = {signature("esp.example", Signed::Pass, Reason::Verified)};
  EXPECT_EQ(explain(verdict),
            "SPF does not authorise 203.0.113.66 for bank.example; signature of esp.example passes but is "
            "not aligned");
  verdict.dmarc.status = dmarc::Status::Pass;
  verdict.dmarc.text = "aligned: SPF bank.example";
  EXPECT_EQ(explain(verdict), "aligned: SPF bank.example");
  verdict.author.problem = message::AuthorProblem::SeveralFrom;
  EXPECT_EQ(explain(verdict), message::problemText(message::AuthorProblem::SeveralFrom));
}

TEST(Explain, WhatSpfSays) {
  const struct {
    const char* domain;
    spf::Status status;
    const char* text;
  } lines[] = {
      {"esp.example", spf::Status::Pass, "SPF passes for esp.example but is not aligned"},
      {"m.bank.example", spf::Status::Pass, "SPF passes for m.bank.example but is not aligned (strict)"},
      {"bank.example", spf::Status::SoftFail,
       "SPF does not authorise 203.0.113.66 for bank.example (softfail)"},
      {"bank.example", spf::Status::Neutral,
       "SPF of bank.example does not say whether 203.0.113.66 may send"},
      {"bank.example", spf::Status::None, "no SPF for bank.example"},
      {"", spf::Status::None, "SPF has no domain to check"},
      {"bank.example", spf::Status::TempError, "SPF of bank.example could not be looked up"},
      {"bank.example", spf::Status::PermError,
       "SPF of bank.example cannot be evaluated, it breaks at include:%{l}.x"},
  };
  for (const auto& line : lines) {
    Verdict verdict = failing();
    verdict.spf = test::spf(line.domain, line.status);
    if (line.status == spf::Status::PermError) verdict.spf->mechanism = "include:%{l}.x";
    EXPECT_EQ(spfText(verdict), line.text);
  }
}

TEST(Explain, WhatTheSignaturesSay) {
  const struct {
    Signed status;
    Reason reason;
    const char* diagnosis;
    const char* text;
  } lines[] = {
      {Signed::Fail, Reason::BodyHashMismatch, "", "signature of bank.example fails, the body was changed"},
      {Signed::Fail, Reason::SignatureMismatch, "",
       "signature of bank.example fails, a signed field was changed"},
      {Signed::Fail, Reason::SignatureMismatch, "key_differs",
       "signature of bank.example was not made with the key at s1._domainkey.bank.example"},
      {Signed::PermError, Reason::KeyNotFound, "",
       "signature of bank.example has no key at s1._domainkey.bank.example"},
      {Signed::PermError, Reason::KeyRevoked, "",
       "signature of bank.example: its key s1._domainkey.bank.example is revoked"},
      {Signed::PermError, Reason::KeyWrongHash, "",
       "signature of bank.example: its key s1._domainkey.bank.example does not allow it (key_wrong_hash)"},
      {Signed::Policy, Reason::Expired, "", "signature of bank.example has expired"},
      {Signed::PermError, Reason::IdentityOutside, "",
       "signature of bank.example is not valid (identity_outside)"},
  };
  for (const auto& line : lines) {
    Verdict verdict = failing();
    verdict.dkim.signatures = {signature("bank.example", line.status, line.reason, line.diagnosis)};
    EXPECT_EQ(dkimText(verdict), line.text);
  }
}

TEST(Explain, NamesTheAliasThatLeadsNowhere) {
  Verdict verdict = failing();
  auto dangling = signature("bank.example", Signed::PermError, Reason::KeyNotFound);
  dangling.chain = {
      {*dns::Name::parse("s1._domainkey.bank.example"), *dns::Name::parse("gone.esp.example"), 60}};
  verdict.dkim.signatures = {dangling};
  EXPECT_EQ(dkimText(verdict),
            "signature of bank.example has no key at s1._domainkey.bank.example, an alias of "
            "gone.esp.example, where "
            "none is");
  EXPECT_EQ(remedy(verdict),
            "whoever runs the zone of gone.esp.example: publish the key there; or bank.example: point "
            "s1._domainkey.bank.example to where it is");
  EXPECT_EQ(recordToMend(verdict), "gone.esp.example");
  verdict.dkim.signatures.front().chain.clear();
  EXPECT_EQ(recordToMend(verdict), "s1._domainkey.bank.example");
  verdict.dkim.signatures.clear();
  EXPECT_EQ(recordToMend(verdict), "") << "no record mends what nobody signed";
  verdict.dmarc.status = dmarc::Status::None;
  EXPECT_EQ(recordToMend(verdict), "_dmarc.bank.example");
}

TEST(Explain, TheAuthorsOwnComeFirstAndTwinsOnce) {
  Verdict verdict = failing();
  verdict.dkim.signatures = {signature("esp.example", Signed::Pass, Reason::Verified),
                             signature("bank.example", Signed::Fail, Reason::BodyHashMismatch),
                             signature("bank.example", Signed::Fail, Reason::BodyHashMismatch)};
  EXPECT_EQ(dkimText(verdict),
            "signature of bank.example fails, the body was changed; signature of esp.example passes but is "
            "not aligned");
}

TEST(Explain, IsBoundedAndNamesNoLocalPart) {
  Verdict verdict = failing();
  verdict.envelope.mailFrom = "secret.local.part@" + std::string(240, 'x');
  verdict.spf = test::spf(std::string(5000, 'x'), spf::Status::PermError);
  verdict.spf->mechanism = std::string(5000, 'y');
  for (const Reason reason :
       {Reason::BodyHashMismatch, Reason::IdentityOutside, Reason::KeyNotFound, Reason::KeyStrictIdentity}) {
    for (const std::string& domain : {std::string("bank.example"), std::string(5000, 'z')}) {
      auto one = signature(domain, Signed::PermError, reason);
      one.selector = std::string(5000, 's');
      verdict.dkim.signatures.push_back(one);
    }
  }
  for (const std::string& text : {explain(verdict), spfText(verdict), dkimText(verdict)}) {
    EXPECT_LE(text.size(), kMaxText);
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  }
  EXPECT_EQ(remedy(verdict).find("secret"), std::string::npos);
}

TEST(Explain, EveryCauseButTwoHasARemedy) {
  Verdict verdict = failing();
  EXPECT_NE(remedy(verdict), "");
  verdict.spf = test::spf("bank.example", spf::Status::Fail);
  EXPECT_EQ(remedy(verdict),
            "nobody, unless the client is one of bank.example's: then list it in SPF, and sign");
  verdict.dkim.signatures = {signature("esp.example", Signed::Pass, Reason::Verified)};
  EXPECT_EQ(remedy(verdict),
            "bank.example, if esp.example sends for it: have it sign as bank.example; otherwise nobody, it "
            "is not the "
            "author's mail");
  verdict.dmarc.status = dmarc::Status::Pass;
  EXPECT_EQ(remedy(verdict), "");
  verdict.exemption = Exemption::Network;
  EXPECT_EQ(remedy(verdict), "");
}

}  // namespace
}  // namespace alignd::cause
