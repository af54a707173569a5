// The situations of RFC 8601 appendix B, played: each message is authenticated, and the field that we write says what the
// example's field says. (B.1 has no field, B.7 is a matter of grammar: see authres/parser_test.cpp.)
#include <algorithm>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/zone/zone.h"
#include "tests/unit/dkim/signer.h"
#include "verifier/authres/parser.h"
#include "verifier/authres/write.h"
#include "verifier/verification.h"

namespace alignd {
namespace {

using testing::Contains;
using testing::ElementsAre;

class AppendixB : public testing::Test {
 protected:
  AppendixB() {
    options_->iprev = true;
    const auto txt = [&](const char* name, const std::string& text) {
      zone_->add(*dns::Name::parse(name), dns::Type::TXT, {300, dns::Txt(text)});
    };
    txt("example.net", "v=spf1 ip4:192.0.2.200 -all");
    txt("example.com", "v=spf1 ip4:192.0.2.1 -all");
    txt("gatsby._domainkey.example.com", test::SigningKey::ed25519().record());
    txt("gatsby._domainkey.newyork.example.com", test::SigningKey::ed25519().record());
    txt("furble._domainkey.mail-router.example.net", test::SigningKey::rsa(2048).record());
    const auto dialup = *dns::Name::parse("dialup-1-2-3-4.example.net");
    zone_->add(*dns::Name::parse("200.2.0.192.in-addr.arpa"), dns::Type::PTR, {300, dialup});
    zone_->add(dialup, dns::Type::A, {300, *IpAddress::parse("192.0.2.200")});
  }

  static Client clientAt(const char* address, const char* user = "") {
    Client client;
    client.address = IpAddress::parse(address);
    client.helo = "mail.example";
    client.authenticatedUser = user;
    return client;
  }

