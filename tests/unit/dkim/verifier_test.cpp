// Whole messages: what a signature is worth, and why (RFC 6376 section 6, RFC 8601 section 2.7.1).
#include "verifier/dkim/verifier.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/dkim/play.h"
#include "verifier/dkim/key_check.h"
#include "verifier/dkim/key_lookup.h"

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

// Signed by a fresh zone whose key record is `record`.
SignatureResult withRecord(const std::string& record, const SigningKey& key = SigningKey::rsa(2048),
                           const SignOptions& options = {}) {
  Play play;
  play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, key, options));
  play.txt(kKeyName, record);
  return play.one();
}

TEST(Verifier, PassesInEveryForm) {
  for (const auto* key : {&SigningKey::rsa(1024), &SigningKey::rsa(2048), &SigningKey::ed25519()}) {
    for (const char* c :
         {"simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed", "simple"}) {
      Play play;
      play.body = " two  words \r\n\r\n\t.\r\n \r\n\r\n";
      play.sign(*key, {.c = c});
      const auto result = play.one();
      EXPECT_EQ(told(result), "pass verified: ") << c;
      EXPECT_EQ(result.canonicalization,
                std::string(c).find('/') == std::string::npos ? std::string(c) + "/simple" : c);
      EXPECT_EQ(result.algorithm, key->algorithm());
      EXPECT_EQ(result.identity, "@example.org");
    }
  }
}

TEST(Verifier, NoSignatureNoResult) {
  Play play;
  const auto result = play.run();
  EXPECT_TRUE(result.signatures.empty());
  EXPECT_EQ(result.fields, 0U);
  EXPECT_TRUE(play.resolver->asked.empty());
}

TEST(Verifier, TellsBodyFromHeader) {
  Play body;
  body.sign();
  body.body += "more\r\n";
  EXPECT_EQ(told(body.one()), "fail body_hash_mismatch: body hash did not verify");
  Play header;
  header.sign();
  header.fields[3] = "Subject: changed";
  EXPECT_EQ(told(header.one()), "fail signature_mismatch: signature did not verify");
}

TEST(Verifier, KeyFaults) {
  const std::string p = "p=" + SigningKey::rsa(2048).p();
  EXPECT_EQ(told(withRecord("v=DKIM1; p=")), "permerror key_revoked: key revoked: p= is empty");
  EXPECT_EQ(told(withRecord("v=DKIM1; k=ed25519; p=" + SigningKey::ed25519().p())),
            "permerror key_wrong_type: the key is of type ed25519, the signature rsa-sha256");
  EXPECT_EQ(told(withRecord("v=DKIM1; h=sha1; " + p)),
            "permerror key_wrong_hash: h= of the key allows sha1, not sha256");
  EXPECT_EQ(told(withRecord("v=DKIM1; s=tlsrpt; " + p)),
            "permerror key_wrong_service: key record: s= does not include email: tlsrpt");
  EXPECT_EQ(told(withRecord("v=DKIM2; " + p)),
            "permerror key_version: key record: v= is not DKIM1 but DKIM2");
  EXPECT_EQ(told(withRecord("hello world")),
            "permerror key_syntax: key record: no equals sign after hello world");
  EXPECT_EQ(told(withRecord(SigningKey::rsa(2048).record(), SigningKey::ed25519())),
            "permerror key_wrong_type: the key is of type rsa, the signature ed25519-sha256");
  EXPECT_EQ(told(withRecord(SigningKey::rsa(1024).record())),
            "fail signature_mismatch: signature did not verify")
      << "another key";
}

TEST(Verifier, StrictIdentity) {
  const std::string record = "v=DKIM1; t=s; p=" + SigningKey::rsa(2048).p();
  EXPECT_EQ(withRecord(record).status, Status::Pass) << "no i=";
  EXPECT_EQ(withRecord(record, SigningKey::rsa(2048), {.extra = "i=x@EXAMPLE.org; "}).status, Status::Pass);
  EXPECT_EQ(
      told(withRecord(record, SigningKey::rsa(2048), {.extra = "i=x@a.example.org; "})),
      "permerror key_strict_identity: t= of the key is strict (s), and i= has a subdomain of d= example.org");
}

