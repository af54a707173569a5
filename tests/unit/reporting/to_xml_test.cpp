#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "reporting/report/report.h"
#include "tests/unit/reporting/xmllint.h"

namespace alignd::reporting {
namespace {

using testing::HasSubstr;
using testing::Not;

Report full() {
  Report out;
  out.metadata = {"Receiver & Sons <x>",
                  "dmarc@receiver.example",
                  "https://receiver.example/?a=1&b=2",
                  "0a1b",
                  1'795'305'600,
                  1'795'391'999,
                  "ignored, unknown tag: q",
                  "alignd-report 1"};
  out.policy = {"example.org", "treewalk", "reject", "quarantine", "none", "1:d", "s", "r", true};
  Row row;
  row.sourceIp = "2001:db8::1";
  row.disposition = "quarantine";
  row.dkim = true;
  row.reasons = {{"local_policy", "rule lists"}, {"policy_test_mode", ""}};
  row.headerFrom = "sub.example.org";
  row.envelopeFrom = "";
  row.envelopeTo = "rcpt.example";
  row.dkimResults = {{"example.org", "s1", "pass", ""}, {"x.example", "", "fail", "body hash mismatch"}};
  row.spfResult = SpfRow{"mail.example.org", "permerror", "two records"};
  out.rows.emplace_back(row, 12);
  Row plain;
  plain.sourceIp = "192.0.2.1";
  plain.disposition = "none";
  plain.headerFrom = "example.org";
  out.rows.emplace_back(plain, 1);
  return out;
}

TEST(ToXml, EveryElementInItsPlace) {
  EXPECT_EQ(toXml(full()), R"(<?xml version="1.0" encoding="UTF-8"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
 <version>1.0</version>
 <report_metadata>
  <org_name>Receiver &amp; Sons &lt;x&gt;</org_name>
  <email>dmarc@receiver.example</email>
  <extra_contact_info>https://receiver.example/?a=1&amp;b=2</extra_contact_info>
  <report_id>0a1b</report_id>
  <date_range>
   <begin>1795305600</begin>
   <end>1795391999</end>
  </date_range>
  <error>ignored, unknown tag: q</error>
  <generator>alignd-report 1</generator>
 </report_metadata>
 <policy_published>
  <domain>example.org</domain>
  <discovery_method>treewalk</discovery_method>
  <p>reject</p>
  <sp>quarantine</sp>
  <np>none</np>
  <fo>1:d</fo>
  <adkim>s</adkim>
  <aspf>r</aspf>
  <testing>y</testing>
 </policy_published>
 <record>
  <row>
   <source_ip>2001:db8::1</source_ip>
   <count>12</count>
   <policy_evaluated>
    <disposition>quarantine</disposition>
    <dkim>pass</dkim>
    <spf>fail</spf>
    <reason>
     <type>local_policy</type>
     <comment>rule lists</comment>
    </reason>
    <reason>
     <type>policy_test_mode</type>
    </reason>
   </policy_evaluated>
  </row>
  <identifiers>
   <header_from>sub.example.org</header_from>
   <envelope_from></envelope_from>
   <envelope_to>rcpt.example</envelope_to>
  </identifiers>
  <auth_results>
   <dkim>
    <domain>example.org</domain>
    <selector>s1</selector>
    <result>pass</result>
   </dkim>
   <dkim>
    <domain>x.example</domain>
    <selector></selector>
    <result>fail</result>
    <human_result>body hash mismatch</human_result>
   </dkim>
   <spf>
    <domain>mail.example.org</domain>
    <scope>mfrom</scope>
    <result>permerror</result>
    <human_result>two records</human_result>
   </spf>
  </auth_results>
 </record>
 <record>
  <row>
   <source_ip>192.0.2.1</source_ip>
   <count>1</count>
   <policy_evaluated>
    <disposition>none</disposition>
    <dkim>fail</dkim>
    <spf>fail</spf>
   </policy_evaluated>
  </row>
  <identifiers>
   <header_from>example.org</header_from>
  </identifiers>
  <auth_results />
 </record>
</feedback>
)");
}

TEST(ToXml, ValidAgainstTheSchema) {
  if (!test::canLint()) GTEST_SKIP() << "no xmllint";
  EXPECT_EQ(test::lint(toXml(full())), "");
  Report least;
  least.metadata = full().metadata;
  least.metadata.extraContactInfo = least.metadata.error = least.metadata.generator = "";
  least.policy = {"example.org", "", "none", "", "", "", "", "", false};
  least.rows.emplace_back(full().rows[1]);
  EXPECT_EQ(test::lint(toXml(least)), "");
  least.policy.p = "discard";  // the check can fail
  EXPECT_NE(test::lint(toXml(least)), "");
}

TEST(ToXml, EveryOctetFromOutsideIsSafe) {
  for (int octet = 0; octet < 256; ++octet) {
    Report report = full();
    const std::string text =
        "a" + std::string(1, static_cast<char>(octet)) + "b]]>&lt;<!--\xef\xbf\xbe\xed\xa0\x80";
    report.metadata.orgName = report.metadata.error = text;
    report.rows[0].first.headerFrom = text;
    report.rows[0].first.dkimResults[0].selector = text;
    const std::string xml = toXml(report);
    for (const char c : xml) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << octet;
    EXPECT_THAT(xml, Not(HasSubstr("\xef\xbf\xbe")));
    EXPECT_THAT(xml, Not(HasSubstr("\xed\xa0\x80")));
    if (octet % 16 == 0 && test::canLint()) {
      EXPECT_EQ(test::lint(xml), "") << octet;
    }
  }
}

TEST(Gzip, IsReadBackAndTheSameForTheSame) {
  const std::string text = toXml(full());
  const std::string packed = gzip(text);
  EXPECT_EQ(packed, gzip(text));
  EXPECT_EQ(packed.substr(0, 3), "\x1f\x8b\x08");
  std::string out(text.size() + 1, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.total_out, text.size());
  inflateEnd(&stream);
}

TEST(Names, FollowTheGrammar) {
  EXPECT_EQ(fileName("mx.receiver.example", full()),
            "mx.receiver.example!example.org!1795305600!1795391999!0a1b.xml.gz");
  EXPECT_EQ(subject("mx.receiver.example", full()),
            "Report Domain: example.org Submitter: mx.receiver.example Report-ID: 0a1b");
}

}  // namespace
}  // namespace alignd::reporting