  // The value of the field that `id` writes.
  std::string authenticate(const std::string& id, const Client& client, const std::string& mailFrom,
                           const test::Fields& fields, std::string_view body,
                           Exemption exemption = Exemption::None) {
    static dns::ProgressThreads progress;
    Verification verification(options_, std::make_shared<dns::ZoneResolver>(zone_), progress);
    const Time now = std::chrono::steady_clock::now();
    verification.begin(client, mailFrom, false, exemption, now,
                       UnixTime(std::chrono::seconds(1'188'964'300)));
    for (const auto& field : fields) {
      const auto colon = field.find(':');
      verification.field(
          {std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)}, now);
    }
    verification.endOfHeader(now);
    verification.body(std::as_bytes(std::span(body.data(), body.size())));
    while (!verification.ready(now)) verification.wait();
    authres::Options options;
    options.authservId = id;
    return authres::write(verification.finish(now), {}, options);
  }

  // "method=result type.name{value}" for those properties that the examples show.
  static std::vector<std::string> told(const std::string& value) {
    const auto parsed = authres::parse(value);
    EXPECT_TRUE(parsed.clean()) << parsed.firstError << ": " << value;
    std::vector<std::string> out;
    for (const auto& result : parsed.results) {
      std::string text = result.method + "=" + result.result;
      for (const auto& [type, name, content] : result.properties) {
        if (name == "s" || name == "a" || name == "b" || name == "remote-ip" ||
            (type == "policy" && name != "iprev"))
          continue;
        text += " " + type + "." + name + "{" + content + "}";
      }
      out.push_back(std::move(text));
    }
    return out;
  }

  static test::Fields message(const std::string& from, const std::string& to) {
    return {"From: " + from, "Date: Fri, Feb 15 2002 16:54:30 -0800", "To: " + to,
            "Message-Id: <12345.abc@example.com>", "Subject: here's a sample"};
  }

  std::shared_ptr<dns::Zone> zone_ = std::make_shared<dns::Zone>();
  std::shared_ptr<VerificationOptions> options_ = std::make_shared<VerificationOptions>();
};

constexpr std::string_view kBody = "Hello!  Goodbye!\r\n";

TEST_F(AppendixB, NoAuthenticationDone) {  // B.2
  EXPECT_EQ(
      authenticate("example.org", clientAt("192.0.2.1"), "sender@example.com",
                   message("sender@example.com", "receiver@example.org"), kBody, Exemption::TrustedNetwork),
      "example.org; none");
}

TEST_F(AppendixB, SpfPasses) {  // B.3
  const auto field = authenticate("example.com", clientAt("192.0.2.200"), "sender@example.net",
                                  message("sender@example.net", "receiver@example.com"), kBody);
  EXPECT_THAT(told(field), Contains("spf=pass smtp.mailfrom{example.net}")) << field;
}

TEST_F(AppendixB, SeveralByOneMta) {  // B.4; it says itself that one field would do
  const auto field =
      authenticate("example.com", clientAt("192.0.2.200", "sender@example.net"), "sender@example.net",
                   message("sender@example.net", "receiver@example.com"), kBody);
  EXPECT_THAT(told(field),
              ElementsAre("auth=pass smtp.auth{sender@example.net}", "iprev=pass policy.iprev{192.0.2.200}",
                          "spf=pass smtp.mailfrom{example.net}", "dkim=none", "arc=none",
                          "dmarc=none header.from{example.net}"))
      << field;
}

TEST_F(AppendixB, SeveralByTwoMtas) {  // B.5
  test::Fields fields = message("sender@example.com", "receiver@example.com");
  const auto border = authenticate("example.com", clientAt("192.0.2.200", "sender@example.com"),
                                   "sender@example.com", fields, kBody);
  EXPECT_THAT(told(border), Contains("auth=pass smtp.auth{sender@example.com}"));
  EXPECT_THAT(told(border), Contains("spf=fail smtp.mailfrom{example.com}"));
  fields.insert(fields.begin(), "Authentication-Results: " + border);
  test::SignOptions signing{.c = "simple/simple", .d = "example.com", .s = "gatsby"};
  signing.h = "From:Date:To:Subject:Message-Id:Authentication-Results";
  fields.insert(fields.begin(), test::sign(fields, kBody, test::SigningKey::ed25519(), signing));
  const auto checker =
      authenticate("example.com", clientAt("192.0.2.1"), "sender@example.com", fields, kBody);
  EXPECT_THAT(told(checker), Contains("dkim=pass header.d{example.com} header.i{@example.com}")) << checker;
}

TEST_F(AppendixB, AcrossAdministrativeDomains) {  // B.6
  test::Fields fields = message("sender@newyork.example.com", "meetings@example.net");
  test::SignOptions author{.c = "simple/simple", .d = "newyork.example.com", .s = "gatsby"};
  author.h = "From:Date:To:Message-Id:Subject";
  fields.insert(fields.begin(), test::sign(fields, kBody, test::SigningKey::ed25519(), author));
  const auto list =
      authenticate("example.net", clientAt("192.0.2.220"), "sender@newyork.example.com", fields, kBody);
  EXPECT_THAT(told(list), Contains("dkim=pass header.d{newyork.example.com} header.i{@newyork.example.com}"));
  // The list adds its footer, what it found, and a signature over both.
  const std::string footer = std::string(kBody) + "-- \r\nTo unsubscribe ...\r\n";
  fields.insert(fields.begin(), "Authentication-Results: " + list);
  test::SignOptions lists{.c = "relaxed/simple", .d = "mail-router.example.net", .s = "furble"};
  lists.h = "From:Date:To:Message-Id:Subject:Authentication-Results";
  fields.insert(fields.begin(), test::sign(fields, footer, test::SigningKey::rsa(2048), lists));
  const auto border =
      authenticate("example.com", clientAt("192.0.2.250"), "meetings-bounce@example.net", fields, footer);
  const auto results = told(border);
  const auto first =
      std::find(results.begin(), results.end(),
                "dkim=pass header.d{mail-router.example.net} header.i{@mail-router.example.net}");
  ASSERT_NE(first, results.end()) << border;
  EXPECT_EQ(*(first + 1), "dkim=fail header.d{newyork.example.com} header.i{@newyork.example.com}");
  EXPECT_NE(border.find("reason="), std::string::npos) << "why the second failed";
}

}  // namespace
}  // namespace alignd