TEST(Verifier, WeakKeysAndAlgorithms) {
  const auto weak = withRecord(SigningKey::rsa(768).record(), SigningKey::rsa(768));
  EXPECT_EQ(told(weak), "policy weak_key: RSA key of 768 bits, 1024 needed") << "RFC 8301 section 3.2";
  EXPECT_EQ(weak.keyBits, 768);
  Play sha1;
  sha1.sign(SigningKey::rsa(2048), {.a = "rsa-sha1"});
  EXPECT_EQ(told(sha1.one()), "policy weak_algorithm: rsa-sha1 is not valid any more (RFC 8301)");
  EXPECT_TRUE(sha1.resolver->asked.empty()) << "no question for what cannot pass";
  Play capped;
  capped.options.maximumRsaBits = 1536;
  capped.sign();
  EXPECT_EQ(told(capped.one()), "permerror key_too_large: RSA key of 2048 bits");
}

TEST(Verifier, TestingKeys) {
  const std::string record = "v=DKIM1; t=y; p=" + SigningKey::rsa(2048).p();
  const auto result = withRecord(record);
  EXPECT_EQ(result.status, Status::Pass) << "decision 7";
  EXPECT_TRUE(result.keyTesting);
  Play letter;
  letter.options.testingKeysPass = false;
  letter.fields.insert(letter.fields.begin(), test::sign(letter.fields, letter.body, SigningKey::rsa(2048)));
  letter.txt(kKeyName, record);
  EXPECT_EQ(told(letter.one()), "neutral key_testing: verified, but the key is in testing mode");
}

TEST(Verifier, DnsTroubleNamesTheHop) {
  struct Row {
    std::function<void(Play&)> zone;
    std::string expected;
  };
  const std::string name(kKeyName);
  const Row rows[] = {
      {[](Play&) {}, "permerror key_not_found: key not found: " + name + ": no such name"},
      {[](Play& p) { p.txt("x.s1._domainkey.example.org", "v=1"); },
       "permerror key_not_found: key not found: " + name + ": no data"},
      {[](Play& p) { p.cname(kKeyName, "x.example.net"); },
       "permerror key_not_found: key not found: " + name + " -> x.example.net: no such name"},
      {[](Play& p) {
         p.cname(kKeyName, "a.example.net");
         p.cname("a.example.net", "b.example.net");
         p.fail("b.example.net", dns::Status::ServerFailure);
       },
       "temperror key_dns_failure: key lookup failed: " + name +
           " -> a.example.net -> b.example.net: server failure"},
      {[](Play& p) {
         p.cname(kKeyName, "a.example.net");
         p.cname("a.example.net", kKeyName);
       },
       "permerror key_not_found: key not found: " + name + " -> a.example.net -> " + name + ": CNAME loop"},
      {[](Play& p) {
         for (int i = 0; i < 11; ++i)
           p.cname(i == 0 ? std::string(kKeyName) : "h" + std::to_string(i) + ".x",
                   "h" + std::to_string(i + 1) + ".x");
       },
       "permerror key_not_found: key not found: " + name +
           " -> h1.x -> h2.x -> h3.x -> h4.x -> h5.x -> h6.x -> h7.x -> h8.x -> h9.x -> h10.x -> h11.x: "
           "CNAME chain "
           "too long"},
      {[](Play& p) { p.fail(kKeyName, dns::Status::ServerFailure); },
       "temperror key_dns_failure: key lookup failed: " + name + ": server failure"},
      {[](Play& p) { p.resolver->silent = true; },
       "temperror key_dns_failure: key lookup failed: " + name + ": timeout"},
  };
  for (const Row& row : rows) {
    Play play;
    play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, SigningKey::rsa(2048)));
    row.zone(play);
    const std::string got = told(play.one());
    EXPECT_TRUE(got.starts_with(row.expected)) << got << "\nexpected " << row.expected;
  }
}

// Whole records of DER: a modulus of 16 bits, and 2.
constexpr std::string_view kEvenExponent("\x30\x08\x02\x03\x00\xab\xcd\x02\x01\x02", 10);

