// DMARC Policy Records: RFC 9989 sections 4.7, 4.8 and 4.10.1.
#include "verifier/dmarc/record.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::dmarc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Record, Version) {  // section 4.7: first, exact; everything else is no DMARC record
  for (const char* text :
       {"v=DMARC1; p=none", "v=DMARC1;p=none", "v=DMARC1", "v=DMARC1;", "v = DMARC1 ; p=none",
        "v\t=\tDMARC1\t;p=none", "V=DMARC1; p=none", "v=DMARC1;;p=none"}) {
    EXPECT_TRUE(parseRecord(text)) << text;
  }
  for (const char* text : {"",
                           "v=DMARC1x; p=none",
                           "v=dmarc1; p=none",
                           "v=DMARC2; p=none",
                           "p=none; v=DMARC1",
                           " v=DMARC1; p=none",
                           ";v=DMARC1; p=none",
                           "v=DMARC1 p=none",
                           "v=DMARC1\\; p=none",
                           "v=\"DMARC1\"; p=none",
                           "DMARC1; p=none",
                           "v=spf1 -all",
                           "vv=DMARC1; p=none",
                           "v",
                           "v=",
                           "v DMARC1",
                           "v:DMARC1;p=none",
                           "\nv=DMARC1; p=none",
                           "v=DMARC1\n p=none",
                           "v=DMA\nRC1; p=none"}) {
    EXPECT_FALSE(parseRecord(text)) << text;
  }
}

struct Line {
  const char* text;
  Policy policy;
  const char* subdomain;    // "" when absent
  const char* nonexistent;  // likewise
  bool usable;
  const char* why;
};

const Line kPolicies[] = {
    {"v=DMARC1; p=none", Policy::None, "", "", true, "p"},
    {"v=DMARC1; p=quarantine", Policy::Quarantine, "", "", true, "p"},
    {"v=DMARC1; p=reject; sp=none; np=quarantine", Policy::Reject, "none", "quarantine", true, "sp, np"},
    {"v=DMARC1; sp=none; np=reject; p=quarantine", Policy::Quarantine, "none", "reject", true, "any order"},
    {"v=DMARC1; p=Reject; SP=NONE", Policy::Reject, "none", "", true, "ABNF strings have no case"},
    {"v=DMARC1; p = reject ;", Policy::Reject, "", "", true, "WSP around = and ;"},
    {"v=DMARC1; p=reject; p=none", Policy::Reject, "", "", true, "the first of two counts (decision 4)"},
    {"v=DMARC1; p=bogus; p=none", Policy::None, "", "", false, "also when it is bad"},
    {"v=DMARC1;p=reject;adkim=s;aspf=r;rf=afrf;;pct=100", Policy::Reject, "", "", true, "empty tag"},
    {"v=DMARC1;p=none;sp-none", Policy::None, "", "", true, "what is no tag is discarded (section 4.8)"},
    {"v=DMARC1;p=none;0;1:d:s;fo:0", Policy::None, "", "", true, "likewise"},
    {"v=DMARC1; p=reject; x_y=1; 9=2; =3", Policy::Reject, "", "", true, "names are 1*ALPHA"},
    {"v=DMARC1; p=reject; newtag=unknown", Policy::Reject, "", "", true, "unknown tag"},
    {"v=DMARC1; p=reject; pct=0; ri=1; rf=x", Policy::Reject, "", "", true, "historic tags (section 9.3)"},
    {"v=DMARC1", Policy::None, "", "", false, "4.10.1: no p, no rua"},
    {"v=DMARC1; psd=y", Policy::None, "", "", false, "likewise"},
    {"v=DMARC1; p=bogus", Policy::None, "", "", false, "bad p, no rua"},
    {"v=DMARC1; p=", Policy::None, "", "", false, "empty p"},
    {"v=DMARC1; p=none; np=bogus", Policy::None, "", "", false, "bad np, no rua"},
    {"v=DMARC1; p=reject; sp=bogus", Policy::None, "", "", false, "bad sp, no rua"},
    {"v=DMARC1; p=reject; sp=", Policy::None, "", "", false, "empty sp"},
    {"v=DMARC1; rua=mailto:a@example.org", Policy::None, "", "", true, "no p, but rua: p=none"},
    {"v=DMARC1; p=bogus; rua=mailto:a@example.org", Policy::None, "", "", true, "bad p, but rua"},
    {"v=DMARC1; p=reject; sp=bogus; rua=mailto:a@example.org", Policy::None, "", "", true,
     "bad sp: all of it"},
    {"v=DMARC1; p=reject; sp=none; np=x; rua=mailto:a@example.org", Policy::None, "", "", true,
     "bad np: all of it"},
    {"v=DMARC1; rua=nothing", Policy::None, "", "", false, "rua without a URI"},
    {"v=DMARC1; rua=nothing,mailto:a@example.org", Policy::None, "", "", true, "one good URI is enough"},
    {"v=DMARC1; rua=ftp://www.example.com", Policy::None, "", "", true, "any scheme is a URI"},
    {"v=DMARC1; p=r\xc3\xa9ject", Policy::None, "", "", false, "octets outside ASCII"},
};

