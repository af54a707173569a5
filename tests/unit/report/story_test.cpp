// The story of a message, as alignd-check tells it.
#include "verifier/report/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/cause/explain.h"

namespace alignd::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string storyOf(const Verdict& verdict, const policy::Decision& decision = {}) {
  std::string out;
  appendStory(out, verdict, decision);
  return out;
}

// Of example.org, which publishes p=reject, and passes.
Verdict sample() {
  Verdict verdict;
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "example.org";
  verdict.dmarc.status = dmarc::Status::Pass;
  verdict.dmarc.authorDomain = verdict.dmarc.policyDomain = verdict.dmarc.organizationalDomain =
      "example.org";
  verdict.dmarc.record = "v=DMARC1; p=reject";
  verdict.dmarc.selectedTag = "p";
  verdict.dmarc.selected = verdict.dmarc.effective = dmarc::Policy::Reject;
  return verdict;
}

// Fails under a policy in testing; everything that can be told is there.
Verdict eventful() {
  Verdict verdict = sample();
  verdict.author.domain = verdict.dmarc.authorDomain = "mail.example.org";
  verdict.spf.emplace();
  verdict.spf->status = spf::Status::Fail;
  verdict.spf->domain = "bounce.example.org";
  verdict.spf->client = IpAddress::parse("192.0.2.7");
  verdict.spf->text = "192.0.2.7 matches \"-all\"";
  verdict.spf->mechanism = "-all";
  verdict.spf->path = {"bounce.example.org", "_spf.example.net"};
  verdict.spf->explanation = "see https://example.org/spf";
  verdict.spf->terms = 3;
  verdict.spf->voids = 1;
  verdict.spfHelo.emplace();
  verdict.spfHelo->status = spf::Status::Pass;
  verdict.spfHelo->domain = "mail.example.org";
  dkim::SignatureResult passed;
  passed.status = dkim::Status::Pass;
  passed.reason = dkim::Reason::Verified;
  passed.domain = passed.domainAscii = "esp.example";
  passed.selector = "s1";
  passed.algorithm = "rsa-sha256";
  passed.keyBits = 2048;
  passed.keyTesting = passed.keyAuthenticated = true;
  passed.unsignedBytes = 12;
  dkim::SignatureResult failed;
  failed.status = dkim::Status::Fail;
  failed.reason = dkim::Reason::BodyHashMismatch;
  failed.domain = failed.domainAscii = "example.org";
  failed.selector = "s2";
  failed.algorithm = "ed25519-sha256";
  failed.text = "body hash did not verify";
  failed.diagnosis = "body_was_empty";
  verdict.dkim.signatures = {passed, failed};
  verdict.dkim.unparsed = 1;
  verdict.dkim.notEvaluated = 2;
  verdict.arc.status = arc::Status::Pass;
  verdict.arc.trustedText = "list.example is no trusted sealer";
  arc::Set& set = verdict.arc.sets.emplace_back();
  set.instance = 1;
  set.sealDomain = "list.example";
  set.cv = "none";
  set.seal = set.message = "pass";
  dmarc::Result& dmarc = verdict.dmarc;
  dmarc.status = dmarc::Status::Fail;
  dmarc.text = "nothing that passed is aligned";
  dmarc.walk = {{"mail.example.org", dns::Status::NoSuchName, "", "", true},
                {"example.org", dns::Status::Ok, "v=DMARC1; p=reject; t=y", "a tag stands twice", true},
                {"org", dns::Status::NoData, "", "", false}};
  dmarc.testing = true;
  dmarc.effective = dmarc::Policy::Quarantine;
  using Kind = dmarc::Identifier::Kind;
  dmarc.identifiers = {{Kind::Spf, "bounce.example.org", "", false, false, "", "SPF failed"},
                       {Kind::Dkim, "esp.example", "s1", true, false, "", "not aligned"}};
  dmarc.comparison = "the list says org";
  return verdict;
}

