// Why a signature failed: what happens to mail on its way, done to signed messages.
#include "verifier/dkim/diagnosis.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/dkim/play.h"

namespace alignd::dkim {
namespace {

using namespace std::string_literals;

using test::Play;
using test::SigningKey;
using test::SignOptions;

// The signature stays on top; the fields under it are From, To, Subject, Date.
constexpr std::size_t kTo = 2;
constexpr std::size_t kSubject = 3;

struct Header {
  SignOptions how;
  std::function<void(Play&)> change;
  std::string rsa;
  std::string ed25519;  // no digest comes out of the signature
  std::string_view why;
};

TEST(Diagnosis, Header) {
  const Header rows[] = {
      {{}, [](Play& p) { p.body += "x"; }, "header_verifies", "header_verifies", "body only"},
      {{},
       [](Play& p) {
         p.body += "x";
         p.fields[kSubject] += "x";
       },
       "header_fails_too; key_matches",
       "header_fails_too",
       "body and header"},
      {{}, [](Play& p) { p.fields[kSubject] += "x"; }, "key_matches", "", "a signed field"},
      {{.c = "simple/simple"},
       [](Play& p) { p.fields[kSubject] = "Subject:  hello"; },
       "key_matches",
       "",
       "blanks: no way back from simple"},
      {{.h = "from:from:to:subject:date"},
       [](Play& p) { p.fields.insert(p.fields.begin() + 1, "From: evil@example.com"); },
       "key_matches; verifies_without=from",
       "verifies_without=from",
       "oversigned and added"},
      {{},
       [](Play& p) { p.fields.emplace_back("To: other@example.net"); },
       "key_matches; verifies_without=to; repeated=to",
       "repeated=to",
       "added below; Ed25519 runs out of tries"},
      {{},
       [](Play& p) { p.fields[kSubject] = "Subject: [my list] hello"; },
       "key_matches; subject_tag=[my list]",
       "",
       "a mailing list"},
      {{},
       [](Play& p) { p.fields[kSubject] = "Subject: ***SPAM*** hello"; },
       "key_matches; subject_tag=***SPAM***",
       "",
       "a spam filter"},
      {{.extra = "z=From:Ann=20<ann@example.org>|To:bob@example.net|Subject:hello|Cc:x; "},
       [](Play& p) { p.fields[kSubject] = "Subject: hallo"; },
       "key_matches; changed=subject; missing=cc",
       "changed=subject; missing=cc",
       "z= tells"},
      {{},
       [](Play& p) {
         p.resolver->zone = dns::Zone(), p.txt("s1._domainkey.example.org", SigningKey::rsa(1024).record());
       },
       "key_differs",
       "",
       "another key"},
      {{},
       [](Play& p) {
         char& digit = p.top()[p.top().size() - 20];
         digit = digit == 'A' ? 'B' : 'A';
       },
       "key_differs",
       "",
       "b= damaged"},
  };
  for (const Header& row : rows) {
    for (const auto* key : {&SigningKey::rsa(2048), &SigningKey::ed25519()}) {
      Play play;
      play.sign(*key, row.how);
      ASSERT_EQ(play.one().diagnosis, "") << "costs a passing message nothing: " << row.why;
      row.change(play);
      const auto result = play.one();
      if (result.status == Status::PermError) continue;  // the RSA key under an Ed25519 signature
      EXPECT_EQ(result.status, Status::Fail) << row.why;
      EXPECT_EQ(result.diagnosis, key == &SigningKey::ed25519() ? row.ed25519 : row.rsa) << row.why;
    }
  }
}

TEST(Diagnosis, OtherHeaderCanonicalization) {
  // A signer that hashes relaxed and says simple.
  Play play;
  play.fields[1] = "TO:  bob@example.net";
  SignOptions how;
  how.c = "relaxed/simple";
  how.says = "simple/simple";
  play.sign(SigningKey::rsa(2048), how);
  const auto result = play.one();
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_EQ(result.diagnosis, "key_matches; header_verifies_as=relaxed");
}

TEST(Diagnosis, TagsThatAreNone) {
  for (const std::string& subject :
       {"Subject: [my list hello"s, "Subject: [" + std::string(100, 'x') + "] hello"}) {
    Play play;
    play.sign();
    play.fields[kSubject] = subject;
    EXPECT_EQ(play.one().diagnosis, "key_matches") << subject;
  }
}

// Of two keys at one name, the first one that the signature is of.
TEST(Diagnosis, SeveralKeys) {
  Play play;
  play.sign();
  play.txt("s1._domainkey.example.org", SigningKey::rsa(1024).record());
  play.fields[kSubject] += "x";
  EXPECT_EQ(play.one().diagnosis, "key_matches");
}

TEST(Diagnosis, CopiesOfFoldedAndOfRepeatedFields) {
  Play play;
  play.fields[2] = "Subject: a\r\n folded\r\n\tone";
  play.fields.push_back("Subject: another");
  play.sign(SigningKey::rsa(2048), {.h = "from", .extra = "z=Subject:a=20folded=20one; "});
  play.fields[1] += "x";
  EXPECT_EQ(play.one().diagnosis, "key_matches") << "the upper one is as the copy says";
}

TEST(Diagnosis, CopiesAreBounded) {
  Play play;
  std::string z = "z=Subject:hello";
  for (int i = 0; i < 5000; ++i) z += "|X-" + std::to_string(i) + ":y";
  play.sign(SigningKey::rsa(2048), {.extra = z + "; "});
  play.fields[kTo] += "x";
  const auto result = play.one();
  EXPECT_EQ(result.status, Status::Fail);
  EXPECT_LT(result.diagnosis.size(), 2000U);
}

std::string bodyDiagnosis(std::string_view c, std::string_view signedBody, std::string_view body,
                          const std::string& extra = "") {
  const test::Fields fields{"From: ann@example.org"};
  const std::string field = test::sign(fields, signedBody, SigningKey::rsa(1024),
                                       {.c = std::string(c), .h = "from", .extra = extra});
  message::HeaderBlock header;
  header.add({std::string_view(field).substr(0, 14), std::string_view(field).substr(15)});
  return diagnoseBody(header, 0, body);
}

TEST(Diagnosis, Body) {
  EXPECT_EQ(bodyDiagnosis("simple/simple", "a\r\n", "a\r\n"), "") << "it verifies";
  EXPECT_EQ(bodyDiagnosis("simple/simple", "a\r\nb\r\n", "a\r\nc\r\n"), "") << "nothing fits";
  EXPECT_EQ(bodyDiagnosis("simple/simple", "", "a\r\n"), "body_was_empty");
  std::string lines = "a\r\n";
  for (int i = 0; i < 200'000; ++i) lines += "b\r\n";
  EXPECT_EQ(bodyDiagnosis("simple/simple", lines, lines + "b\r\n"), "") << "one line end more than is tried";
  EXPECT_EQ(bodyDiagnosis("relaxed/relaxed", "a  b\r\nc\r\n", "a b\r\nc\r\n-- \r\nfooter\r\n"),
            "body_prefix=8");
  EXPECT_EQ(bodyDiagnosis("simple/simple", "a\r\n", "a\r\n\r\nfooter"), "body_prefix=3");
  EXPECT_EQ(bodyDiagnosis("simple/simple", "a\r\nb\r\n", "a\nb\r\n"), "body_verifies_with=crlf");
  EXPECT_EQ(bodyDiagnosis("simple/simple", "..a\r\n", ".a\r\n"), "body_dot=removed");
  EXPECT_EQ(bodyDiagnosis("simple/simple", ".a\r\n.\r\n", "..a\r\n..\r\n"), "body_dot=stuffed");
  EXPECT_EQ(bodyDiagnosis("simple/simple", "a b\r\n", "a  b \r\n"), "body_verifies_as=relaxed")
      << "only white space changed";
  EXPECT_EQ(bodyDiagnosis("simple/simple", "a\r\nb\r\n", "a\nb\r\nmore\r\n", "l=6; "),
            "body_verifies_with=crlf");
}

TEST(Diagnosis, BodyUnderTheOtherCanonicalization) {
  // bh= of the relaxed body in a signature that says simple: signers have done that.
  const std::string value = " v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s1; h=from; bh=" +
                            test::base64(test::sha256("a b\r\n")) + "; b=AAAA";
  message::HeaderBlock header;
  header.add({"DKIM-Signature", value});
  EXPECT_EQ(diagnoseBody(header, 0, "a  b \r\n"), "body_verifies_as=relaxed");
  const std::string lf = " v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s1; h=from; bh=" +
                         test::base64(test::sha256("a\nb\n")) + "; b=AAAA";
  message::HeaderBlock other;
  other.add({"DKIM-Signature", lf});
  EXPECT_EQ(diagnoseBody(other, 0, "a\r\nb\r\n"), "body_verifies_with=lf");
  const std::string nothing = " v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1; h=from; bh=" +
                              test::base64(test::sha256("\r\n")) + "; b=AAAA";
  message::HeaderBlock empty;
  empty.add({"DKIM-Signature", nothing});
  EXPECT_EQ(diagnoseBody(empty, 0, "a\r\n"), "body_was_empty") << "as simple hashes nothing";
  message::HeaderBlock none;
  none.add({"DKIM-Signature", " v=1"});
  EXPECT_EQ(diagnoseBody(none, 0, "a"), "") << "no signature";
}

TEST(Diagnosis, Sentences) {
  EXPECT_EQ(diagnosisText(""), "");
  EXPECT_EQ(diagnosisText("header_verifies; body_prefix=8"),
            "the header is as it was signed, only the body was changed; the rest was added behind; octets of "
            "the body "
            "that are as signed: 8");
  EXPECT_EQ(diagnosisText("body_verifies_with=lf"), "the signer hashed the body with LF instead of CRLF");
  EXPECT_EQ(diagnosisText("subject_tag=[a=b]"), "it verifies when this is taken off the Subject: [a=b]");
  EXPECT_EQ(diagnosisText("something_new=1"), "something_new=1");
}

}  // namespace
}  // namespace alignd::dkim