TEST(Record, Policies) {
  for (const Line& line : kPolicies) {
    SCOPED_TRACE(std::string(line.text) + " -- " + line.why);
    const auto record = parseRecord(line.text);
    ASSERT_TRUE(record);
    EXPECT_EQ(policyWord(record->policy), policyWord(line.policy));
    EXPECT_EQ(record->subdomain ? policyWord(*record->subdomain) : "", line.subdomain);
    EXPECT_EQ(record->nonexistent ? policyWord(*record->nonexistent) : "", line.nonexistent);
    EXPECT_EQ(record->usable, line.usable);
    EXPECT_EQ(record->text, line.text);
  }
}

TEST(Record, OtherTags) {
  const auto record =
      parseRecord("v=DMARC1; p=reject; adkim=S; aspf=s; psd=Y; t=y; fo=1:d:s; ruf=mailto:f@example.org");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->adkim, Alignment::Strict);
  EXPECT_EQ(record->aspf, Alignment::Strict);
  EXPECT_EQ(record->psd, 'y');
  EXPECT_TRUE(record->testing);
  EXPECT_EQ(record->fo, "1:d:s");
  EXPECT_THAT(record->ruf, ElementsAre("mailto:f@example.org"));
  EXPECT_THAT(record->problems, IsEmpty());
}

TEST(Record, BadValuesGiveWayToDefaults) {  // section 4.8
  const auto record = parseRecord("v=DMARC1; p=reject; adkim=x; aspf=rs; psd=1; t=yes; fo=0:1");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->adkim, Alignment::Relaxed);
  EXPECT_EQ(record->aspf, Alignment::Relaxed);
  EXPECT_EQ(record->psd, 'u');
  EXPECT_FALSE(record->testing);
  EXPECT_EQ(record->fo, "0");
  EXPECT_EQ(record->problems.size(), 5U);
  EXPECT_EQ(record->problems.front(), "adkim= is x, which is not valid, taken as r");
}

TEST(Record, FailureOptions) {  // dmarc-fo
  for (const char* good : {"0", "1", "d", "s", "0:d", "d:0", "d:s", "1:s:d", "d:1:s", "D:S"}) {
    EXPECT_EQ(parseRecord(std::string("v=DMARC1;p=none;fo=") + good)->fo, good);
  }
  for (const char* bad : {"0:1", "0:0", "d:d", "x", "", "0:", ":0", "0 : d", "01", "0,d"}) {
    EXPECT_EQ(parseRecord(std::string("v=DMARC1;p=none;fo=") + bad)->fo, "0") << bad;
  }
}

