// Published attacks on Authentication-Results, through the daemon: what stands in a message never becomes a result.
// (T5 and T6 are cleaning_test.cpp; each is a unit test as well.)
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/milter/running_daemon.h"
#include "tests/integration/milter/signed_field.h"

namespace alignd::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Attacks : public testing::Test {
 protected:
  std::string stamp(const Fields& fields, const std::string& body = "hello\r\n",
                    const std::string& address = "198.51.100.1") {
    MilterClient client(daemon_.socket());
    greet(client, address);
    sendEnvelope(client);
    end_ = sendContent(client, fields, body);
    EXPECT_EQ(end_.reply, Reply::Continue);
    const auto values = end_.inserted(kResults);
    EXPECT_THAT(values, SizeIs(1));
    return values.empty() ? "" : values[0];
  }
  RunningDaemon daemon_{
      "trust.upstream_networks = [\"203.0.113.5\"]\ntrust.upstream_ids = [\"border.example.org\"]\n"
      "trust.upstream_methods = [\"spf\", \"dkim\", \"arc\", \"dmarc\"]\nspf.received_spf = true\n"};
  EndReply end_;
};

TEST_F(Attacks, T4ForgedResultsAndReceivedSpf) {
  const std::string value = stamp(
      {{"Received-SPF", " pass (mx.example.org: domain of a@example.org) client-ip=192.0.2.1"},
       {kResults, " mx.example.org; spf=pass smtp.mailfrom=example.org; dmarc=pass header.from=example.org"},
       {kResults, " border.example.org; dmarc=pass header.from=example.org"},
       {"From", " a@example.org"}});
  EXPECT_THAT(value, HasSubstr("spf=fail"));
  EXPECT_THAT(value, HasSubstr("dmarc=fail"));
  EXPECT_THAT(end_.deleted(kResults), ElementsAre(2, 1));
  // Ours stands above the forged one, which is nobody's to remove (RFC 7208 section 9.1: the topmost counts).
  EXPECT_THAT(end_.inserted("Received-SPF"),
              ElementsAre(testing::AllOf(HasSubstr("fail"), HasSubstr("198.51.100.1"))));
}

TEST_F(Attacks, T5AConsecutiveRunOfForgeries) {
  Fields fields(4, {kResults, " mx.example.org; dkim=pass header.d=example.org"});
  fields.emplace_back("From", " a@example.org");
  stamp(fields);
  EXPECT_THAT(end_.deleted(kResults), ElementsAre(4, 3, 2, 1));
}

TEST_F(Attacks, T6DisguisesGoAndForeignFieldsStay) {
  stamp({{kResults, " \"mx.example.org\"; dmarc=pass"},
         {kResults, " (c) mx.example.org; spf=pass"},
         {kResults, " foreign.example; spf=pass"},
         {kResults, " mx.example.org.; spf=pass"},
         {"Authentication-Results \t", " mx.example.org/JOB; spf=pass"},
         {kResults, " mx.example.org (unterminated; dmarc=pass"},
         {kResults, " mx\xc2\xad.example.org; spf=pass"},
         {"From", " a@example.org"}});
  EXPECT_THAT(end_.deleted(kResults), ElementsAre(7, 6, 5, 4, 2, 1));
}

// No id, `none`, and a path full of what looks like syntax: nothing is read into them, from a trusted host neither.
TEST_F(Attacks, T7FieldsThatTempToBeMisread) {
  const char* host = "203.0.113.5";
  const std::pair<std::string, std::string> author{"From", " a@example.org"};
  EXPECT_THAT(
      stamp({{kResults, " spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; dmarc=pass"}, author},
            "x\r\n", host),
      HasSubstr("dmarc=fail"));
  EXPECT_THAT(end_.deleted(kResults), IsEmpty()) << "nobody's";
  EXPECT_THAT(stamp({{kResults, " border.example.org; none"}, author}, "x\r\n", host),
              HasSubstr("dmarc=fail"));
  EXPECT_THAT(stamp({{kResults,
                      " border.example.org; spf=fail smtp.mailfrom=\"b+u=x.example;dmarc=pass "
                      "header.from=a\"@l.example"},
                     author},
                    "x\r\n", host),
              HasSubstr("spf=fail reason=\"as border.example.org found\" smtp.mailfrom=l.example"));
}