TEST(Story, TellsAllThereIs) {
  policy::Decision decision;
  decision.wouldBe.action = policy::Action::Mark;
  decision.wouldBe.cause = "dmarc";
  decision.rule = "lists";
  decision.overrideType = "policy_test_mode";
  decision.overrideComment = "t=y: reject applied as quarantine";
  EXPECT_EQ(storyOf(eventful(), decision),
            "author    mail.example.org\n"
            "spf       fail  bounce.example.org: 192.0.2.7 matches \"-all\"\n"
            "          term -all\n"
            "          by the record of bounce.example.org\n"
            "          by the record of _spf.example.net\n"
            "          3 of 10 terms, 1 of 2 void lookups\n"
            "          the domain explains: see https://example.org/spf\n"
            "spf helo  pass  mail.example.org\n"
            "dkim      pass  d=esp.example s=s1 rsa-sha256\n"
            "          2048 bit key, testing (t=y), DNSSEC\n"
            "          12 octets of the body are not signed (l=)\n"
            "dkim      fail  d=example.org s=s2 ed25519-sha256: body hash did not verify\n"
            "          diagnosis: the body was empty when it was signed\n"
            "          3 more DKIM-Signature fields over the limits\n"
            "arc       pass\n"
            "          i=1 list.example cv=none, seal pass, message signature pass\n"
            "          list.example is no trusted sealer\n"
            "dmarc     fail: nothing that passed is aligned\n"
            "          _dmarc.mail.example.org  no such name\n"
            "          _dmarc.example.org  v=DMARC1; p=reject; t=y: a tag stands twice\n"
            "          policy of example.org: reject (p=), applied quarantine because of t=y\n"
            "          spf  bounce.example.org: SPF failed\n"
            "          dkim esp.example: not aligned\n"
            "          list and walk differ: the list says org\n"
            "why       " +
                cause::summary(eventful()) +
                "\n"
                "action    accept\n"
                "          with mode = \"enforce\": mark, by dmarc\n"
                "          by rule lists\n"
                "          policy overridden: policy_test_mode t=y: reject applied as quarantine\n");
}

TEST(Story, IsShortWhereNothingHappened) {
  Verdict verdict = sample();
  verdict.dmarc.text = "aligned: nothing";
  verdict.spfHelo.emplace();  // a HELO name that was not told
  EXPECT_EQ(storyOf(verdict),
            "author    example.org\n"
            "dkim      none  no signature\n"
            "arc       none\n"
            "dmarc     pass: aligned: nothing\n"
            "          policy of example.org: reject (p=)\n"
            "why       aligned: nothing\n"
            "action    accept\n");
}

TEST(Story, AnAuthorWhomNobodyKnows) {
  Verdict verdict;
  verdict.author.problem = message::AuthorProblem::SeveralDomains;
  verdict.author.domains = {"one.example", "two.example"};
  verdict.dmarc.text = "not evaluated";
  policy::Decision decision;
  decision.taken.action = decision.wouldBe.action = policy::Action::Reject;
  decision.taken.cause = decision.wouldBe.cause = "author";
  const std::string story = storyOf(verdict, decision);
  const std::string problem = message::problemReason(verdict.author);
  EXPECT_THAT(story, testing::StartsWith("author    unknown: " + problem +
                                         "\n"
                                         "          could be one.example\n"
                                         "          could be two.example\n"));
  EXPECT_THAT(story, HasSubstr("dmarc     none: " + problem + "\n"));
  EXPECT_THAT(story, HasSubstr("action    reject, by author\n"));
  EXPECT_THAT(story, Not(HasSubstr("enforce"))) << "it is done, and would be";
}

TEST(Story, WhatIsAppliedToAFailure) {
  Verdict verdict = sample();
  verdict.dmarc.status = dmarc::Status::Fail;
  EXPECT_THAT(storyOf(verdict), HasSubstr("policy of example.org: reject (p=), applied reject\n"));
  verdict.dmarc.status = dmarc::Status::Pass;
  verdict.dmarc.testing = true;
  EXPECT_THAT(storyOf(verdict), HasSubstr("policy of example.org: reject (p=)\n"));
}

TEST(Story, NamesTheRecordToMend) {
  Verdict verdict = sample();
  verdict.dmarc.status = dmarc::Status::None;
  verdict.dmarc.record.clear();
  EXPECT_THAT(storyOf(verdict), HasSubstr("          the record to mend is at _dmarc.example.org\n"));
  EXPECT_THAT(storyOf(sample()), Not(HasSubstr("record to mend")));
}

TEST(Story, SaysWhoFoundWhatWasTakenOver) {
  Verdict verdict = sample();
  verdict.takenOver.from = "border.example.net";
  EXPECT_THAT(storyOf(verdict), Not(HasSubstr("upstream")));
  verdict.takenOver.methods.dmarc = true;
  EXPECT_THAT(storyOf(verdict),
              HasSubstr("upstream  some results were taken over from border.example.net\n"));
}

}  // namespace
}  // namespace alignd::report