TEST(Record, ReportingUris) {
  for (const char* good :
       {"mailto:a@b.example", "mailto:a@b.example?subject=x", "https://example.org/x?y#z", "http:x",
        "MAILTO:a@b", "mailto:a%2Cb@c.example", "a+b-c.1:x", "mailto:a@[192.0.2.1]"}) {
    EXPECT_TRUE(isReportingUri(good)) << good;
  }
  for (const char* bad : {"",
                          "a@b.example",
                          "mailto:",
                          "mailto:a",
                          "mailto:@b",
                          "mailto:a@",
                          ":x",
                          "1http:x",
                          "http:",
                          "mailto:a b@c",
                          "mailto:a,b@c",
                          "mailto:a!b@c",
                          "mailto:a%2@c",
                          "mailto:a%zz@c",
                          "mailto:a@c%2",
                          "mailto:<a@b>",
                          "mailto:a@b\x7f",
                          "mailto:\xc3\xa4@b",
                          "ht tp:x",
                          "mailto:?a@b"}) {
    EXPECT_FALSE(isReportingUri(bad)) << bad;
  }
  EXPECT_FALSE(isReportingUri(std::string_view("mailto:a\0@b", 11)));
}

TEST(Record, UriLists) {
  const auto record = parseRecord(
      "v=DMARC1;p=none;rua= mailto:a@x!10m , bad,https://y/!5, mailto:c@z!10q,mailto:d@z!k;ruf=,mailto:e@x!");
  ASSERT_TRUE(record);
  EXPECT_THAT(record->rua, ElementsAre("mailto:a@x", "https://y/"));
  EXPECT_THAT(record->ruf, IsEmpty());
  const std::string longest = "mailto:a@" + std::string(kMaxUri - 9, 'x');
  EXPECT_TRUE(isReportingUri(longest));
  EXPECT_FALSE(isReportingUri(longest + "x"));
  std::string many = "v=DMARC1;p=none;rua=mailto:a@x";
  for (int i = 0; i < 1000; ++i) many += ",mailto:a@x";
  EXPECT_EQ(parseRecord(many)->rua.size(), kMaxUris);
}

TEST(Record, ProblemsAreBounded) {
  std::string text = "v=DMARC1;p=none";
  for (int i = 0; i < 10000; ++i) text += ";x";
  EXPECT_LE(parseRecord(text)->problems.size(), 20U);
}

