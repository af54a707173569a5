// Attacks that were published against others, one whole message each, from the envelope to the field that we stamp:
// espoofer ("Composition Kills"), CVEs, bug reports. Those of one room alone stand in that room's tests.
#include <algorithm>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/zone/zone.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/authres/parser.h"
#include "verifier/authres/removal.h"
#include "verifier/authres/write.h"
#include "verifier/policy/decide.h"
#include "verifier/verification.h"

namespace alignd {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::Not;

// Answers from a zone and notes the names.
class NotingResolver final : public dns::Resolver {
 public:
  dns::AnswerPtr findOrAsk(const dns::Question& question, const std::shared_ptr<dns::Mailbox>&, dns::Need,
                           Time now) override {
    asked.push_back(question.name.text());
    return zone.answer(question, now);
  }
  dns::Zone zone;
  std::vector<std::string> asked;
};

// legit.example asks for rejection and sends from 192.0.2.1; attack.example sends from 192.0.2.66 and has a key.
class PublishedAttacks : public testing::Test {
 protected:
  PublishedAttacks() {
    txt("legit.example", "v=spf1 ip4:192.0.2.1 -all");
    txt("_dmarc.legit.example", "v=DMARC1; p=reject");
    txt("s1._domainkey.legit.example", test::SigningKey::rsa(2048).record());
    txt("attack.example", "v=spf1 ip4:192.0.2.66 -all");
    txt("s1._domainkey.attack.example", test::SigningKey::rsa(2048).record());
  }

  void txt(std::string_view name, std::string text) {
    resolver_->zone.add(*dns::Name::parse(name), dns::Type::TXT, {300, dns::Txt(std::move(text))});
  }
  void sign(const test::SignOptions& how) {
    fields_.insert(fields_.begin(), test::sign(fields_, body_, test::SigningKey::rsa(2048), how));
  }
  // From the attacker's address unless said otherwise.
  Verdict judge(std::string mailFrom, const char* address = "192.0.2.66") {
    static dns::ProgressThreads progress;
    Verification verification(std::make_shared<VerificationOptions>(), resolver_, progress);
    const Time now = std::chrono::steady_clock::now();
    Client client;
    client.address = IpAddress::parse(address);
    client.helo = helo_;
    verification.begin(std::move(client), std::move(mailFrom), false, Exemption::None, now,
                       UnixTime{std::chrono::seconds(1'760'000'000)});
    for (const std::string& field : fields_) {
      const auto colon = field.find(':');
      verification.field(
          {std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)}, now);
    }
    verification.endOfHeader(now);
    verification.body(std::as_bytes(std::span(body_.data(), body_.size())));
    while (!verification.ready(now)) verification.wait();
    Verdict verdict = verification.finish(now);
    authres::Options options;
    options.authservId = "mx.example.org";
    stamp_ = authres::write(verdict, {}, options);
    return verdict;
  }
  bool askedFor(std::string_view part) const {
    return std::any_of(resolver_->asked.begin(), resolver_->asked.end(),
                       [&](const std::string& name) { return name.find(part) != std::string::npos; });
  }
  // For readers that split at blanks and semicolons and know neither quotes nor comments.
  void expectNothingReadsAsLegit() const {
    for (const char* forged : {"header.d=legit.example", "smtp.mailfrom=legit.example", "dmarc=pass"}) {
      EXPECT_THAT(stamp_, Not(HasSubstr(forged)));
    }
  }

  std::shared_ptr<NotingResolver> resolver_ = std::make_shared<NotingResolver>();
  std::string helo_ = "attack.example";
  test::Fields fields_{"From: <admin@legit.example>", "To: <v@example.org>", "Subject: hello"};
  std::string body_ = "Some text.\r\n";
  std::string stamp_;
};

// T2, CVE-2019-20790, espoofer a1: a HELO pass is nothing to DMARC.
TEST_F(PublishedAttacks, T2HeloPassesAndMailFromDoesNotExist) {
  const Verdict verdict = judge("any@nx.legit.example");
  EXPECT_EQ(verdict.spf->status, spf::Status::None);
  ASSERT_TRUE(verdict.spfHelo);
  EXPECT_EQ(verdict.spfHelo->status, spf::Status::Pass);
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Fail);
  EXPECT_THAT(stamp_, HasSubstr("dmarc=fail"));
}

// T3, CVE-2020-12272, espoofer a4 to a6: what is no host name is not asked for and reads as none.
TEST_F(PublishedAttacks, T3DomainsThatHoldSyntax) {
  for (const std::string domain : {"legit.example(.attack.example", "legit.example'a.attack.example",
                                   "legit.example,.attack.example", "legit.example\".attack.example",
                                   "legit.example%.attack.example", "legit.example\\.attack.example"}) {
    SCOPED_TRACE(domain);
    txt("s1._domainkey." + domain, test::SigningKey::rsa(2048).record());
    txt(domain, "v=spf1 ip4:192.0.2.66 -all");
    fields_.erase(fields_.begin(), fields_.end() - 3);
    sign({.d = domain, .h = "from:subject"});
    resolver_->asked.clear();
    const Verdict verdict = judge("any@" + domain);
    for (const auto& signature : verdict.dkim.signatures) EXPECT_FALSE(signature.passes());
    EXPECT_EQ(verdict.spf->status, spf::Status::None);
    EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Fail);
    EXPECT_FALSE(askedFor("_domainkey.legit.example"));
    expectNothingReadsAsLegit();
    EXPECT_TRUE(authres::parse(stamp_).clean()) << stamp_;
  }
  const Verdict quoted = judge("any@legit.example'@any.attack.example");
  EXPECT_EQ(quoted.spf->status, spf::Status::None);
  expectNothingReadsAsLegit();
}

// T4, espoofer e3 to e5: results that came with the message are nobody's results.
TEST_F(PublishedAttacks, T4ForgedResultsInTheMessage) {
  fields_.insert(
      fields_.begin(),
      {"Authentication-Results: mx.example.org; dkim=pass header.d=legit.example; dmarc=pass "
       "header.from=legit.example",
       "Received-SPF: pass (mx.example.org) client-ip=192.0.2.1; envelope-from=admin@legit.example",
       "ARC-Authentication-Results: i=1; mx.example.org; dmarc=pass header.from=legit.example"});
  const Verdict verdict = judge("any@attack.example");
  EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Fail);
  expectNothingReadsAsLegit();
  authres::Options options;
  options.authservId = "mx.example.org";
  EXPECT_TRUE(authres::claimsOurId("Authentication-Results", fields_.front().substr(23), options));
}

