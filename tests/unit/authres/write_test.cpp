#include "verifier/authres/write.h"

#include <algorithm>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/authres/parser.h"

namespace alignd::authres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Options options() {
  Options out;
  out.authservId = "mx.example.org";
  return out;
}

dkim::SignatureResult signature(dkim::Status status, std::string domain) {
  dkim::SignatureResult out;
  out.status = status;
  out.reason = status == dkim::Status::Pass ? dkim::Reason::Verified : dkim::Reason::SignatureMismatch;
  out.identity = "@" + domain;
  out.domain = std::move(domain);
  out.selector = "s1";
  out.algorithm = "rsa-sha256";
  out.headerB = "AbCd1234";
  return out;
}

Verdict verdict() {
  Verdict out;
  out.client.address = IpAddress::parse("192.0.2.1");
  out.author.problem = message::AuthorProblem::None;
  out.author.domain = "example.com";
  out.spf.emplace();
  out.spf->status = spf::Status::Pass;
  out.spf->domain = "bounce.example.com";
  out.dkim.signatures.push_back(signature(dkim::Status::Pass, "example.com"));
  out.dmarc.status = dmarc::Status::Pass;
  out.dmarc.policyDomain = "example.com";
  out.dmarc.hasPolicy = true;
  out.dmarc.effective = dmarc::Policy::Reject;
  return out;
}

std::string write(const Verdict& one) {
  return authres::write(one, {}, options());
}

// The methods and results in order.
std::vector<std::string> results(std::string_view value) {
  std::vector<std::string> out;
  const auto parsed = parse(value);
  EXPECT_TRUE(parsed.clean()) << parsed.firstError << ": " << value;
  EXPECT_EQ(parsed.authservId, "mx.example.org");
  for (const auto& one : parsed.results) out.push_back(one.method + "=" + one.result);
  return out;
}

TEST(Write, Whole) {
  EXPECT_EQ(write(verdict()),
            "mx.example.org;\r\n"
            "\tspf=pass smtp.mailfrom=bounce.example.com;\r\n"
            "\tdkim=pass header.d=example.com header.i=@example.com\r\n"
            "\theader.a=rsa-sha256 header.s=s1 header.b=AbCd1234;\r\n"
            "\tarc=none;\r\n"
            "\tdmarc=pass policy.dmarc=reject header.from=example.com");
}

TEST(Write, EveryMethodInOrder) {
  Verdict one = verdict();
  one.client.authenticatedUser = "jo@example.com";
  one.iprev = IprevResult{IprevResult::Status::Fail, "no way back", one.client.address};
  one.spfHelo = one.spf;
  one.spfHelo->identity = spf::Identity::Helo;
  one.spfHelo->domain = "mail.example.com";
  one.dkim.signatures.push_back(signature(dkim::Status::Fail, "example.net"));
  one.arc.status = arc::Status::Pass;
  one.arc.oldestPass = 0;
  EXPECT_THAT(results(write(one)), ElementsAre("auth=pass", "iprev=fail", "spf=pass", "dkim=pass",
                                               "dkim=fail", "arc=pass", "dmarc=pass"));
  EXPECT_THAT(write(one), HasSubstr("policy.iprev=192.0.2.1"));
  EXPECT_THAT(write(one), HasSubstr("arc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1"));
  Options settings = options();
  settings.reportHelo = true;
  EXPECT_THAT(authres::write(one, {}, settings), HasSubstr("spf=pass smtp.helo=mail.example.com"));
  const auto each = writeEach(one, {}, settings);
  ASSERT_EQ(each.size(), 6U);
  EXPECT_THAT(results(each[3]), ElementsAre("dkim=pass", "dkim=fail"));
  EXPECT_THAT(results(each[5]), ElementsAre("dmarc=pass"));
}

TEST(Write, EveryResultOfIprev) {
  using Status = IprevResult::Status;
  const std::pair<Status, const char*> rows[] = {{Status::Pass, "iprev=pass"},
                                                 {Status::Fail, "iprev=fail"},
                                                 {Status::TempError, "iprev=temperror"},
                                                 {Status::PermError, "iprev=permerror"}};
  for (const auto& [status, word] : rows) {
    Verdict one = verdict();
    one.iprev.emplace();
    one.iprev->status = status;
    EXPECT_EQ(results(write(one)).front(), word);
  }
}

