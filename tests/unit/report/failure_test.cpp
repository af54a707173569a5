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
           Row{"all failed, fo=0", [](Verdict& v) { v.dmarc.fo = "0"; }, FailureKind::Dmarc},
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
           Row{"the other passes, fo=1",
               [](Verdict& v) {
                 v.dmarc.fo = "1";
                 v.dmarc.alignedDkim = true;
                 v.dmarc.status = dmarc::Status::Pass;
               },
               FailureKind::Dmarc},
           Row{"both pass, fo=1",
               [](Verdict& v) {
                 v.dmarc.fo = "1";
                 v.dmarc.alignedDkim = v.dmarc.alignedSpf = true;
                 v.dmarc.status = dmarc::Status::Pass;
               },
               FailureKind::None},
           Row{"a word is no letter, and the default is 0",
               [](Verdict& v) {
                 v.dmarc.fo = "dkim:spf:1x";
                 v.dmarc.alignedSpf = true;
                 v.dmarc.status = dmarc::Status::Pass;
               },
               FailureKind::None},
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
           Row{"fo=d, and the signature verified",
               [](Verdict& v) {
                 v.dmarc.fo = "d";
                 v.dkim.signatures[0].status = dkim::Status::Pass;
                 v.dkim.signatures[0].reason = dkim::Reason::Verified;
               },
               FailureKind::None},
           Row{"fo=d, and DNS did not say",
               [](Verdict& v) {
                 v.dmarc.fo = "d";
                 v.dkim.signatures[0].status = dkim::Status::TempError;
               },
               FailureKind::None},
           Row{"fo=d, and whose signature it is cannot be told",
               [](Verdict& v) {
                 v.dmarc.fo = "d";
                 v.dkim.signatures[0].domainAscii.clear();
               },
               FailureKind::None},
           Row{"fo=S", [](Verdict& v) { v.dmarc.fo = "S"; }, FailureKind::Spf},
           Row{"fo=s, and it failed softly",
               [](Verdict& v) {
                 v.dmarc.fo = "s";
                 v.spf->status = spf::Status::SoftFail;
               },
               FailureKind::Spf},
           Row{"fo=s, and its record is broken",
               [](Verdict& v) {
                 v.dmarc.fo = "s";
                 v.spf->status = spf::Status::PermError;
               },
               FailureKind::Spf},
           Row{"fo=s, and it was not evaluated",
               [](Verdict& v) {
                 v.dmarc.fo = "s";
                 v.spf.reset();
               },
               FailureKind::None},
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

