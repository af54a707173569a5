// The cause in words.
#include "verifier/cause/explain.h"

#include <string>
#include <tuple>

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
  // Of a message that passes, what is aligned and what is not need no word about it.
  verdict.dmarc.identifiers = {{dmarc::Identifier::Kind::Spf, "esp.example", "", true, true, {}, {}},
                               {dmarc::Identifier::Kind::Dkim, "esp.example", "s1", true, false, {}, {}},
                               {dmarc::Identifier::Kind::Dkim, "bank.example", "s1", true, true, {}, {}}};
  EXPECT_EQ(dkimText(verdict), "signature of esp.example passes");
  verdict.dkim.signatures = {signature("bank.example", Signed::Pass, Reason::Verified)};
  EXPECT_EQ(dkimText(verdict), "signature of bank.example passes");
  verdict.takenOver.methods.dmarc = true;
  verdict.dmarc.text = "taken over from mx1.example.net";
  EXPECT_EQ(explain(verdict), "taken over from mx1.example.net");
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
  Verdict verdict = failing();  // taken over from a host that does not say whose mail it was
  verdict.spf = test::spf("bank.example", spf::Status::Neutral);
  verdict.spf->client.reset();
  EXPECT_EQ(spfText(verdict), "SPF of bank.example does not say whether the client may send");
  verdict.spf->status = spf::Status::PermError;
  verdict.spf->mechanism.clear();
  EXPECT_EQ(spfText(verdict), "SPF of bank.example cannot be evaluated");
  verdict.spf->text = "several SPF records";
  EXPECT_EQ(spfText(verdict), "SPF of bank.example cannot be evaluated, several SPF records");
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
       "signature of bank.example: its key s1._domainkey.bank.example does not allow it: key_wrong_hash"},
      {Signed::Policy, Reason::Expired, "", "signature of bank.example has expired"},
      {Signed::Policy, Reason::NotYetValid, "", "signature of bank.example is dated in the future"},
      {Signed::Policy, Reason::TooOld, "", "signature of bank.example is too old"},
      {Signed::Policy, Reason::WeakKey, "",
       "signature of bank.example: its key s1._domainkey.bank.example is too short"},
      {Signed::Neutral, Reason::KeyTesting, "",
       "signature of bank.example: its key s1._domainkey.bank.example is in testing mode"},
      {Signed::PermError, Reason::KeyVersion, "",
       "signature of bank.example: its key s1._domainkey.bank.example does not allow it: key_version"},
      {Signed::PermError, Reason::KeyWrongType, "",
       "signature of bank.example: its key s1._domainkey.bank.example does not allow it: key_wrong_type"},
      {Signed::PermError, Reason::KeyWrongService, "",
       "signature of bank.example: its key s1._domainkey.bank.example does not allow it: key_wrong_service"},
      {Signed::PermError, Reason::KeyTooLarge, "",
       "signature of bank.example: its key s1._domainkey.bank.example does not allow it: key_too_large"},
      {Signed::PermError, Reason::KeyBadExponent, "",
       "signature of bank.example: its key s1._domainkey.bank.example does not allow it: key_bad_exponent"},
      {Signed::Policy, Reason::UncoveredField, "",
       "signature of bank.example does not cover a field that stands more than once"},
      {Signed::PermError, Reason::FromNotSigned, "", "signature of bank.example does not sign From"},
      {Signed::Policy, Reason::WorkLimit, "",
       "signature of bank.example was not evaluated, there are too many"},
      {Signed::Neutral, Reason::NotEvaluated, "",
       "signature of bank.example was not evaluated, there are too many"},
      {Signed::Fail, Reason::TakenOver, "", "signature of bank.example: fail at the border host"},
      {Signed::PermError, Reason::IdentityOutside, "",
       "signature of bank.example is not valid: identity_outside"},
  };
  for (const auto& line : lines) {
    Verdict verdict = failing();
    verdict.dkim.signatures = {signature("bank.example", line.status, line.reason, line.diagnosis)};
    EXPECT_EQ(dkimText(verdict), line.text);
  }
}