// What a host that was taken over from does not tell is not made up.
TEST(Write, TakenOver) {
  Verdict one = verdict();
  one.spf.reset();
  one.arc.status = arc::Status::Pass;
  one.arc.remote = IpAddress::parse("198.51.100.7");
  one.takenOver.methods.arc = true;
  one.dkim.signatures = {signature(dkim::Status::Policy, "example.com")};
  one.dkim.signatures[0].reason = dkim::Reason::TakenOver;
  const std::string field = write(one);
  EXPECT_THAT(results(field), ElementsAre("dkim=policy", "arc=pass", "dmarc=pass"));
  EXPECT_THAT(field, HasSubstr("smtp.remote-ip=198.51.100.7"));
  EXPECT_THAT(field, Not(HasSubstr("dkim-rules")));
  EXPECT_THAT(field, Not(HasSubstr("oldest-pass")));
}

TEST(Write, NothingEvaluated) {
  Verdict one = verdict();
  one.exemption = Exemption::TrustedNetwork;
  EXPECT_EQ(write(one), "mx.example.org; none");
  EXPECT_THAT(writeEach(one, {}, options()), ElementsAre("mx.example.org; none"));
  one.exemption = Exemption::Authenticated;
  one.client.authenticatedUser = "jo doe";
  EXPECT_EQ(write(one), "mx.example.org;\r\n\tauth=pass smtp.auth=jo%20doe");
}

TEST(Write, NoSignatures) {
  Verdict one = verdict();
  one.dkim.signatures.clear();
  EXPECT_THAT(write(one), HasSubstr("\tdkim=none;"));
}

// RFC 7208 section 2.4: the null path is the HELO identity; RFC 8601 section 2.7.2 reports that.
TEST(Write, NullPath) {
  Verdict one = verdict();
  one.spf->nullPath = true;
  one.spf->domain = "mail.example.com";
  EXPECT_THAT(write(one), HasSubstr("spf=pass smtp.helo=mail.example.com;"));
  one.spf->domain = "[192.0.2.66]";
  EXPECT_THAT(write(one), HasSubstr("smtp.helo=\"[192.0.2.66]\";"));
  one.spf->domain = "";
  EXPECT_THAT(write(one), HasSubstr("spf=pass;"));
}

TEST(Write, AmbiguousAuthorIsPermerrorWithReason) {
  Verdict one = verdict();
  one.author.problem = message::AuthorProblem::SeveralFrom;
  one.author.domain = "";
  const auto value = write(one);
  EXPECT_THAT(value, HasSubstr("dmarc=permerror reason=\"ambiguous_author: " +
                               std::string(message::problemText(one.author.problem))));
  EXPECT_THAT(value, Not(HasSubstr("header.from")));
  EXPECT_THAT(value, Not(HasSubstr("policy.dmarc")));
}

TEST(Write, LocalPolicy) {
  Verdict one = verdict();
  one.dmarc.status = dmarc::Status::Fail;
  one.dmarc.text = "no aligned identifier";
  policy::Decision decision;
  decision.overrideType = "local_policy";
  decision.overrideComment = "arc=pass as[1].d=lists.example";
  decision.rule = "lists";
  const auto value = authres::write(one, decision, options());
  const auto parsed = parse(value);
  const auto& dmarc = parsed.results.back();
  EXPECT_TRUE(parsed.clean());
  EXPECT_EQ(dmarc.reason,
            "unaligned_signer: SPF passes for bounce.example.com but is not aligned, signature of "
            "example.com passes "
            "but is not aligned");
  EXPECT_EQ(dmarc.property("policy", "override"), "local_policy");
  EXPECT_EQ(dmarc.property("policy", "override-comment"), "arc:pass as[1].d:lists.example");
  EXPECT_EQ(dmarc.property("policy", "rule"), "lists");
  decision.overrideComment.clear();
  EXPECT_THAT(authres::write(one, decision, options()), Not(HasSubstr("override-comment")));
}

