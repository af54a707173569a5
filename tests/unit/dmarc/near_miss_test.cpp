// Records that their owners take for DMARC records: issue 16 item 2.
#include "verifier/dmarc/near_miss.h"

#include <string>

#include <gtest/gtest.h>

#include "verifier/dmarc/record.h"

namespace alignd::dmarc {
namespace {

TEST(NearMiss, Rows) {
  struct Row {
    std::string text;
    std::string_view problem;
  };
  const Row rows[] = {
      {"v=DMARC1 p=reject", "a blank instead of a semicolon stands behind the version"},
      {"v=DMARC1\tp=reject", "a blank instead of a semicolon stands behind the version"},
      {"v=DMARC1: p=reject", "a colon instead of a semicolon stands behind the version"},
      {"v=DMARC1, p=reject", "a comma instead of a semicolon stands behind the version"},
      {"v=DMARC1p=reject", "nothing separates the version from the policy"},
      {"v=DMARC1\\; p=reject",
       "a backslash stands behind the version: an escape of a zone file was published with it"},
      {"v=DMARC1\"; p=reject", "a quotation mark stands behind the version"},
      {"v=DMARC1\xc2\xa0; p=reject", "a no-break space stands behind the version"},
      {"v=DMARC1p =reject", "nothing separates the version from the policy"},
      {"v=DMARC1`; p=reject", "a quotation mark stands behind the version"},
      {"v=DMARC1\xe2\x80\x9d; p=reject", "a quotation mark stands behind the version"},
      {"v=DMARC1\xe2\x80\x8b; p=reject", "the version is none that is known, DMARC1 is"},  // U+200B
      {"v=DMARC1\xe2\x80\xa6; p=reject", "the version is none that is known, DMARC1 is"},  // U+2026
      {"v=DMARC1\xe2\x80", "the version is none that is known, DMARC1 is"},
      {"v=dmarc1", "the version is not in capitals"},
      {"v=dmarc1 ", "the version is not in capitals"},
      {"v=dmarc1 ; p=reject", "the version is not in capitals"},
      {"v=DMARC1.0; p=reject", "the version is none that is known, DMARC1 is"},
      {"v=DMARC2; p=reject", "the version is none that is known, DMARC1 is"},
      {"v=DMARC; p=reject", "the version is none that is known, DMARC1 is"},
      {"v=DMARC 1; p=reject", "a blank stands within DMARC1"},
      {"v=dmarc1; p=reject", "the version is not in capitals"},
      {"V=Dmarc1; p=reject", "the version is not in capitals"},
      {"v=\"DMARC1\"; p=reject", "quotation marks stand around DMARC1"},
      {"v=\xe2\x80\x9c"
       "DMARC1; p=reject",
       "quotation marks stand around DMARC1"},
      {"v=\xc2\xa0"
       "DMARC1; p=reject",
       "a no-break space stands in front of DMARC1"},
      {" v=DMARC1; p=reject", "a blank stands in front of the version"},
      {"\nv=DMARC1; p=reject", "a blank stands in front of the version"},
      {"\r\nv=DMARC1; p=reject", "a blank stands in front of the version"},
      {"\"v=DMARC1; p=reject\"", "a quotation mark stands in front of the version"},
      {"'v=DMARC1; p=reject'", "a quotation mark stands in front of the version"},
      {"\xe2\x80\x9cv=DMARC1; p=reject", "a quotation mark stands in front of the version"},
      {"\xef\xbb\xbfv=DMARC1; p=reject", "a byte order mark stands in front of the version"},
      {"\xc2\xa0v=DMARC1; p=reject", "a no-break space stands in front of the version"},
      {";v=DMARC1; p=reject", "a semicolon stands in front of the version"},
      {"\\v=DMARC1; p=reject", "a backslash stands in front of the version"},
      {"v:DMARC1; p=reject", "a colon instead of an equals sign stands behind v"},
      {"v DMARC1; p=reject", "no equals sign stands behind v"},
      {"vDMARC1; p=reject", "no equals sign stands behind v"},
      {"DMARC1; p=reject", "the version lacks its tag name"},
      {"p=reject; v=DMARC1", "the version is not the first tag"},
      {"p=reject; rua=mailto:a@b.example", "the version is missing"},
      {"rua = mailto:a@b.example", "the version is missing"},
      {"v=spf1 -all", "an SPF record"},
      {"v=spf2.0/pra -all", "an SPF record"},
      {"p;q=DMARC", ""},
      {"v=DKIM1; k=rsa; p=AAAA", "a DKIM key record"},
      {"", ""},
      {"some text", ""},
      {"google-site-verification=abc", ""},
      {"v=verifydomain MS=123", ""},
      {"policy of ours: reject", ""},
      {"=", ""},
      {"v", ""},
      {"v=", ""},
  };
  for (const Row& row : rows) {
    EXPECT_FALSE(parseRecord(row.text)) << row.text;
    const auto found = nearMiss(row.text);
    EXPECT_EQ(found ? found->problem : "", row.problem) << row.text;
    if (!found) continue;
    EXPECT_FALSE(found->remedy.empty()) << row.text;
    EXPECT_EQ(found->problem.find_first_of("=;"), std::string::npos)
        << "Authentication-Results would change it";
  }
}

TEST(NearMiss, LooksAtTheBeginningOnly) {
  EXPECT_FALSE(nearMiss(std::string(100'000, 'x') + "v=DMARC1"));
  EXPECT_TRUE(nearMiss("v=DMARC1 " + std::string(100'000, 'x')));
  // The version is right and in its place, whatever stands behind so many blanks.
  const std::string blanks(1000, ' ');
  for (const std::string& text :
       {"v=DMARC1" + blanks + "p=none", "v" + blanks.substr(0, 248) + "=DMARC1p=none"}) {
    EXPECT_FALSE(parseRecord(text));
    ASSERT_TRUE(nearMiss(text));
    EXPECT_EQ(nearMiss(text)->problem, "no semicolon follows the version");
  }
}

}  // namespace
}  // namespace alignd::dmarc