// Issue 12 item 10: nothing that is shown of a record grows with it.
TEST(Record, WhatIsShownIsCut) {
  const std::string huge(60'000, 'x');
  for (const std::string& text :
       {"v=DMARC1; p=none; n=" + huge, "v=DMARC1; p=" + huge, "v=DMARC1; " + huge + "=1", "v=DMARC1; " + huge,
        "v=DMARC1; adkim=" + huge, "v=DMARC1; p=none; rua=" + huge, "v=DMARC1; p=none; fo=" + huge,
        "v=DMARC1; p=none; rua=mailto:a@" + huge}) {
    const auto record = parseRecord(text);
    ASSERT_TRUE(record);
    std::size_t shown = record->text.size() + record->policyProblem.size() + record->fo.size();
    for (const auto* list : {&record->problems, &record->rua, &record->ruf}) {
      for (const auto& one : *list) shown += one.size();
    }
    EXPECT_LT(shown, 1000U) << text.substr(0, 30);
    EXPECT_TRUE(record->text.ends_with("...")) << text.substr(0, 30);
    EXPECT_EQ(record->text.size(), kShownRecord + 3) << text.substr(0, 30);
  }
}

// Issue 13 item 3: CR and LF count as WSP between tags, with a remark.
TEST(Record, LineEndsAsBlanks) {
  for (const char* text : {"v=DMARC1;\n p=reject;\n rua=mailto:a@b.example", "v=DMARC1\r\n;\r\np=reject\r\n",
                           "v\n=\nDMARC1\n;\np\n=\nreject\n"}) {
    const auto record = parseRecord(text);
    ASSERT_TRUE(record) << text;
    EXPECT_EQ(record->policy, Policy::Reject) << text;
    EXPECT_EQ(record->tolerated, "line ends as blanks in the record") << text;
  }
  EXPECT_EQ(parseRecord("v=DMARC1; p=reject")->tolerated, "");
  EXPECT_FALSE(parseRecord("v=DMARC1; p=rej\nect")->usable) << "within a value they are what they are";
}

TEST(Record, TheDecisiveProblemIsNamed) {
  struct Row {
    const char* text;
    const char* problem;
  };
  const Row rows[] = {
      {"v=DMARC1; p=monitor; pct=100", "p= is monitor, which is no policy, and there is no rua="},
      {"v=DMARC1; pct=100", "p= is missing, and there is no rua="},
      {"v=DMARC1; p=; p=reject", "p= is empty, and there is no rua="},
      {"v=DMARC1; p=reject; sp=x; np=y", "sp= is x, which is no policy, and there is no rua="},
      {"v=DMARC1; foo; p=x; rua=a@b.example", "p= is x, which is no policy, and no URI in rua= is valid"},
      {"v=DMARC1; p:reject", "p= is missing, and there is no rua="},
  };
  for (const Row& row : rows) {
    const auto record = parseRecord(row.text);
    ASSERT_TRUE(record) << row.text;
    EXPECT_FALSE(record->usable) << row.text;
    EXPECT_EQ(unusableText(*record), row.problem) << row.text;
  }
}

dns::AnswerPtr answerOf(std::initializer_list<const char*> texts) {
  auto answer = std::make_shared<dns::Answer>();
  answer->status = texts.size() == 0 ? dns::Status::NoData : dns::Status::Ok;
  for (const char* text : texts) answer->records.push_back({300, dns::Txt(text)});
  return answer;
}

TEST(PolicyAnswer, DiscardsWhatIsNoRecordAndMoreThanOne) {  // section 4.10 steps 2 and 6
  EXPECT_FALSE(readPolicyAnswer(*answerOf({})).record);
  EXPECT_FALSE(readPolicyAnswer(*answerOf({"some text", "v=spf1 -all"})).record);
  EXPECT_TRUE(readPolicyAnswer(*answerOf({"some text", "v=DMARC1; p=none", "v=DMARC2; p=none"})).record);
  const auto two = readPolicyAnswer(*answerOf({"v=DMARC1; p=none", "v=DMARC1; p=none"}));
  EXPECT_FALSE(two.record);
  EXPECT_THAT(two.problem, HasSubstr("2 DMARC records"));
  EXPECT_EQ(readPolicyAnswer(*answerOf({"v=DMARC1"})).problem, "p= is missing, and there is no rua=");
  EXPECT_EQ(readPolicyAnswer(*answerOf({"v=spf1 -all", "v=DMARC1 p=none"})).problem,
            "nearly a DMARC record: an SPF record")
      << "the first of two";
  EXPECT_EQ(readPolicyAnswer(*answerOf({"v=DMARC1; p=x; rua=mailto:a@b.example"})).problem,
            "p= is x, which is no policy, taken as none");
  EXPECT_EQ(readPolicyAnswer(*answerOf({"v=DMARC1;\np=none"})).problem, "line ends as blanks in the record");
  EXPECT_EQ(readPolicyAnswer(*answerOf({"some text", "v=DMARC1 p=none"})).problem,
            "nearly a DMARC record: a blank instead of a semicolon stands behind the version");
  EXPECT_EQ(readPolicyAnswer(*answerOf({"v=DMARC1 p=none", "v=DMARC1; p=none"})).problem, "")
      << "there is a good one beside it";
  dns::Answer dangling;
  dangling.status = dns::Status::DanglingCname;
  dangling.chain.push_back({*dns::Name::parse("_dmarc.d.example"), *dns::Name::parse("gone.example"), 300});
  EXPECT_EQ(readPolicyAnswer(dangling).problem, "an alias of gone.example, which does not exist");
  EXPECT_GT(derivedCost(readPolicyAnswer(*answerOf({"v=DMARC1; p=none; rua=mailto:a@x"}))),
            sizeof(PolicyAnswer));
}

}  // namespace
}  // namespace alignd::dmarc