TEST(Write, TestingKeyAndLocalRule) {
  Verdict one = verdict();
  one.dkim.signatures[0].keyTesting = true;
  EXPECT_THAT(write(one), HasSubstr("dkim=pass (test mode) header.d"));
  one.dkim.signatures[0].status = dkim::Status::Policy;
  one.dkim.signatures[0].reason = dkim::Reason::WeakKey;
  one.dkim.signatures[0].text = "RSA key of 768 bits";
  EXPECT_THAT(write(one), HasSubstr("dkim=policy reason=\"RSA key of 768 bits\""));
  EXPECT_THAT(write(one), HasSubstr("policy.dkim-rules=weak-key"));
}

// Whatever a mail says, nothing of it is syntax: neither for a strict reader nor for one that knows no
// quotes.
TEST(Write, HostileValues) {
  using namespace std::string_literals;
  const std::string hostile[] = {
      "x; dmarc=pass header.from=bank.example (",
      "x\"; dkim=pass header.d=bank.example; \"",
      "a\r\nX-Evil: 1\r\n\r\nbody",
      "bank.example(c)",
      "bank.example x",
      "bank.example\\",
      "a\0b;dkim=pass header.d=bank.example"s,
      "\xff\xfe;dkim=pass header.d=bank.example",
      "reason=\"x\" dmarc = pass header.from = bank.example",
      std::string(100'000, 'a') + ";dmarc=pass",
      std::string(300, ';'),
  };
  const std::regex forged("(dmarc|spf|dkim)\\s*=\\s*pass|header\\.(d|i|from)\\s*=\\s*bank\\.",
                          std::regex::icase);
  for (const auto& evil : hostile) {
    Verdict one = verdict();
    one.client.authenticatedUser = evil;
    one.iprev = IprevResult{IprevResult::Status::Fail, evil, one.client.address};
    one.spf->status = spf::Status::Fail;
    one.spf->domain = evil;
    one.spf->text = evil;
    auto& dkim = one.dkim.signatures[0];
    dkim.status = dkim::Status::PermError;
    dkim.text = dkim.domain = dkim.selector = dkim.algorithm = dkim.headerB = evil;
    dkim.identity = evil + "@" + evil;
    one.arc.status = arc::Status::Fail;
    one.arc.text = evil;
    one.author.domain = "example.com";
    one.dmarc.status = dmarc::Status::Fail;
    one.dmarc.text = evil;
    policy::Decision decision;
    decision.overrideType = decision.overrideComment = decision.rule = evil;
    const auto value = authres::write(one, decision, options());
    EXPECT_FALSE(std::regex_search(value, forged)) << value;
    EXPECT_THAT(results(value), ElementsAre("auth=pass", "iprev=fail", "spf=fail", "dkim=permerror",
                                            "arc=fail", "dmarc=fail"));
    for (const char c : value)
      EXPECT_TRUE((c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t') << value;
  }
}

std::size_t longestLine(std::string_view value) {
  std::size_t longest = 0;
  std::size_t column = std::string_view("Authentication-Results: ").size();
  for (const char c : value) {
    column = c == '\n' ? 0 : c == '\t' ? 8 : column + 1;
    longest = std::max(longest, column);
  }
  return longest;
}

TEST(Write, Folding) {
  Verdict one = verdict();
  EXPECT_LE(longestLine(write(one)), 78U);
  one.spf->status = spf::Status::Fail;
  one.spf->text =
      "not permitted by " + std::string(40, 'a') + " nor by " + std::string(30, 'b') + " or anyone";
  EXPECT_LE(longestLine(write(one)), 78U);
  EXPECT_EQ(parse(write(one)).results[0].reason, one.spf->text) << "unfolding gives the same text";
  std::string name = "a";
  for (int i = 0; i < 126; ++i) name += ".a";
  one.dkim.signatures[0].domain = name + "\x01";  // three octets for each dot
  one.dkim.signatures[0].domain.resize(253, '\x01');
  EXPECT_LE(longestLine(write(one)), 998U);
}

// A field that an attacker makes long keeps what counts.
TEST(Write, JunkSignaturesDoNotPushOutTheRest) {
  Verdict one = verdict();
  one.dkim.signatures.clear();
  for (int i = 0; i < 200; ++i) {
    one.dkim.signatures.push_back(signature(dkim::Status::Fail, std::string(250, ';')));
  }
  one.dkim.signatures.push_back(signature(dkim::Status::Pass, "example.com"));
  const auto value = write(one);
  EXPECT_LT(value.size(), 40'000U);
  const auto told = results(value);
  EXPECT_EQ(told[told.size() - 3], "dkim=pass");
  EXPECT_EQ(told.back(), "dmarc=pass");
  EXPECT_EQ(told[1], "dkim=fail");
}

// What passed is told whatever its length: it is what a reader filters by.
TEST(Write, PassingSignaturesAreNeverLeftOut) {
  Verdict one = verdict();
  one.dkim.signatures.assign(40, signature(dkim::Status::Pass, std::string(250, 'x')));
  one.dkim.signatures.insert(one.dkim.signatures.begin(), signature(dkim::Status::Fail, "example.com"));
  const auto told = results(write(one));
  EXPECT_EQ(std::count(told.begin(), told.end(), "dkim=pass"), 40);
  EXPECT_EQ(std::count(told.begin(), told.end(), "dkim=fail"), 0);
}

TEST(Write, SignaturesThatWereNotEvaluatedAreInTheLogAlone) {
  Verdict one = verdict();
  auto skipped = signature(dkim::Status::Neutral, "junk.example");
  skipped.reason = dkim::Reason::NotEvaluated;
  one.dkim.signatures.push_back(skipped);
  EXPECT_THAT(results(write(one)), ElementsAre("spf=pass", "dkim=pass", "arc=none", "dmarc=pass"));
  one.dkim.signatures = {skipped};
  EXPECT_THAT(results(write(one)), ElementsAre("spf=pass", "dkim=neutral", "arc=none", "dmarc=pass"));
}

TEST(Write, Ipv6AndQuotedId) {
  Verdict one = verdict();
  one.client.address = IpAddress::parse("2001:db8::1");
  one.arc.status = arc::Status::Fail;
  one.arc.text = "instance 1: no ARC-Seal";
  Options settings = options();
  settings.authservId = "mx.example.org/JOB";
  const auto value = authres::write(one, {}, settings);
  EXPECT_TRUE(value.starts_with("\"mx.example.org/JOB\";"));
  EXPECT_THAT(value,
              HasSubstr("arc=fail reason=\"instance 1: no ARC-Seal\"\r\n\tsmtp.remote-ip=\"2001:db8::1\""));
}

// What a temporary failure is good for: to see whose servers to look at.
TEST(Write, TellsEachServerOfATemporaryFailure) {
  Verdict one = verdict();
  auto& key = one.dkim.signatures[0];
  key = signature(dkim::Status::TempError, "example.com");
  key.reason = dkim::Reason::KeyDnsFailure;
  key.text =
      "key lookup failed: s1._domainkey.example.com: timeout (REFUSED from 192.0.2.53:53, no answer from "
      "192.0.2.54:53 for s1._domainkey.example.com within 5000 ms)";
  one.spf->status = spf::Status::TempError;
  one.spf->text =
      "server unreachable: TXT bounce.example.com: TCP port 53 of 192.0.2.53 refused the connection (the "
      "reply over "
      "UDP was cut off), no answer from 192.0.2.54:53 for bounce.example.com";
  const std::string value = std::regex_replace(write(one), std::regex("\\s+"), " ");
  for (const char* said :
       {"REFUSED from 192.0.2.53:53", "no answer from 192.0.2.54:53 for s1._domainkey.example.com",
        "TCP port 53 of 192.0.2.53 refused the connection",
        "no answer from 192.0.2.54:53 for bounce.example.com"}) {
    EXPECT_THAT(value, HasSubstr(said));
  }
  key.status = dkim::Status::PermError;
  EXPECT_THAT(std::regex_replace(write(one), std::regex("\\s+"), " "),
              Not(HasSubstr("192.0.2.54:53 for s1._domainkey")))
      << "others are short";
}

}  // namespace
}  // namespace alignd::authres