// A signature that nobody looked at here has not failed.
TEST(WantedFailure, NothingOfSignaturesThatWereNotEvaluated) {
  for (const auto reason :
       {dkim::Reason::NotEvaluated, dkim::Reason::TakenOver, dkim::Reason::WorkLimit, dkim::Reason::Syntax}) {
    Verdict verdict = sample();
    verdict.dmarc.fo = "d";
    verdict.dkim.signatures[0].status = dkim::Status::Neutral;
    verdict.dkim.signatures[0].reason = reason;
    EXPECT_EQ(wantedFailure(verdict) == FailureKind::Dkim, reason == dkim::Reason::Syntax)
        << dkim::reasonWord(reason);
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
  const std::string all = dkim::canonicalHeader(header_, 3, 10'000);
  EXPECT_EQ(all,
            "from:Joe <joe@mail.bank.example>\r\nreceived:second\r\nreceived:first\r\n"
            "dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=bank.example; s=s1; "
            "h=from:received:subject:received:received; bh=YQ==; b=; t=1");
  EXPECT_EQ(dkim::canonicalHeader(header_, 3, all.size()), all);
  for (const std::size_t most : {all.size() - 1, std::size_t{50}})
    EXPECT_EQ(dkim::canonicalHeader(header_, 3, most), "") << "all of it or nothing";
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
  EXPECT_THAT(make(FailureKind::Dmarc, policy::Action::Hold).feedback, HasSubstr("Delivery-Result: policy"));
  EXPECT_THAT(make(FailureKind::Dmarc, policy::Action::TempFail).feedback,
              HasSubstr("Delivery-Result: other"));
  verdict_.dmarc.alignedSpf = true;
  EXPECT_THAT(make().feedback, HasSubstr("Identity-Alignment: dkim\r\n"));
  verdict_.dmarc.alignedDkim = true;
  EXPECT_THAT(make().feedback, HasSubstr("Identity-Alignment: none\r\n"));
  verdict_.dmarc.alignedSpf = false;
  EXPECT_THAT(make().feedback, HasSubstr("Identity-Alignment: spf\r\n"));
}

// RFC 6591 section 3.3: how a signature failed.
TEST_F(Record, WordsOfAFailedSignature) {
  for (const auto& [reason, word] :
       {std::pair{dkim::Reason::BodyHashMismatch, "bodyhash"}, std::pair{dkim::Reason::KeyRevoked, "revoked"},
        std::pair{dkim::Reason::SignatureMismatch, "signature"},
        std::pair{dkim::Reason::KeyNotFound, "signature"}}) {
    verdict_.dkim.signatures[0].reason = reason;
    EXPECT_THAT(make(FailureKind::Dkim).feedback,
                testing::StartsWith("Auth-Failure: " + std::string(word) + "\r\n"));
  }
  verdict_.dkim.signatures.clear();
  const std::string none = make(FailureKind::Dkim).feedback;
  EXPECT_THAT(none, testing::StartsWith("Auth-Failure: signature\r\n"));
  EXPECT_THAT(none, HasSubstr("\r\n dmarc=fail header.from=mail.bank.example\r\n")) << "what there is";
  EXPECT_THAT(none, Not(HasSubstr("DKIM-")));
}

// Of several that failed, one whose domain would have been aligned; else the topmost.
TEST_F(Record, TellsOfTheSignatureThatMatters) {
  struct Row {
    std::vector<std::string> failed;
    const char* organization;
    dmarc::Alignment adkim;
    const char* told;
  };
  using enum dmarc::Alignment;
  for (const Row& row : {
           Row{{"esp.example", "mail.bank.example"}, "", Relaxed, "mail.bank.example"},
           Row{{"esp.example", "bank.example"}, "bank.example", Relaxed, "bank.example"},
           Row{{"esp.example", "news.bank.example"}, "bank.example", Relaxed, "news.bank.example"},
           Row{{"esp.example", "notbank.example"}, "bank.example", Relaxed, "esp.example"},
           Row{{"esp.example", "bank.example"}, "", Relaxed, "esp.example"},
           Row{{"esp.example", "", "third.example"}, "bank.example", Relaxed, "esp.example"},
           Row{{"bank.example", "mail.bank.example"}, "bank.example", Strict, "mail.bank.example"},
           Row{{"esp.example", "bank.example"}, "bank.example", Strict, "esp.example"},
       }) {
    const dkim::SignatureResult one = sample().dkim.signatures[0];
    verdict_.dkim.signatures.assign(row.failed.size(), one);
    for (std::size_t i = 0; i < row.failed.size(); ++i) {
      verdict_.dkim.signatures[i].domainAscii = row.failed[i];
    }
    verdict_.dmarc.organizationalDomain = row.organization;
    verdict_.dmarc.adkim = row.adkim;
    EXPECT_THAT(make().feedback, HasSubstr("\r\nDKIM-Domain: " + std::string(row.told) + "\r\n"))
        << testing::PrintToString(row.failed);
  }
}

TEST_F(Record, LeavesOutWhatIsNotKnown) {
  options_.header.redact = false;
  verdict_.dkim.signatures[0].field = 0;  // no signature stands there, so it has no canonical header
  verdict_.dkim.signatures[0].identity.clear();
  verdict_.client.address.reset();
  verdict_.spf.reset();
  context_.queueId = {};
  const Parts parts = make();
  for (const char* field :
       {"DKIM-Identity", "DKIM-Canonicalized-Header", "Source-IP", "SPF-DNS", "Original-Envelope-Id"}) {
    EXPECT_THAT(parts.feedback, Not(HasSubstr(field)));
  }
  EXPECT_EQ(parts.head["client"], "");
  verdict_.spf.emplace();
  verdict_.spf->status = spf::Status::Pass;
  EXPECT_THAT(make().feedback, Not(HasSubstr("SPF-DNS"))) << "what passed needs no mending";
}

TEST_F(Record, NamesAreTokensOrUnknown) {
  const std::string longest(255, 'm');
  const std::string tooLong(256, 'm');
  for (const auto& [id, shown] :
       {std::pair<std::string_view, std::string_view>{"mx_1.example", "mx_1.example"},
        {longest, longest},
        {tooLong, "unknown"},
        {"", "unknown"},
        {"mx example", "unknown"}}) {
    context_.authservId = id;
    EXPECT_THAT(make().feedback, HasSubstr("Authentication-Results: " + std::string(shown) + ";\r\n")) << id;
  }
}

TEST_F(Record, IsBounded) {
  verdict_.dmarc.ruf.assign(11, "mailto:ruf@bank.example");
  context_.spfRecords.assign(11, context_.spfRecords[0]);
  const Parts parts = make();
  EXPECT_EQ(parts.head["ruf"].size(), 10U);
  std::size_t records = 0;
  for (auto at = parts.feedback.find("SPF-DNS:"); at != std::string::npos;
       at = parts.feedback.find("SPF-DNS:", at + 1)) {
    ++records;
  }
  EXPECT_EQ(records, 10U);
}

// RFC 6591 section 4: a record is folded at its blanks, and unfolds to what it was.
TEST_F(Record, LongSpfRecordsAreFolded) {
  const std::string word = "include:a-rather-long-name.example";
  std::string record = "v=spf1";
  for (int i = 0; i < 5; ++i) record += " " + word;
  context_.spfRecords = {{"bulk.example", record + " \x7f"}};
  const std::string feedback = make().feedback;
  const auto begin = feedback.find("SPF-DNS: ");
  std::string field = feedback.substr(begin, feedback.find("\"\r\n", begin) - begin);
  std::size_t line = 0;
  for (std::size_t at = 0; at != std::string::npos; ++line) {
    const auto end = field.find("\r\n", at);
    EXPECT_LE(std::min(end, field.size()) - at, 100U);
    if (end == std::string::npos) break;
    EXPECT_EQ(field[end + 2], ' ');
    field.erase(end, 2);
    at = end;
  }
  EXPECT_GE(line, 3U);
  EXPECT_EQ(field, "SPF-DNS: txt : bulk.example : \"" + record + " ?");
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

// RFC 9991 section 7: no attachments. Of two fields nobody knows which one a reader believes.
TEST(MayShowBody, PlainTextThatIsNotEncoded) {
  struct Row {
    std::vector<message::RawField> fields;
    bool may;
  };
  for (const Row& row : {
           Row{{}, true},
           Row{{{"content-type", " Text/Plain; charset=utf-8"}}, true},
           Row{{{"Content-Type", " text/plain"}, {"Content-Transfer-Encoding", " 7bit"}}, true},
           Row{{{"Content-Transfer-Encoding", " 8BIT "}}, true},
           Row{{{"Content-Transfer-Encoding", " quoted-printable"}}, false},
           Row{{{"Content-Type", " text/plainer"}}, false},
           Row{{{"Content-Type", " text/plain"}, {"Content-Type", " text/plain"}}, false},
           Row{{{"Content-Transfer-Encoding", " 7bit"}, {"Content-Transfer-Encoding", " 7bit"}}, false},
       }) {
    message::HeaderBlock header;
    for (const auto& field : row.fields) header.add(field);
    EXPECT_EQ(mayShowBody(header), row.may) << (row.fields.empty() ? "" : row.fields.back().value);
  }
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
  verdict_.envelope.mailFrom = "a\tb@c";
  EXPECT_THAT(make().feedback, HasSubstr("Original-Mail-From: <a b@c>\r\n"));
}

}  // namespace
}  // namespace alignd::report