TEST_F(Attacks, T8ResultsAreNeverMergedAcrossSignatures) {
  daemon_.dns().edit([](dns::Zone& zone) {
    for (const char* name : {"s1._domainkey.example.org", "s1._domainkey.example.bad"}) {
      zone.add(*dns::Name::parse(name), dns::Type::TXT, {300, dns::Txt(signingKeyRecord())});
    }
  });
  const std::vector<std::string> header{"From: a@example.org", "Subject: x"};
  const Fields fields{{"DKIM-Signature", signedField("example.org", header, "other\r\n")},
                      {"DKIM-Signature", signedField("example.bad", header, "hello\r\n")},
                      {"From", " a@example.org"},
                      {"Subject", " x"}};
  const std::string value = stamp(fields);
  EXPECT_THAT(value, testing::ContainsRegex("dkim=fail[^;]*header.d=example.org"));
  EXPECT_THAT(value, testing::ContainsRegex("dkim=pass[^;]*header.d=example.bad"));
  EXPECT_THAT(value, HasSubstr("dmarc=fail"));
}

TEST_F(Attacks, T44AnyNumberOfResultsTrustedOrNot) {
  for (const int count : {17, 40, 10'000}) {
    std::string results;
    for (int i = 0; i < count; ++i) results += "; dkim=pass header.d=d" + std::to_string(i) + ".example";
    for (const char* host : {"198.51.100.1", "203.0.113.5"}) {
      SCOPED_TRACE(std::to_string(count) + " from " + host);
      const std::string value =
          stamp({{kResults, " border.example.org" + results}, {"From", " a@example.org"}}, "x\r\n", host);
      EXPECT_THAT(value, HasSubstr("dmarc=fail"));
      EXPECT_THAT(end_.deleted(kResults), ElementsAre(1));
      EXPECT_LT(value.size(), 40'960U);
    }
  }
  EXPECT_TRUE(daemon_.process().running());
}

TEST_F(Attacks, T45JunkThatBrokeParsers) {
  const std::string b2000(2000, 'b');
  const char* host = "203.0.113.5";
  const Fields junk[] = {
      {{kResults, " border.example.org; (null)=pass; dmarc=(null)"}},
      {{kResults, " border.example.org; dara=pass; =; ; spf"}},
      {{kResults, " border.example.org; dkim=pass header.b=" + b2000}},
      {{kResults, "\n border.example.org\n\t;\n dkim\n =\n \n pass"}},
      {{"ARC-Seal", " i=1; word; cv=none"},
       {"ARC-Authentication-Results", " i=1; " + b2000 + "; (null)=pass"}},
      {{"ARC-Seal", " i=1; a=rsa-sha256; d=x.example; s=s; cv=none; b=" + std::string(684, 'b')},
       {"ARC-Message-Signature", " i=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=YQ==; b=" + b2000},
       {"ARC-Authentication-Results", " i=1; mx.example; dara=pass"}},
  };
  for (Fields fields : junk) {
    fields.emplace_back("From", " a@example.org");
    const std::string value = stamp(fields, "x\r\n", host);
    EXPECT_THAT(value, HasSubstr("dmarc=fail")) << fields[0].second;
    EXPECT_THAT(value, Not(HasSubstr("dkim=pass")));
    if (fields[0].first == "ARC-Seal") {
      EXPECT_THAT(value, HasSubstr("arc=fail"));
    }
  }
  EXPECT_TRUE(daemon_.process().running());
}

// Issue 12, 6: forty sessions whose SPF record is as dear as it can be made; each cost 2 s of CPU, on the one thread that
// ran everybody's SPF. Nothing of it is expanded, and the message in between has the verdict that it has alone.
TEST_F(Attacks, MacrosThatExpandToNothingHurtNobodyElse) {
  daemon_.dns().edit([](dns::Zone& zone) {
    std::string record = "v=spf1";
    for (int term = 0; term < 3; ++term) {
      record += " a:";
      for (int i = 0; i < 3000; ++i) record += "%{l1+}";
    }
    zone.add(*dns::Name::parse("evil.example"), dns::Type::TXT, {300, dns::Txt(record + " -all")});
  });
  const Fields fields{{"From", " a@evil.example"}};
  std::vector<std::unique_ptr<MilterClient>> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.push_back(std::make_unique<MilterClient>(daemon_.socket()));
    greet(*strangers.back(), "198.51.100.9");
    strangers.back()->mail({"<" + std::string(900, '+') + "@evil.example>"});
    strangers.back()->rcpt("<rcpt@example.net>");
    strangers.back()->data();
  }
  EXPECT_THAT(stamp({{"From", " a@mail.example.org"}}, "hello\r\n", "192.0.2.1"), HasSubstr("spf=pass"));
  for (const auto& stranger : strangers) {
    const auto values = sendContent(*stranger, fields).inserted(kResults);
    ASSERT_THAT(values, SizeIs(1));
    EXPECT_THAT(values[0], HasSubstr("spf=permerror"));
    EXPECT_LT(values[0].size(), 2000U);
  }
  const std::string line = daemon_.verdicts().back();
  EXPECT_THAT(line, HasSubstr("octets; those of more than 8192 are not evaluated"));
}

}  // namespace
}  // namespace alignd::test
