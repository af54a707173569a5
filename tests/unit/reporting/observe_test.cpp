#include "reporting/aggregate/observe.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/reporting/sample.h"

namespace alignd::reporting {
namespace {

using test::sample;
using testing::ElementsAre;

Options options() {
  Options out;
  out.email = "dmarc@receiver.example";
  return out;
}

TEST(Observe, AMessageThatPasses) {
  const Observation seen = observe(sample(), options());
  ASSERT_EQ(seen.why, Unreported::No);
  EXPECT_EQ(seen.policy,
            (PublishedPolicy{"example.org", "treewalk", "reject", "reject", "reject", "1", "r", "s", false}));
  EXPECT_THAT(seen.rua,
              ElementsAre("mailto:reports@example.org!2m"));  // the size limit stands in the record only
  EXPECT_EQ(seen.error, "");
  EXPECT_EQ(seen.row.sourceIp, "192.0.2.7");
  EXPECT_EQ(seen.row.disposition, "pass");
  EXPECT_TRUE(seen.row.dkim);
  EXPECT_FALSE(seen.row.spf);
  EXPECT_TRUE(seen.row.reasons.empty());
  EXPECT_EQ(seen.row.headerFrom, "example.org");
  EXPECT_EQ(seen.row.envelopeFrom, "mail.example.org");
  EXPECT_EQ(seen.row.envelopeTo, std::nullopt);
  EXPECT_THAT(seen.row.dkimResults, ElementsAre(DkimRow{"example.org", "s1", "pass", ""}));
  EXPECT_EQ(seen.row.spfResult, (SpfRow{"mail.example.org", "pass", ""}));
}

TEST(Observe, WhatStandsInNoReport) {
  struct Row {
    const char* what;
    std::function<void(LoggedMessage&)> change;
    Unreported why;
  };
  for (const Row& row : {
           Row{"exempt", [](auto& m) { m.exempt = "authenticated"; }, Unreported::Exempt},
           Row{"local", [](auto& m) { m.client = "local"; }, Unreported::NoAddress},
           Row{"behind a relay", [](auto& m) { m.client = "unknown"; }, Unreported::NoAddress},
           Row{"no policy", [](auto& m) { m.dmarc.policyDomain = ""; }, Unreported::NoPolicy},
           Row{"not evaluated", [](auto& m) { m.hasDmarc = false; }, Unreported::NoPolicy},
           Row{"no rua", [](auto& m) { m.dmarc.rua.clear(); }, Unreported::NoRua},
           Row{"comes again", [](auto& m) { m.action = "tempfail"; }, Unreported::Deferred},
           Row{"our own report", [](auto& m) { m.mailFrom = "DMARC@receiver.example"; },
               Unreported::OwnReport},
           Row{"our own report, its local part hidden",
               [](auto& m) {
                 m.mailFrom = "@receiver.example";
                 m.report = true;
                 m.dmarc.result = "fail";
               },
               Unreported::OwnReport},
           Row{"another receiver's report", [](auto& m) { m.report = true; }, Unreported::ReportMail},
           Row{"what only says so",
               [](auto& m) {
                 m.report = true;
                 m.dmarc.result = "fail";
               },
               Unreported::No},
           Row{"no word of DMARC", [](auto& m) { m.dmarc.p = "discard"; }, Unreported::Malformed},
           Row{"a name for a path", [](auto& m) { m.dmarc.policyDomain = "../x!y.example"; },
               Unreported::Malformed},
           Row{"no author", [](auto& m) { m.from = ""; }, Unreported::Malformed},
       }) {
    LoggedMessage message = sample();
    row.change(message);
    EXPECT_EQ(unreportedWord(observe(message, options()).why), unreportedWord(row.why)) << row.what;
  }
}

TEST(Observe, DispositionAndWhyItIsNotThePolicy) {
  struct Row {
    const char* what;
    const char* result;
    const char* policy;
    const char* action;
    const char* would;
    std::function<void(LoggedMessage&)> change;
    const char* disposition;
    const char* reason;  // "type: comment", "" for none
  };
  const auto nothing = [](LoggedMessage&) {};
  for (const Row& row : {
           Row{"passes, enforcing policy", "pass", "reject", "accept", "accept", nothing, "pass", ""},
           Row{"passes, p=none", "pass", "none", "accept", "accept", nothing, "none", ""},
           Row{"fails, p=none", "fail", "none", "accept", "accept", nothing, "none", ""},
           Row{"rejected", "fail", "reject", "reject", "reject", nothing, "reject", ""},
           Row{"marked", "fail", "quarantine", "mark", "mark", nothing, "quarantine", ""},
           Row{"held", "fail", "quarantine", "hold", "hold", nothing, "quarantine", ""},
           Row{"marked only", "fail", "reject", "mark", "mark", nothing, "quarantine",
               "local_policy: reject is applied as quarantine here"},
           Row{"stamp only", "fail", "reject", "accept", "reject", nothing, "none",
               "local_policy: results are recorded, policies are not enforced here"},
           Row{"a rule", "fail", "reject", "accept", "accept",
               [](auto& m) {
                 m.rule = "our-lists";
                 m.overrideType = "local_policy";
                 m.overrideComment = "rule our-lists";
               },
               "none", "local_policy: rule our-lists"},
           Row{"a forwarder", "fail", "reject", "accept", "accept",
               [](auto& m) {
                 m.overrideType = "trusted_forwarder";
                 m.overrideComment = "rule backup";
               },
               "none", "trusted_forwarder: rule backup"},
           Row{"a sealer", "fail", "reject", "accept", "accept",
               [](auto& m) {
                 m.overrideType = "local_policy";
                 m.overrideComment = "arc=pass as[1].d=lists.example as[1].s=a";
               },
               "none", "local_policy: arc=pass as[1].d=lists.example as[1].s=a"},
           Row{"t=y, enforced", "fail", "reject", "mark", "mark",
               [](auto& m) {
                 m.overrideType = "policy_test_mode";
                 m.overrideComment = "t=y";
                 m.dmarc.disposition = "quarantine";
               },
               "quarantine", "policy_test_mode: t=y"},
           Row{"t=y, stamp only", "fail", "reject", "accept", "mark",
               [](auto& m) {
                 m.overrideType = "policy_test_mode";
                 m.overrideComment = "t=y";
                 m.dmarc.disposition = "quarantine";
               },
               "none",
               "policy_test_mode: t=y, local_policy: results are recorded, policies are not enforced here"},
           Row{"SPF refuses, p=none", "fail", "none", "reject", "reject", [](auto& m) { m.cause = "spf"; },
               "none", ""},
           Row{"SPF refuses, p=quarantine", "fail", "quarantine", "reject", "reject",
               [](auto& m) { m.cause = "spf"; }, "reject", "local_policy: refused for spf"},
           Row{"a rule tightens", "fail", "none", "reject", "reject",
               [](auto& m) {
                 m.cause = "rule";
                 m.rule = "strict";
               },
               "reject", "local_policy: rule strict"},
           Row{"a rule refuses what passes", "pass", "none", "reject", "reject",
               [](auto& m) {
                 m.cause = "rule";
                 m.rule = "strict";
               },
               "reject", "local_policy: rule strict"},
           Row{"DNS trouble", "temperror", "reject", "accept", "accept", nothing, "none",
               "other: a temporary DNS error prevented the check"},
           Row{"no override that reports know", "fail", "reject", "accept", "accept",
               [](auto& m) {
                 m.overrideType = "sampled_out";
                 m.rule = "x";
               },
               "none", "local_policy: rule x"},
       }) {
    LoggedMessage message = sample();
    message.dmarc.result = row.result;
    message.dmarc.p = message.dmarc.policy = message.dmarc.disposition = row.policy;
    message.action = row.action;
    message.would = row.would;
    row.change(message);
    const Observation seen = observe(message, options());
    EXPECT_EQ(seen.row.disposition, row.disposition) << row.what;
    std::string reasons;
    for (const Reason& reason : seen.row.reasons) {
      reasons += (reasons.empty() ? "" : ", ") + reason.type + ": " + reason.comment;
    }
    EXPECT_EQ(reasons, row.reason) << row.what;
  }
}

TEST(Observe, SignaturesInTheOrderOfTheirWorthAndNotMoreThanAHundred) {
  LoggedMessage message = sample();
  message.dkim = {{"fail", "example.org", "f", "body_hash_mismatch", ""},
                  {"pass", "other.example", "o", "verified", ""},
                  {"pass", "sub.example.org", "r", "verified", ""},
                  {"pass", "EXAMPLE.org", "s", "verified", ""},
                  {"neutral", "", "x", "missing_tag", ""},
                  {"neutral", "late.example", "x", "not_evaluated", ""}};
  message.dmarc.identifiers = {{"dkim", "sub.example.org", "r", true, true},
                               {"dkim", "other.example", "o", true, false}};
  EXPECT_THAT(
      observe(message, options()).row.dkimResults,
      ElementsAre(DkimRow{"example.org", "s", "pass", ""}, DkimRow{"sub.example.org", "r", "pass", ""},
                  DkimRow{"other.example", "o", "pass", ""},
                  DkimRow{"example.org", "f", "fail", "body hash mismatch"}));
  message.dkim.assign(150, {"fail", "example.org", "f", "signature_mismatch", ""});
  message.dkim.push_back({"pass", "example.org", "s", "verified", ""});
  const Row row = observe(message, options()).row;
  ASSERT_EQ(row.dkimResults.size(), 100U);
  EXPECT_EQ(row.dkimResults[0].result, "pass");
}

TEST(Observe, TheNullPathAndNoDomainAtAll) {
  LoggedMessage message = sample();
  message.mailFrom = "";
  message.spf = {"none", "mail.example.org", "", true};
  Observation seen = observe(message, options());
  EXPECT_EQ(seen.row.envelopeFrom, "");
  EXPECT_EQ(seen.row.spfResult, (SpfRow{"mail.example.org", "none", ""}));
  message.spf.domain = "";  // HELO was an address literal
  EXPECT_EQ(observe(message, options()).row.spfResult, std::nullopt);
}

TEST(Observe, RecipientsAreToldWhereAllowedAndWhenThereIsOneDomain) {
  Options allowed = options();
  allowed.envelopeTo = true;
  LoggedMessage message = sample();
  EXPECT_EQ(observe(message, allowed).row.envelopeTo, "rcpt.example");
  message.recipientDomains.push_back("second.example");
  EXPECT_EQ(observe(message, allowed).row.envelopeTo, std::nullopt);
}

TEST(Observe, DefaultsAndErrorsOfTheRecord) {
  LoggedMessage message = sample();
  message.dmarc.sp = "quarantine";
  message.dmarc.fo = "";
  message.dmarc.method = "";
  message.dmarc.testing = true;
  message.dmarc.walk = {
      {"org", "nxdomain", "", ""},
      {"example.org", "ok", "v=DMARC1; p=reject; pct=50; aspf=x; rua=nowhere,mailto:a@example.org", ""}};
  const Observation seen = observe(message, options());
  EXPECT_EQ(seen.policy,
            (PublishedPolicy{"example.org", "", "reject", "quarantine", "quarantine", "0", "r", "s", true}));
  EXPECT_THAT(seen.error, testing::AllOf(testing::HasSubstr("aspf= is x"), testing::HasSubstr("nowhere"),
                                         testing::Not(testing::HasSubstr("pct"))));
  EXPECT_THAT(seen.rua, ElementsAre("nowhere", "mailto:a@example.org"));
}

TEST(Observe, MappedAddressesAreIPv4) {
  LoggedMessage message = sample();
  message.client = "::ffff:192.0.2.9";
  EXPECT_EQ(observe(message, options()).row.sourceIp, "192.0.2.9");
}

TEST(RowText, GivesTheRowBackWhateverItHolds) {
  Row row = observe(sample(), options()).row;
  row.reasons = {{"other", "quote \" and \n and \x01 and \xc3\xbc"}, {"local_policy", ""}};
  row.envelopeTo = "";
  row.spfResult->human = "\\";
  EXPECT_EQ(decodeRow(encode(row)), row);
  row.envelopeFrom.reset();
  row.spfResult.reset();
  row.dkimResults.clear();
  row.reasons.clear();
  EXPECT_EQ(decodeRow(encode(row)), row);
  const PublishedPolicy policy{"example.org", "psl", "none", "", "", "0:d", "s", "r", true};
  EXPECT_EQ(decodePolicy(encode(policy)), policy);
  const std::vector<std::string> words{"", "mailto:\"a\"", "\xff"};
  EXPECT_THAT(*decodeWords(encode(words)), ElementsAre("", "mailto:\"a\"", "\\xff"));
  for (const char* bad : {"", "{", "[]", "{}", "null", "{\"ip\":7}"}) {
    EXPECT_EQ(decodeRow(bad), std::nullopt) << bad;
    EXPECT_EQ(decodePolicy(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace alignd::reporting
