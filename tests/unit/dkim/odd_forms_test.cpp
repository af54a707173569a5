// Messages and key records that look odd and are good all the same: RFC 6376 sections 3.4, 3.7, 5.4.2 and 6.1.2.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/dkim/play.h"
#include "verifier/dkim/verifier.h"

namespace alignd::dkim {
namespace {

using test::Play;
using test::SigningKey;
using test::SignOptions;

constexpr std::string_view kKeyName = "s1._domainkey.example.org";

std::string told(const SignatureResult& result) {
  return std::string(statusWord(result.status)) + " " + std::string(reasonWord(result.reason)) + ": " +
         result.text;
}

TEST(OddForms, KeyRecordsOfSeveralKinds) {
  const std::string& rsa = SigningKey::rsa(2048).record();
  const std::string& ed = SigningKey::ed25519().record();
  const struct {
    std::vector<std::string> records;
    const SigningKey& key;
    std::string expected;
    std::string_view why;
  } rows[] = {
      {{"v=DKIM1; p=", rsa}, SigningKey::rsa(2048), "pass verified: ", "6.1.2 step 4: each is tried"},
      {{rsa, "v=DKIM1; p="}, SigningKey::rsa(2048), "pass verified: ", "in any order"},
      {{ed, rsa}, SigningKey::rsa(2048), "pass verified: ", "one of each kind"},
      {{ed, rsa}, SigningKey::ed25519(), "pass verified: ", "for either signature"},
      {{rsa + "; s=tlsrpt", "v=DKIM1; p="},
       SigningKey::rsa(2048),
       "permerror key_revoked: key revoked: p= is empty",
       "the fault of the one that came nearest"},
      {{"v=DKIM1; p=", rsa + "; s=tlsrpt"},
       SigningKey::rsa(2048),
       "permerror key_revoked: key revoked: p= is empty",
       "in any order"},
      {{rsa + "; s=tlsrpt", "v=DKIM1; p=!"},
       SigningKey::rsa(2048),
       "permerror key_wrong_service: key record: s= does not include email: tlsrpt",
       "which is nearer than what cannot be read"},
      {{"v=DKIM1; p=!", rsa + "; h=sha1"},
       SigningKey::rsa(2048),
       "permerror key_wrong_hash: h= of the key allows sha1, not sha256",
       "likewise"},
      {{"v=DKIM1; p=!", ed},
       SigningKey::rsa(2048),
       "permerror key_wrong_type: the key is of type ed25519, the signature rsa-sha256",
       "likewise"},
      {{"v=DKIM2; p=x", "junk"},
       SigningKey::rsa(2048),
       "permerror key_version: key record: v= is not DKIM1 but DKIM2",
       "of records that are no keys, the first"},
  };
  for (const auto& row : rows) {
    Play play;
    play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, row.key));
    for (const auto& record : row.records) play.txt(kKeyName, record);
    EXPECT_EQ(told(play.one()), row.expected) << row.why;
  }
}

// [dkim] strict_syntax: the same message with and without.
TEST(OddForms, TolerancesAndTheLetter) {
  const std::string key = SigningKey::rsa(1024).record();
  struct Row {
    std::string record;
    std::string h;
    std::string extra;
    std::string remark;
    std::string strict;
  };
  const Row rows[] = {
      {key, "from", "", "", "pass verified: "},
      {key + ";\n", "from", "", "line ends as white space in the key record",
       "permerror key_syntax: key record: line ends as white space in the key record"},
      {key.substr(9) + "; v=DKIM1", "from", "", "v= is not the first tag",
       "permerror key_version: key record: v= is not the first tag"},
      {key, "from:", "", "an empty item in h=", "neutral syntax: an empty item in h="},
      {key + ";\n", "from", "x-y=z; ",
       "a hyphen in the tag name x-y, line ends as white space in the key record",
       "neutral syntax: a hyphen in the tag name x-y"},
  };
  for (const Row& row : rows) {
    Play play;
    SignOptions how;
    how.h = row.h;
    how.extra = row.extra;
    play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, SigningKey::rsa(1024), how));
    play.txt(kKeyName, row.record);
    const auto result = play.one();
    EXPECT_EQ(told(result), "pass verified: ") << row.remark;
    EXPECT_EQ(result.tolerated, row.remark);
    play.options.strictSyntax = true;
    EXPECT_EQ(told(play.one()), row.strict);
  }
}

TEST(OddForms, ByTheLetterARecordMayBeNearerThanAnother) {
  const std::string rsa = SigningKey::rsa(2048).record();
  Play play;
  play.options.strictSyntax = true;
  play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, SigningKey::rsa(2048)));
  play.txt(kKeyName, rsa.substr(9) + "; v=DKIM1");
  play.txt(kKeyName, rsa.substr(9) + "; v=DKIM1; h=sha1");
  play.txt(kKeyName, rsa + "; h=sha1");
  EXPECT_EQ(told(play.one()), "permerror key_wrong_hash: h= of the key allows sha1, not sha256");
}

TEST(OddForms, OddFormsThatAreGood) {
  const struct {
    test::Fields fields;
    std::string h;
    std::string extra;
    std::string_view why;
  } rows[] = {
      {{"From : a@example.org", "Subject\t: x"}, "from:subject", "", "3.4.2: blanks before the colon"},
      {{"FROM:a@example.org", "sUbJeCt:"}, "From:SUBJECT", "", "any case; an empty value"},
      {{"From:\r\n a@example.org", "Subject: \t"}, "from:subject", "", "T32: a leading fold, blanks only"},
      {{"From: a@example.org", "Subject: a\r\n \r\n b \r\n\t"}, "from:subject", "", "lines of blanks"},
      {{"From: a@example.org", "Subject: :;b=x; bh=y\xff\x01"}, "from:subject", "", "whatever octets"},
      {{"From: a@example.org"}, "from", "zz=b=x; bb=b=; b_=; ", "3.7: only the value of b= is left out"},
      {{"From: a@example.org"}, "from", "z=From:b=3D|To:b=; ", "nor one in z="},
      {{"From: a@example.org", "X-A: 1", "X-A: 2", "X-A: 3"}, "x-a:from:x-a", "", "5.4.2: 3, then 2"},
      {{"From: a@example.org", "X-A: " + std::string(70'000, 'x')}, "from:x-a", "", "a long line"},
  };
  for (const auto& row : rows) {
    for (const char* c : {"simple/simple", "relaxed/relaxed"}) {
      for (const bool last : {false, true}) {
        Play play;
        play.fields = row.fields;
        play.sign(SigningKey::rsa(2048), {.c = c, .h = row.h, .extra = row.extra});
        if (last) std::rotate(play.fields.begin(), play.fields.begin() + 1, play.fields.end());
        EXPECT_EQ(told(play.one()), "pass verified: ") << c << ": " << row.why;
      }
    }
  }
}

}  // namespace
}  // namespace alignd::dkim