// RFC 8767, [dns] serve_stale.
TEST(Verifier, AKeyBeyondItsTtlMayOnlyHelp) {
  const std::string name(kKeyName);
  const std::string why = "SERVFAIL from 192.0.2.53:53 for " + name;
  const std::string lost =
      "temperror key_dns_failure: key lookup failed: " + name + ": server failure (" + why + ")";
  const struct {
    std::function<void(Play&)> change;
    std::string expected;
    bool stale;
  } rows[] = {
      {[](Play&) {}, "pass verified: key served stale: " + why, true},
      {[](Play& p) { p.body += "more\r\n"; },
       "fail body_hash_mismatch: body hash did not verify; key served stale: " + why, true},
      {[](Play& p) { p.fields[3] = "Subject: changed"; },
       lost + "; by the key of before: signature did not verify", false},
      {[](Play& p) { p.resolver->zone = {}; }, lost, false},  // never seen
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, "v=DKIM1; p=");
       },
       lost + "; by the key of before: key revoked: p= is empty", false},
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, "v=DKIM1; p=!!!!");
       },
       lost + "; by the key of before: key record: p= is not base64", false},
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, "v=DKIM2; p=");
       },
       lost + "; by the key of before: key record: v= is not DKIM1 but DKIM2", false},
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, "v=DKIM1; k=dsa; p=AAAA");
       },
       lost + "; by the key of before: key record: k= is dsa, which is not known", false},
      {[](Play& p) { p.txt(kKeyName, SigningKey::rsa(2048).record()); },
       "pass verified: key served stale: " + why, true},
      {[](Play& p) { p.options.maximumKeyRecords = 0; },
       lost + "; by the key of before: key not found: no TXT record", false},
      {[](Play& p) { p.options.maximumRsaBits = 1024; },
       lost + "; by the key of before: RSA key of 2048 bits", false},
      {[](Play& p) { p.options.minimumRsaBits = 4096; },
       lost + "; by the key of before: RSA key of 2048 bits, 4096 needed", false},
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, SigningKey::rsa(2048).record() + "; h=sha1");
       },
       lost + "; by the key of before: h= of the key allows sha1, not sha256", false},
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, SigningKey::rsa(2048).record() + "; s=tlsrpt");
       },
       lost + "; by the key of before: key record: s= does not include email: tlsrpt", false},
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, "v=DKIM1; p=" + test::base64(kEvenExponent));
       },
       lost + "; by the key of before: key record: the RSA exponent is even or 1", false},
      {[](Play& p) {
         p.fields.erase(p.fields.begin());
         p.sign(SigningKey::rsa(2048), {.extra = "i=@sub.example.org; "});
         p.resolver->zone = {};
         p.txt(kKeyName, SigningKey::rsa(2048).record() + "; t=s");
       },
       lost + "; by the key of before: t= of the key is strict (s), and i= has a subdomain of d= example.org",
       false},
      {[](Play& p) {
         p.resolver->zone = {};
         p.txt(kKeyName, SigningKey::rsa(1024).record());
       },
       lost + "; by the key of before: signature did not verify", false},
  };
  for (const auto& row : rows) {
    Play play;
    play.sign();
    play.resolver->stale = true;
    row.change(play);
    const auto result = play.one();
    EXPECT_EQ(told(result), row.expected);
    EXPECT_EQ(result.keyStale, row.stale) << row.expected;
  }
}

TEST(Verifier, AFailureWithoutDetailsIsNamedByItsStatus) {
  dns::Answer good;
  dns::Answer failure;
  failure.status = dns::Status::Refused;
  EXPECT_EQ((KeyAnswer{&good, nullptr}).staleText(), "");
  EXPECT_EQ((KeyAnswer{&good, &failure}).staleText(), "key served stale: refused");
  failure.detail = "REFUSED from 192.0.2.53:53";
  EXPECT_EQ((KeyAnswer{&good, &failure}).staleText(), "key served stale: REFUSED from 192.0.2.53:53");
  SignatureResult result;
  failure.detail.clear();
  concludeWithoutKey(failure, result);
  EXPECT_TRUE(result.text.ends_with(": refused")) << result.text;
  failure.status = dns::Status::Timeout;
  failure.overload = true;
  concludeWithoutKey(failure, result);
  EXPECT_TRUE(result.text.ends_with(": not asked, too many questions")) << result.text;
  dns::Answer broken;  // what is wrong for good is told by the status
  broken.status = dns::Status::CnameLoop;
  broken.detail = "a.example leads back to a.example";
  concludeWithoutKey(broken, result);
  EXPECT_TRUE(result.text.ends_with(": CNAME loop")) << result.text;
}

