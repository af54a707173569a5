#include "verifier/report/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "verifier/dkim/canonical_header.h"

namespace alignd::report {
namespace {

using testing::HasSubstr;
using testing::Not;

// Everything failed, and the owner wants to know.
Verdict sample() {
  Verdict verdict;
  verdict.client.address = IpAddress::parse("192.0.2.7");
  verdict.envelope.mailFrom = "joe@bulk.example";
  verdict.author.problem = message::AuthorProblem::None;
  verdict.author.domain = "mail.bank.example";
  verdict.spf.emplace();
  verdict.spf->status = spf::Status::Fail;
  verdict.spf->domain = "bulk.example";
  dkim::SignatureResult signature;
  signature.status = dkim::Status::Fail;
  signature.reason = dkim::Reason::BodyHashMismatch;
  signature.domain = signature.domainAscii = "bank.example";
  signature.selector = "s1";
  signature.identity = "joe@bank.example";
  verdict.dkim.signatures.push_back(signature);
  verdict.dmarc.status = dmarc::Status::Fail;
  verdict.dmarc.authorDomain = "mail.bank.example";
  verdict.dmarc.policyDomain = verdict.dmarc.organizationalDomain = "bank.example";
  verdict.dmarc.fo = "1:d:s";
  verdict.dmarc.ruf = {"mailto:ruf@bank.example"};
  return verdict;
}

TEST(WantedFailure, IsWhatFoSaysAndNothingThatCouldGoRound) {
  struct Row {
    const char* what;
    void (*change)(Verdict&);
    FailureKind kind;
  };
  for (const Row& row : {
           Row{"all failed", [](Verdict&) {}, FailureKind::Dmarc},
           Row{"no ruf", [](Verdict& v) { v.dmarc.ruf.clear(); }, FailureKind::None},
           Row{"the default is 0", [](Verdict& v) { v.dmarc.fo = ""; }, FailureKind::Dmarc},
           Row{"what is not known is the default", [](Verdict& v) { v.dmarc.fo = "x"; }, FailureKind::Dmarc},
           Row{"one passes, fo=0",
               [](Verdict& v) {
                 v.dmarc.fo = "0";
                 v.dmarc.alignedSpf = true;
                 v.dmarc.status = dmarc::Status::Pass;
               },
               FailureKind::None},
           Row{"one passes, fo=1",
               [](Verdict& v) {
                 v.dmarc.fo = " 1 ";
                 v.dmarc.alignedSpf = true;
                 v.dmarc.status = dmarc::Status::Pass;
               },
               FailureKind::Dmarc},
           Row{"fo=d",
               [](Verdict& v) {
                 v.dmarc.fo = "d";
                 v.dmarc.alignedSpf = true;
                 v.dmarc.status = dmarc::Status::Pass;
               },
               FailureKind::Dkim},
           Row{"fo=d, and nothing was signed",
               [](Verdict& v) {
                 v.dmarc.fo = "0:d";
                 v.dmarc.alignedSpf = true;
                 v.dkim.signatures.clear();
               },
               FailureKind::None},
           Row{"fo=d, and DNS did not say",
               [](Verdict& v) {
                 v.dmarc.fo = "d";
                 v.dkim.signatures[0].status = dkim::Status::TempError;
               },
               FailureKind::None},
           Row{"fo=S", [](Verdict& v) { v.dmarc.fo = "S"; }, FailureKind::Spf},
           Row{"fo=s, and it passed",
               [](Verdict& v) {
                 v.dmarc.fo = "s";
                 v.spf->status = spf::Status::Pass;
               },
               FailureKind::None},
           Row{"a public suffix", [](Verdict& v) { v.dmarc.psd = 'y'; }, FailureKind::None},
           Row{"report mail", [](Verdict& v) { v.reportMail = true; }, FailureKind::None},
           Row{"a bounce", [](Verdict& v) { v.envelope.mailFrom = ""; }, FailureKind::None},
           Row{"it may pass next time", [](Verdict& v) { v.dmarc.status = dmarc::Status::TempError; },
               FailureKind::None},
           Row{"not evaluated", [](Verdict& v) { v.exemption = Exemption::Network; }, FailureKind::None},
           Row{"taken over", [](Verdict& v) { v.dmarc.policyDomain = ""; }, FailureKind::None},
       }) {
    Verdict verdict = sample();
    row.change(verdict);
    EXPECT_EQ(static_cast<int>(wantedFailure(verdict)), static_cast<int>(row.kind)) << row.what;
  }
}

struct Parts {
  nlohmann::json head;
  std::string feedback, header, body;
};

Parts partsOf(const std::string& record) {
  const auto end = record.find('\n');
  Parts out{nlohmann::json::parse(record.substr(0, end)), {}, {}, {}};
  std::size_t at = end + 1;
  for (auto [name, to] :
       {std::pair{"feedback", &out.feedback}, {"header", &out.header}, {"body", &out.body}}) {
    *to = record.substr(at, out.head[name].get<std::size_t>());
    at += out.head[name].get<std::size_t>();
  }
  EXPECT_EQ(at, record.size());
  return out;
}

class Record : public testing::Test {
 protected:
  void SetUp() override {
    header_.add({"From", " Joe <joe@mail.bank.example>"});
    header_.add({"DKIM-Signature",
                 " v=1; a=rsa-sha256; c=relaxed/relaxed; d=bank.example; s=s1; h=from; bh=YQ==; b=YQ=="});
    header_.add({"Subject", " secret"});
    verdict_.dkim.signatures[0].field = 1;
    context_.time = 1'795'320'000;
    context_.queueId = "4cXyZ";
    context_.authservId = "mx.receiver.example";
    context_.body = "See http://evil.example/ and HTTPS://x\r\n";
    context_.redactionKey = "key";
    context_.spfRecords = {{"bulk.example", "v=spf1 exists:\"x\" -all"}};
  }
  Parts make(FailureKind kind = FailureKind::Dmarc, policy::Action action = policy::Action::Accept) {
    policy::Decision decision;
    decision.taken.action = action;
    return partsOf(failureRecord(kind, verdict_, decision, header_, options_, context_));
  }
  Verdict verdict_ = sample();
  message::HeaderBlock header_;
  FailureOptions options_;
  FailureContext context_;
};

TEST_F(Record, TellsWhatRfc9991Requires) {
  const Parts parts = make();
  EXPECT_EQ(parts.head["policy_domain"], "bank.example");
  EXPECT_EQ(parts.head["from"], "mail.bank.example");
  EXPECT_EQ(parts.head["ruf"], nlohmann::json({"mailto:ruf@bank.example"}));
  EXPECT_EQ(parts.head["redacted"], true);
  EXPECT_EQ(parts.feedback,
            "Auth-Failure: dmarc\r\n"
            "Authentication-Results: mx.receiver.example;\r\n dmarc=fail header.from=mail.bank.example\r\n"
            "Identity-Alignment: dkim, spf\r\n"
            "Delivery-Result: delivered\r\n"
            "Original-Envelope-Id: 4cXyZ\r\n"
            "Original-Mail-From: <" +
                pseudonym("joe", "key") +
                "@bulk.example>\r\n"
                "Source-IP: 192.0.2.7\r\n"
                "Reported-Domain: mail.bank.example\r\n"
                "DKIM-Domain: bank.example\r\n"
                "DKIM-Identity: " +
                pseudonym("joe", "key") +
                "@bank.example\r\n"
                "DKIM-Selector: s1\r\n"
                "SPF-DNS: txt : bulk.example :\r\n \"v=spf1 exists:\\\"x\\\" -all\"\r\n");
  EXPECT_THAT(parts.header, Not(HasSubstr("joe")));
  EXPECT_THAT(parts.header, Not(HasSubstr("secret")));
  EXPECT_EQ(parts.body, "");
}

TEST_F(Record, CanonicalHeaderOnlyOfWhatIsNotRedacted) {
  EXPECT_THAT(make().feedback, Not(HasSubstr("DKIM-Canonicalized-Header")));
  options_.header.redact = false;
  const Parts parts = make();
  // from:Joe <joe@mail.bank.example> CRLF dkim-signature:v=1; ... b=
  EXPECT_THAT(
      parts.feedback,
      HasSubstr("DKIM-Canonicalized-Header:\r\n ZnJvbTpKb2UgPGpvZUBtYWlsLmJhbmsuZXhhbXBsZT4NCmRraW0t"));
  EXPECT_THAT(parts.header, HasSubstr("Subject: secret\r\n"));
}

TEST_F(Record, CanonicalHeaderIsWhatIsSigned) {
  header_.clear();
  header_.add({"Received", " first"});
  header_.add({"received", " second"});
  header_.add({"From", "  Joe \t<joe@mail.bank.example> "});
  header_.add({"DKIM-Signature",
               " v=1; a=rsa-sha256; c=relaxed/relaxed; d=bank.example; "
               "s=s1;\r\n\th=from:received:subject:received:received; bh=YQ==; "
               "b=YQ\r\n ==; t=1"});
  // RFC 6376 section 5.4.2: from the bottom up; what is not there is nothing; the own field last, without CRLF.
  EXPECT_EQ(dkim::canonicalHeader(header_, 3, 10'000),
            "from:Joe <joe@mail.bank.example>\r\nreceived:second\r\nreceived:first\r\n"
            "dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=bank.example; s=s1; "
            "h=from:received:subject:received:received; bh=YQ==; b=; t=1");
  EXPECT_EQ(dkim::canonicalHeader(header_, 3, 50), "");  // all of it or nothing
  EXPECT_EQ(dkim::canonicalHeader(header_, 2, 10'000), "");
  EXPECT_EQ(dkim::canonicalHeader(header_, 9, 10'000), "");
}

TEST_F(Record, OtherKinds) {
  EXPECT_THAT(
      make(FailureKind::Dkim).feedback,
      HasSubstr("Auth-Failure: bodyhash\r\nAuthentication-Results: mx.receiver.example;\r\n dkim=fail "
                "header.d=bank.example header.s=s1\r\n"));
  EXPECT_THAT(make(FailureKind::Spf).feedback,
              HasSubstr("Auth-Failure: spf\r\nAuthentication-Results: mx.receiver.example;\r\n spf=fail "
                        "smtp.mailfrom=bulk.example\r\n"));
  EXPECT_THAT(make(FailureKind::Dmarc, policy::Action::Reject).feedback,
              HasSubstr("Delivery-Result: reject"));
  EXPECT_THAT(make(FailureKind::Dmarc, policy::Action::Mark).feedback, HasSubstr("Delivery-Result: other"));
  verdict_.dmarc.alignedSpf = true;
  EXPECT_THAT(make().feedback, HasSubstr("Identity-Alignment: dkim\r\n"));
  verdict_.dmarc.alignedDkim = true;
  EXPECT_THAT(make().feedback, HasSubstr("Identity-Alignment: none\r\n"));
}

TEST_F(Record, ABodyIsShownOnlyWhereSetAndPlain) {
  options_.body = 1000;
  EXPECT_EQ(make().body, "See hxxp://evil.example/ and HxxPS://x\r\n");
  options_.body = 3;
  EXPECT_EQ(make().body, "See");
  options_.body = 1000;
  for (const char* type : {" multipart/mixed; boundary=x", " application/pdf", " text/html"}) {
    header_.clear();
    header_.add({"Content-Type", type});
    EXPECT_EQ(make().body, "") << type;
  }
  header_.clear();
  header_.add({"Content-Transfer-Encoding", " base64"});
  EXPECT_EQ(make().body, "");
}

TEST_F(Record, NothingThatASenderWroteMakesAFieldOfItsOwn) {
  verdict_.envelope.mailFrom = "a\r\nAuth-Failure: x\r\n@b";
  verdict_.dkim.signatures[0].selector = "s1\r\nX: y";
  verdict_.dkim.signatures[0].identity = "\r\n\r\n@x";
  context_.spfRecords = {{"a b\r\nX: y", "v=spf1 \r\nX: y\\"}};
  options_.header.redact = false;
  const Parts parts = make();
  EXPECT_THAT(parts.feedback, Not(HasSubstr("\nX:")));
  EXPECT_THAT(parts.feedback.substr(10), Not(HasSubstr("\nAuth-Failure")));
  EXPECT_THAT(parts.feedback, Not(HasSubstr("\r\n\r\n")));
}

}  // namespace
}  // namespace alignd::report