// The result's own text, of tags that hold no identity.
TEST(Explain, NamesTheTagOfAFieldThatIsNotValid) {
  for (const auto& [reason, text, said] :
       {std::tuple(Reason::MissingTag, "no b= tag", "is not valid: no b= tag"),
        {Reason::ExpiresBeforeSigned, "x= is not after t=", "is not valid: x= is not after t="},
        {Reason::UnknownAlgorithm, "a= is \"rsa-md5\", which is not known",
         "is not valid: a= is \"rsa-md5\", which"},
        {Reason::UnknownVersion, "v= is not 1 but \"2\"", "is not valid: v= is not 1 but \"2\""},
        {Reason::UnknownCanonicalization, "c= is \"x\"", "is not valid: c= is \"x\""},
        {Reason::UnknownQueryMethod, "q= is \"http\"", "is not valid: q= is \"http\""},
        {Reason::Syntax, "i= is no identity: \"joe\"", "is not valid: syntax"},
        {Reason::MissingTag, "", "is not valid: missing_tag"}}) {
    Verdict verdict = failing();
    verdict.dkim.signatures = {signature("bank.example", Signed::PermError, reason)};
    verdict.dkim.signatures[0].text = text;
    EXPECT_TRUE(dkimText(verdict).starts_with(std::string("signature of bank.example ") + said))
        << dkimText(verdict);
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
  EXPECT_LE(remedy(verdict).size(), kMaxText);
}

// What does not fit whole is left out, not cut.
TEST(Explain, AsManySignaturesAsFit) {
  Verdict verdict = failing();
  for (const char letter : {'a', 'b', 'c'}) {
    auto one = signature(std::string(80, letter) + ".example", Signed::TempError, Reason::KeyDnsFailure);
    one.text = "key lookup failed: " + std::string(100, letter);
    verdict.dkim.signatures.push_back(one);
  }
  EXPECT_EQ(dkimText(verdict), "signature of " + std::string(80, 'a') +
                                   ".example: DNS did not give its key, " + std::string(100, 'a'));
}

TEST(Explain, EveryCauseButTwoHasARemedy) {
  Verdict verdict = failing();
  EXPECT_NE(remedy(verdict), "");
  verdict.spf = test::spf("bank.example", spf::Status::Fail);
  EXPECT_EQ(
      remedy(verdict),
      "nobody, unless 203.0.113.66 sends for bank.example: then bank.example lists it in SPF and signs its "
      "mail");
  verdict.client.address.reset();
  EXPECT_EQ(remedy(verdict).substr(0, 32), "nobody, unless the client sends ");
  verdict.dkim.signatures = {signature("esp.example", Signed::Pass, Reason::Verified)};
  EXPECT_EQ(remedy(verdict),
            "bank.example, if esp.example sends for it: have its mail signed with d=bank.example; otherwise "
            "nobody, it is not the author's mail");
  verdict.dmarc.status = dmarc::Status::Pass;
  EXPECT_EQ(remedy(verdict), "");
  verdict.exemption = Exemption::Network;
  EXPECT_EQ(remedy(verdict), "");
}

TEST(Explain, AliasesInACircle) {
  Verdict verdict = failing();
  auto circle = signature("bank.example", Signed::PermError, Reason::KeyNotFound);
  const auto name = [](const char* text) { return *dns::Name::parse(text); };
  circle.chain = {{name("s1._domainkey.bank.example"), name("k.esp.example"), 60},
                  {name("k.esp.example"), name("s1._domainkey.bank.example"), 60}};
  verdict.dkim.signatures = {circle};
  EXPECT_EQ(
      dkimText(verdict),
      "signature of bank.example has no key at s1._domainkey.bank.example, whose aliases lead in a circle: "
      "k.esp.example points back to s1._domainkey.bank.example");
  EXPECT_EQ(remedy(verdict),
            "whoever runs the zone of k.esp.example: publish the key at k.esp.example, which points back to "
            "s1._domainkey.bank.example; or bank.example: point s1._domainkey.bank.example to where it is");
  EXPECT_EQ(recordToMend(verdict), "k.esp.example");
  const std::string said = dkimText(verdict);
  verdict.dkim.signatures.front().status = Signed::TempError;
  verdict.dkim.signatures.front().reason = Reason::KeyDnsFailure;
  EXPECT_EQ(dkimText(verdict), said) << "a resolver answers it with SERVFAIL";
  verdict.dkim.signatures.front().chain = {
      {name("s1._domainkey.bank.example"), name("s1._domainkey.bank.example"), 60}};
  EXPECT_EQ(remedy(verdict),
            "bank.example: publish the key at s1._domainkey.bank.example, which points back to "
            "s1._domainkey.bank.example");
}

TEST(Explain, WhoDidNotAnswerWhat) {
  Verdict verdict = failing();
  verdict.dmarc.status = dmarc::Status::TempError;
  verdict.dmarc.text = "DKIM of bank.example could not be checked, it could align";
  auto one = signature("bank.example", Signed::TempError, Reason::KeyDnsFailure);
  one.text = "key lookup failed: s1._domainkey.bank.example: refused (REFUSED from 192.0.2.53:53 for it)";
  verdict.dkim.signatures = {one};
  EXPECT_EQ(explain(verdict),
            "signature of bank.example: DNS did not give its key, s1._domainkey.bank.example: refused "
            "(REFUSED from "
            "192.0.2.53:53 for it)");
  EXPECT_NE(remedy(verdict).find("the name servers of s1._domainkey.bank.example"), std::string::npos);
  verdict.dkim.signatures.front().text.clear();
  EXPECT_EQ(explain(verdict), "signature of bank.example: DNS did not give its key, s1");
  verdict.dkim.signatures.insert(verdict.dkim.signatures.begin(),
                                 signature("esp.example", Signed::TempError, Reason::KeyDnsFailure));
  EXPECT_EQ(explain(verdict), "signature of bank.example: DNS did not give its key, s1")
      << "another's could not have aligned";
  verdict.spf = test::spf("bank.example", spf::Status::TempError);
  EXPECT_EQ(
      explain(verdict),
      "SPF of bank.example could not be looked up; signature of bank.example: DNS did not give its key, s1");
  verdict.dkim.signatures.pop_back();
  EXPECT_EQ(explain(verdict), "SPF of bank.example could not be looked up");
  verdict.dkim.signatures.clear();
  verdict.spf = test::spf("bank.example", spf::Status::TempError);
  verdict.spf->text = "timeout: TXT bank.example: no answer from 192.0.2.53:53";
  EXPECT_EQ(
      explain(verdict),
      "SPF of bank.example could not be looked up, timeout: TXT bank.example: no answer from 192.0.2.53:53");
  verdict.spf->mechanism = "exists:%{l}.bank.example";
  verdict.spf->text = "timeout: A secret.local.part.bank.example";
  EXPECT_EQ(explain(verdict), "SPF of bank.example could not be looked up");
  verdict.spf->mechanism = "include:esp.example";
  verdict.spf->path = {"bank.example", "secret.local.part.esp.example"};
  EXPECT_EQ(explain(verdict), "SPF of bank.example could not be looked up");
  verdict.dmarc.discoveryFailed = true;
  EXPECT_EQ(explain(verdict), verdict.dmarc.text);
}

TEST(Explain, WhoMendsARecord) {
  Verdict verdict = failing();
  verdict.spf = test::spf("bank.example", spf::Status::PermError);
  verdict.spf->mechanism = "include:gone.example";
  verdict.spf->path = {"bank.example", "esp.example"};
  verdict.spf->text = "gone.example does not exist for \"include:gone.example\" of esp.example";
  EXPECT_EQ(remedy(verdict),
            "esp.example: correct include:gone.example in its SPF record, or take it out; bank.example "
            "includes it");
  EXPECT_EQ(recordToMend(verdict), "esp.example");
  verdict.spf->path = {"bank.example"};
  EXPECT_EQ(remedy(verdict), "bank.example: correct include:gone.example in its SPF record, or take it out");
  verdict.spf->path.clear();
  EXPECT_EQ(recordToMend(verdict), "bank.example");
  verdict.spf->mechanism.clear();
  EXPECT_EQ(remedy(verdict), "bank.example: mend its SPF record");
  verdict.spf->mechanism = "include:gone.example";
  verdict.spf->text = "more than 10 terms that need DNS for \"include:gone.example\" of esp.example";
  EXPECT_EQ(remedy(verdict).substr(0, 45), "bank.example: name fewer hosts in its SPF rec");
  EXPECT_EQ(recordToMend(verdict), "bank.example");
  verdict.spf->text = "more than 2 void lookups for \"include:gone.example\" of esp.example";
  EXPECT_EQ(remedy(verdict).substr(0, 45), "bank.example: take the names that have no add");
  EXPECT_EQ(recordToMend(verdict), "bank.example");
  verdict.dmarc.status = dmarc::Status::None;
  verdict.dmarc.walk = {{"mail.bank.example", dns::Status::NoSuchName, "", "", true},
                        {"bank.example", dns::Status::DanglingCname, "", "an alias of x.example", true}};
  EXPECT_EQ(word(whyOf(verdict)), "policy_broken");
  EXPECT_EQ(recordToMend(verdict), "_dmarc.bank.example");
  EXPECT_EQ(remedy(verdict).substr(0, 46), "bank.example: point _dmarc.bank.example to whe");
  verdict.dmarc.walk.back() = {"bank.example", dns::Status::Ok, "", "2 DMARC records, all discarded", true};
  EXPECT_EQ(remedy(verdict).substr(0, 31), "bank.example: leave exactly one");
  // permerror: of the records that were read the one that has no policy.
  verdict.dmarc.status = dmarc::Status::PermError;
  verdict.dmarc.walk = {{"a.b.bank.example", dns::Status::Ok, "", "2 DMARC records, all discarded", true},
                        {"b.bank.example", dns::Status::Ok, "v=DMARC1; p=none", "", true},
                        {"bank.example", dns::Status::Ok, "v=DMARC1", "p= is missing", true}};
  verdict.author.domain = "a.b.bank.example";
  EXPECT_EQ(recordToMend(verdict), "_dmarc.bank.example");
  EXPECT_EQ(remedy(verdict).substr(0, 31), "bank.example: leave exactly one");
  verdict.dmarc.walk.clear();  // taken over
  EXPECT_EQ(recordToMend(verdict), "_dmarc.a.b.bank.example");
  EXPECT_EQ(remedy(verdict).substr(0, 35), "a.b.bank.example: leave exactly one");
}

// No two faults of a key or signature are mended by the same words, but those that are one to the owner.
TEST(Explain, EachFaultHasItsRemedy) {
  const struct {
    Reason reason;
    const char* text;
  } lines[] = {
      {Reason::KeyRevoked, "sign with a selector whose key is published"},
      {Reason::KeySyntax, "publish the whole key at s1._domainkey.bank.example"},
      {Reason::KeyVersion, "begin the record of s1._domainkey.bank.example with v=DKIM1"},
      {Reason::KeyWrongType, "the key that fits a= of the signature"},
      {Reason::KeyWrongHash, "leave h= out of the record of s1._domainkey.bank.example"},
      {Reason::KeyWrongService, "leave s= out of the record of s1._domainkey.bank.example"},
      {Reason::KeyStrictIdentity, "take s out of t="},
      {Reason::KeyTesting, "take y out of t="},
      {Reason::WeakKey, "2048 bits"},
      {Reason::KeyTooLarge, "2048 bits"},
      {Reason::KeyBadExponent, "2048 bits"},
      {Reason::WeakAlgorithm, "rsa-sha256 in place of rsa-sha1"},
      {Reason::UnsignedBody, "without l="},
      {Reason::UncoveredField, "once more each field"},
      {Reason::FromNotSigned, "sign From"},
      {Reason::BadDomain, "plain host names into d= and s="},
      {Reason::IdentityOutside, "leave i= out"},
      {Reason::TooManyFields, "fewer fields in h="},
      {Reason::NotEvaluated, "once or twice"},
      {Reason::WorkLimit, "once or twice"},
      {Reason::Syntax, "what RFC 6376 asks for (syntax)"},
      {Reason::Expired, "a later x="},
      {Reason::NotYetValid, "set the clock"},
      {Reason::TooOld, "maximum age"},
      {Reason::ExpiresBeforeSigned, "an x= after t="},
  };
  for (const auto& line : lines) {
    Verdict verdict = failing();
    verdict.dkim.signatures = {signature("bank.example", Signed::PermError, line.reason)};
    EXPECT_NE(remedy(verdict).find(line.text), std::string::npos) << remedy(verdict);
    EXPECT_EQ(remedy(verdict).substr(0, 12), "bank.example") << remedy(verdict);
  }
}

// A seal that is broken is nothing to trust.
TEST(Explain, OnlySealsThatPassAreToBeTrusted) {
  Verdict verdict = failing();
  verdict.dkim.signatures = {signature("bank.example", Signed::Fail, Reason::BodyHashMismatch)};
  verdict.arc.sets.emplace_back().sealDomain = "list.example";
  verdict.arc.status = arc::Status::Fail;
  EXPECT_EQ(remedy(verdict).find("trust"), std::string::npos) << remedy(verdict);
  EXPECT_NE(remedy(verdict).find("seal after the last change; its ARC seal is broken too"),
            std::string::npos);
  verdict.listId = "dev.list.example";
  EXPECT_EQ(remedy(verdict).find("trust"), std::string::npos) << remedy(verdict);
  verdict.arc.status = arc::Status::Pass;
  EXPECT_NE(remedy(verdict).find("trust the ARC seal of list.example"), std::string::npos) << remedy(verdict);
  verdict.dkim.signatures.clear();
  EXPECT_EQ(word(whyOf(verdict)), "forwarded");
  EXPECT_NE(remedy(verdict).find("trust the ARC seal of list.example"), std::string::npos) << remedy(verdict);
  verdict.arc.status = arc::Status::Fail;
  EXPECT_NE(remedy(verdict).find("list.example, which handed it on: mend its ARC seal"), std::string::npos);
  verdict.arc = {};
  verdict.listId.clear();
  verdict.dkim.signatures = {signature("bank.example", Signed::Fail, Reason::BodyHashMismatch)};
  verdict.arc.status = arc::Status::Pass;  // what a host that was taken over from says, without its sets
  EXPECT_EQ(remedy(verdict).find("trust"), std::string::npos) << remedy(verdict);
  verdict.arc.sets.emplace_back().sealDomain = "relay.example";
  EXPECT_EQ(remedy(verdict),
            "relay.example, which handed it on: change nothing that is signed; here: trust the ARC seal of "
            "relay.example, if you know it");
}

TEST(Explain, WhoHandedItOnAndDidNotSay) {
  Verdict verdict = failing();
  verdict.envelope.mailFrom = "SRS1=abc=relay.example==x=bank.example=user@relay.example";
  verdict.spf = test::spf("relay.example", spf::Status::Pass);
  EXPECT_EQ(word(whyOf(verdict)), "forwarded");
  EXPECT_EQ(remedy(verdict), "bank.example: sign its mail, a signature survives forwarding");
  for (const char* path : {"SRS2=abc@relay.example", "SRS0~abc@relay.example", "SRS0"}) {
    verdict.envelope.mailFrom = path;
    EXPECT_NE(word(whyOf(verdict)), "forwarded") << path;
  }
  verdict.envelope.mailFrom = "SRS0+abc@relay.example";
  EXPECT_EQ(word(whyOf(verdict)), "forwarded");
  verdict.dmarc.spfUntold = true;
  EXPECT_NE(remedy(verdict).find("have the relay that took it in say in Received"), std::string::npos);
}

// An alias of a key that is there: its zone has what has to be mended.
TEST(Explain, KeysBehindAnAlias) {
  Verdict verdict = failing();
  auto revoked = signature("bank.example", Signed::PermError, Reason::KeyRevoked);
  revoked.chain = {{*dns::Name::parse("s1._domainkey.bank.example"), *dns::Name::parse("k.esp.example"), 60}};
  verdict.dkim.signatures = {revoked};
  EXPECT_EQ(remedy(verdict).find("whoever runs the zone of k.esp.example: sign with a selector"), 0U)
      << remedy(verdict);
  EXPECT_EQ(recordToMend(verdict), "k.esp.example");
  verdict.dkim.signatures.front().reason = Reason::SignatureMismatch;
  verdict.dkim.signatures.front().status = Signed::Fail;
  verdict.dkim.signatures.front().diagnosis = "key_differs";
  EXPECT_EQ(remedy(verdict).find("whoever runs the zone of k.esp.example: publish the key that signs"), 0U)
      << remedy(verdict);
  EXPECT_EQ(recordToMend(verdict), "k.esp.example");
}

TEST(Explain, WhatIsWrongWithFrom) {
  using enum message::AuthorProblem;
  const std::pair<message::AuthorProblem, const char*> lines[] = {
      {NoFrom, "with an address"},
      {NoAddress, "with an address"},
      {NoDomain, "is a host name"},
      {BadDomain, "is a host name"},
      {SeveralDomains, "of one domain"},
      {HiddenAddress, "none into the name beside it"},
      {HeaderTooLong, "a shorter header"},
      {TooLong, "one From field with one address"},
      {SeveralFrom, "one From field with one address"},
  };
  for (const auto& [problem, text] : lines) {
    Verdict verdict = failing();
    verdict.author.problem = problem;
    EXPECT_NE(remedy(verdict).find(text), std::string::npos) << remedy(verdict);
  }
}

// Which servers: of the policy, of SPF, of the author's keys; or nobody's in particular.
TEST(Explain, WhoseServers) {
  Verdict verdict = failing();
  verdict.dmarc.status = dmarc::Status::TempError;
  const auto servers = [&](const std::string& name) {
    EXPECT_NE(remedy(verdict).find("the name servers of " + name), std::string::npos) << remedy(verdict);
  };
  servers("bank.example");
  auto one = signature("esp.example", Signed::TempError, Reason::KeyDnsFailure);
  verdict.dkim.signatures = {one};
  servers("bank.example");
  one = signature("bank.example", Signed::TempError, Reason::KeyDnsFailure);
  one.chain = {{*dns::Name::parse("s1._domainkey.bank.example"), *dns::Name::parse("k.esp.example"), 60}};
  verdict.dkim.signatures.push_back(one);
  servers("k.esp.example");
  verdict.spf = test::spf("bank.example", spf::Status::TempError);
  servers("bank.example");
  verdict.dmarc.discoveryFailed = true;
  verdict.dmarc.walk = {{"m.bank.example", dns::Status::NoData, "", "", true},
                        {"n.bank.example", dns::Status::NoSuchName, "", "", true},
                        {"o.bank.example", dns::Status::Ok, "", "", true},
                        {"p.bank.example", dns::Status::Timeout, "", "", false},
                        {"bank.example", dns::Status::Refused, "", "", true}};
  servers("_dmarc.bank.example");
  verdict.dmarc.walk.pop_back();
  servers("bank.example");
}

TEST(Explain, OneLineHasCauseAndRemedy) {
  Verdict verdict = failing();
  verdict.dkim.signatures = {signature("bank.example", Signed::PermError, Reason::KeyNotFound)};
  EXPECT_EQ(
      summary(verdict),
      "key_missing: signature of bank.example has no key at s1._domainkey.bank.example; to mend: "
      "bank.example: "
      "publish the key as TXT record of s1._domainkey.bank.example, or sign with a selector that has one");
  verdict.dmarc.status = dmarc::Status::Pass;
  verdict.dmarc.text = "aligned: DKIM bank.example";
  EXPECT_EQ(summary(verdict), "aligned: aligned: DKIM bank.example");
}

}  // namespace
}  // namespace alignd::cause