// Before the deadline, of whoever does not wait until all is there.
TEST(Verifier, AKeyThatIsNotThereYet) {
  Play play;
  play.sign();
  play.resolver->silent = true;
  dns::Lookups lookups(play.resolver, {});
  BodyHashes bodies;
  MessageVerifier verifier(play.options);
  message::HeaderBlock header;
  for (const std::string& field : play.fields) {
    const std::size_t colon = field.find(':');
    header.add({std::string_view(field).substr(0, colon), std::string_view(field).substr(colon + 1)});
    verifier.field(header, header.size() - 1, lookups);
  }
  verifier.endOfHeader(header, message::Author(), bodies, lookups);
  bodies.finish();
  const auto result = verifier.finish(header, bodies, lookups, {}, UnixTime{std::chrono::seconds(play.now)});
  ASSERT_EQ(result.signatures.size(), 1U);
  EXPECT_EQ(told(result.signatures[0]),
            "temperror key_dns_failure: key lookup failed: " + std::string(kKeyName) + ": no answer yet");
}

TEST(Verifier, EveryReasonHasItsOwnWord) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kReasons; ++i) words.insert(reasonWord(static_cast<Reason>(i)));
  EXPECT_EQ(words.size(), kReasons);
  EXPECT_FALSE(words.contains("unknown"));
}

TEST(Verifier, AStaleKeyKeepsItsChain) {
  Play play;
  play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, SigningKey::rsa(2048)));
  play.cname(kKeyName, "k.example.net");
  play.txt("k.example.net", SigningKey::rsa(2048).record());
  play.resolver->stale = true;
  const auto result = play.one();
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_EQ(dns::chainText(result.chain), std::string(kKeyName) + " -> k.example.net");
  EXPECT_EQ(result.keyBits, 2048);
}

TEST(Verifier, KeyBehindCnamesPasses) {
  Play play;
  play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, SigningKey::rsa(2048)));
  play.cname(kKeyName, "k.example.net");
  play.cname("k.example.net", "k.example.com");
  play.txt("k.example.com", SigningKey::rsa(2048).record());
  const auto result = play.one();
  EXPECT_EQ(told(result), "pass verified: ");
  ASSERT_EQ(result.chain.size(), 2U);
  EXPECT_EQ(result.chain[1].target.text(), "k.example.com");
}

TEST(Verifier, SeveralKeyRecords) {
  const auto play = [](int wrongOnes) {
    Play p;
    p.fields.insert(p.fields.begin(), test::sign(p.fields, p.body, SigningKey::rsa(2048)));
    p.txt(kKeyName, "junk beside it");
    for (int i = 0; i < wrongOnes; ++i)
      p.txt(kKeyName, SigningKey::rsa(1024).record() + "; n=" + std::to_string(i));
    p.txt(kKeyName, SigningKey::rsa(2048).record());
    return p.one();
  };
  EXPECT_EQ(play(0).status, Status::Pass);
  EXPECT_EQ(play(1).status, Status::Pass);
  EXPECT_EQ(play(1).keyBits, 2048) << "of the key that verified";
  EXPECT_EQ(play(3).status, Status::Pass) << "the fourth is tried";
  EXPECT_EQ(play(4).status, Status::Fail) << "a fifth is not";
}