// T7, OpenDMARC#300: a VERP path holds "=" and is still one value, of which the domain alone is told.
TEST_F(PublishedAttacks, T7VerpPath) {
  const Verdict verdict = judge("list+user=legit.example;spf=pass@attack.example");
  const auto parsed = authres::parse(stamp_);
  EXPECT_TRUE(parsed.clean()) << stamp_;
  EXPECT_EQ(verdict.spf->status, spf::Status::None) << "a semicolon stands in no local part without quotes";
  judge("list+user=legit.example@attack.example");
  EXPECT_THAT(stamp_, HasSubstr("spf=pass smtp.mailfrom=attack.example;"));
  expectNothingReadsAsLegit();
}

// T12, espoofer a3: a selector with a NUL, behind which the C string of the name ends.
TEST_F(PublishedAttacks, T12OctetsInSelectors) {
  for (const std::string& selector :
       {"s1._domainkey.attack.example.\0.any"s, "s1._domainkey.attack.example.\x01.any"s, "s1 x"s, "s1/x"s,
        "s\"1"s, "s1._domainkey.attack.example.#"s}) {
    SCOPED_TRACE(selector);
    fields_.erase(fields_.begin(), fields_.end() - 3);
    sign({.d = "legit.example", .s = selector, .h = "from:subject"});
    resolver_->asked.clear();
    const Verdict verdict = judge("any@attack.example");
    for (const auto& signature : verdict.dkim.signatures) EXPECT_FALSE(signature.passes());
    EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Fail);
    EXPECT_FALSE(askedFor("_domainkey")) << "no question for such a name";
    EXPECT_THAT(stamp_, Not(HasSubstr("dkim=pass")));
    EXPECT_TRUE(authres::parse(stamp_).clean()) << stamp_;
  }
}

// T19, SMTP smuggling (CVE-2023-51764 and others), Exim bug 3036: header and body are what the MTA says, and the octets
// of line ends count as they came.
TEST_F(PublishedAttacks, T19LineEndsAndPseudoHeaders) {
  body_ = "One line.\r\nAnother.\r\n";
  sign({.c = "simple/simple", .d = "legit.example", .h = "from:subject"});
  EXPECT_EQ(judge("any@attack.example").dmarc.status, dmarc::Status::Pass);
  for (const std::string& other :
       {"One line.\nAnother.\r\n"s, "One line.\rAnother.\r\n"s, "One line.\r\nAnother.\n"s,
        "One line.\r\nAnother.\n.\n"s, "One line.\r\nAnother.\n.\r\nMAIL FROM:<x>\r\n"s,
        "From: <x@attack.example>\r\n\r\nOne line.\r\nAnother.\r\n"s}) {
    SCOPED_TRACE(other);
    body_ = other;
    const Verdict verdict = judge("any@attack.example");
    EXPECT_EQ(verdict.dkim.signatures.at(0).status, dkim::Status::Fail);
    EXPECT_EQ(verdict.dmarc.status, dmarc::Status::Fail);
    EXPECT_EQ(verdict.author.domain, "legit.example") << "what stands in the body is no From field";
  }
}

// T20, Debian bug 644046: names in h= count from the bottom, so that a From on top leaves the signature alone. It makes
// two From fields, and that is nobody's message.
TEST_F(PublishedAttacks, T20FromAddedToASignedMessage) {
  sign({.d = "legit.example", .h = "from:subject"});
  EXPECT_EQ(judge("any@attack.example").dmarc.status, dmarc::Status::Pass);
  const test::Fields signedFields = fields_;
  for (const std::string name : {"From", "from", "From "}) {
    fields_ = signedFields;
    fields_.insert(fields_.begin(), name + ": <ceo@other.example>");
    const Verdict above = judge("any@attack.example");
    EXPECT_EQ(above.dkim.signatures.at(0).status, dkim::Status::Pass);
    EXPECT_EQ(above.author.problem, message::AuthorProblem::SeveralFrom);
    EXPECT_EQ(above.dmarc.status, dmarc::Status::PermError);
    EXPECT_THAT(stamp_, HasSubstr("dmarc=permerror reason=\"ambiguous_author: several From fields: "));
    fields_ = signedFields;
    fields_.push_back(name + ": <ceo@other.example>");
    EXPECT_EQ(judge("any@attack.example").dkim.signatures.at(0).status, dkim::Status::Fail);
  }
}

}  // namespace
}  // namespace alignd