TEST(Verifier, Times) {
  struct Row {
    std::string tags;
    std::string expected;
    std::string_view why;
    int drift = 300;  // the default
  };
  const auto at = [](std::int64_t offset) { return std::to_string(Play().now + offset); };
  const Row rows[] = {
      {"x=" + at(-300) + "; ", "pass verified: ", "within the drift"},
      {"x=" + at(-301) + "; ", "policy expired: expired 5 minutes ago", "beyond it"},
      {"x=" + at(-3 * 86400 - 5) + "; ", "policy expired: expired 3 days ago", "text"},
      {"x=1; ", "policy expired: expired 20453 days ago", "long ago"},
      {"x=" + at(-1) + "; ", "policy expired: expired 1 second ago", "text", 0},
      {"x=" + at(-2) + "; ", "policy expired: expired 2 seconds ago", "text", 0},
      {"x=" + std::string(40, '9') + "; ", "pass verified: ", "T33: no wrap"},
      {"t=" + at(300) + "; ", "pass verified: ", "within the drift"},
      {"t=" + at(301) + "; ", "policy not_yet_valid: signed 5 minutes in the future", "beyond it"},
      {"t=" + at(864000) + "; ", "policy not_yet_valid: signed 10 days in the future", "far"},
      {"t=0; ", "pass verified: ", "any age will do"},
      {"t=" + std::string(13, '9') + "; ", "policy not_yet_valid: signed 115720286 days in the future",
       "13 digits"},
  };
  for (const Row& row : rows) {
    Play play;
    play.options.clockDrift = std::chrono::seconds(row.drift);
    play.sign(SigningKey::rsa(2048), {.extra = row.tags});
    EXPECT_EQ(told(play.one()), row.expected) << row.why;
  }
  Play old;
  old.options.maximumAge = std::chrono::hours(48);
  old.sign(SigningKey::rsa(2048), {.extra = "t=" + at(-72 * 3600) + "; "});
  EXPECT_EQ(told(old.one()), "policy too_old: signed 3 days ago, older than 2 days");
  old.options.maximumAge = std::chrono::hours(72);
  EXPECT_EQ(old.one().status, Status::Pass);
  Play undated;
  undated.options.maximumAge = std::chrono::hours(48);
  undated.sign();
  EXPECT_EQ(undated.one().status, Status::Pass) << "no t=, no age";
}

TEST(Verifier, ExpiredSignatureIsNoTemperror) {
  Play play;
  play.fields.insert(play.fields.begin(),
                     test::sign(play.fields, play.body, SigningKey::rsa(2048), {.extra = "x=100; "}));
  play.fail(kKeyName, dns::Status::ServerFailure);
  EXPECT_EQ(play.one().reason, Reason::Expired) << "no answer could make it pass";
}

TEST(Verifier, BodyLength) {
  Play play;
  play.sign(SigningKey::rsa(2048), {.extra = "l=12; "});
  EXPECT_EQ(told(play.one()), "pass verified: ") << "l= of the whole body";
  play.body += "added\r\n";
  EXPECT_EQ(told(play.one()), "policy unsigned_body: l= leaves 7 octets of the body unsigned");
  EXPECT_EQ(play.one().unsignedBytes, 7U);
  play.options.unsignedBody = UnsignedBody::Pass;
  EXPECT_EQ(play.one().status, Status::Pass);
  play.body = "Some te";
  EXPECT_EQ(told(play.one()),
            "fail body_hash_mismatch: body hash did not verify: l= is larger than the body of 9 octets")
      << "section 3.5: MUST NOT be larger";
  Play none;
  none.sign(SigningKey::rsa(2048), {.extra = "l=0; "});
  EXPECT_EQ(told(none.one()), "policy unsigned_body: l= leaves 12 octets of the body unsigned");
  Play huge;
  huge.sign(SigningKey::rsa(2048), {.extra = "l=99; "});
  huge.top().replace(huge.top().find("l=99"), 4, "l=99999999999999999999999999");
  EXPECT_EQ(huge.one().reason, Reason::BodyHashMismatch) << "no wrap";
}

TEST(Verifier, FieldsAreTakenFromTheBottom) {
  Play play;
  play.fields.emplace_back("Subject: lower");
  play.sign(SigningKey::rsa(2048), {.h = "from:subject"});
  EXPECT_EQ(play.one().status, Status::Pass);
  play.fields[3] = "Subject: upper, not signed";
  EXPECT_EQ(play.one().status, Status::Pass) << "section 5.4.2: the bottom one was signed";
  play.fields.emplace_back("Subject: below");
  EXPECT_EQ(play.one().reason, Reason::SignatureMismatch);
}

TEST(Verifier, Oversigning) {
  Play play;
  play.sign(SigningKey::rsa(2048), {.h = "from:from:subject:subject:x-none:to:date"});
  EXPECT_EQ(told(play.one()), "pass verified: ") << "names beyond the last field add nothing";
  play.fields.insert(play.fields.begin(), "Subject: added");
  EXPECT_EQ(play.run().signatures[0].reason, Reason::SignatureMismatch) << "section 8.15";
}

TEST(Verifier, UncoveredFieldsAreNamed) {
  Play play;
  play.sign(SigningKey::rsa(2048), {.h = "from:to:subject:date"});
  EXPECT_TRUE(play.one().uncovered.empty());
  play.fields.insert(play.fields.begin(), {"Subject: added", "Content-Type: text/html", "X-Other: may be"});
  auto result = play.run().signatures[0];
  EXPECT_EQ(result.status, Status::Pass) << "comment is the default";
  EXPECT_EQ(result.uncovered, (std::vector<UncoveredField>{{"Subject", true}, {"Content-Type", false}}));
  play.options.uncoveredFields = UncoveredFields::Policy;
  result = play.run().signatures[0];
  EXPECT_EQ(told(result), "policy uncovered_field: not covered by the signature: Subject Content-Type");
}

TEST(Verifier, RecipientInSignedToOrCc) {
  struct Row {
    std::string to;
    std::string h;
    std::string recipient;
    bool expected;
    std::string_view why;
  };
  const Row rows[] = {
      {"To: bob@example.net", "from:to", "bob@example.net", true, "as it is"},
      {"To: Bob <BOB@Example.Net>, x@y.example", "from:to", "bob@example.net", true, "any case"},
      {"Cc: bob@example.net", "from:cc", "bob@example.net", true, "Cc"},
      {"To: bob@example.net", "from:cc", "bob@example.net", false, "To is not signed"},
      {"To: jimbob@example.net", "from:to", "bob@example.net", false, "part of another address"},
      {"To: bob@example.net.evil.example", "from:to", "bob@example.net", false, "part of another domain"},
      {"To: list@example.net", "from:to", "victim@example.com", false, "replay"},
      {"To: bob@example.net", "from:to", "", false, "no recipient"},
      {"To: b\xc3\xb6"
       "b@example.net",
       "from:to",
       "b\xc3\xb6"
       "b@example.net",
       true, "RFC 6532"},
      {"To: b\xc3\xb6"
       "b@example.net",
       "from:to", "b@example.net", false, "the end of it"},
      {"Cc: bob@example.net\r\nCc: x@y.example", "from:cc", "bob@example.net", false, "the upper Cc"},
  };
  for (const Row& row : rows) {
    Play play;
    play.fields = {"From: ann@example.org"};
    for (std::size_t at = 0; at <= row.to.size();) {
      const std::size_t end = std::min(row.to.find("\r\n", at), row.to.size());
      play.fields.push_back(row.to.substr(at, end - at));
      at = end + 2;
    }
    play.recipients = {"other@example.com", "other@example.com", row.recipient};
    play.sign(SigningKey::rsa(2048), {.h = row.h});
    const auto result = play.one();
    EXPECT_EQ(result.status, Status::Pass);
    EXPECT_EQ(result.recipientSigned, row.expected) << row.why;
  }
}

TEST(Verifier, SignatureOverSignature) {
  Play play;
  play.sign(SigningKey::rsa(2048), {.s = "inner"});
  play.sign(SigningKey::rsa(2048), {.s = "outer", .h = "from:dkim-signature"});
  auto result = play.run();
  EXPECT_EQ(result.signatures[0].status, Status::Pass);
  EXPECT_EQ(result.signatures[1].status, Status::Pass);
  play.fields[1].replace(play.fields[1].find("s=inner"), 7, "s=InneR");
  result = play.run();
  EXPECT_EQ(result.signatures[0].status, Status::Fail) << "the covered signature was changed, its b= counts";
}

TEST(Verifier, OwnFieldIsNeverPickedByH) {
  Play play;
  play.sign(SigningKey::rsa(2048), {.h = "from:dkim-signature:dkim-signature"});
  EXPECT_EQ(play.one().status, Status::Pass) << "there is no other DKIM-Signature";
}

TEST(Verifier, InternationalDomain) {
  Play play;
  play.txt("s1._domainkey.xn--bcher-kva.example", SigningKey::rsa(2048).record());
  SignOptions options;
  options.d =
      "b\xc3\xbc"
      "cher.example";
  play.fields.insert(play.fields.begin(), test::sign(play.fields, play.body, SigningKey::rsa(2048), options));
  const auto result = play.one();
  EXPECT_EQ(told(result), "pass verified: ") << "RFC 8616: hashed as it came, asked as A-labels";
  EXPECT_EQ(result.domain, options.d);
  EXPECT_EQ(result.domainAscii, "xn--bcher-kva.example");
}

}  // namespace
}  // namespace alignd::dkim
