// DKIM-Signature fields: RFC 6376 sections 3.5 and 6.1.1, RFC 8616, and ARC-Message-Signature (RFC
// 8617 4.1.2).
#include "verifier/dkim/signature.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace alignd::dkim {
namespace {

std::string repeated(std::string_view part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += part;
  return out;
}

constexpr std::size_t kNames = 256;
constexpr std::string_view kGood =
    "v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=s1; h=from:to; bh=AAAA; b=BBBB";

// kGood with the tag `name` replaced by `tag` (left out when that is empty), or with `tag` added.
std::string with(std::string_view name, std::string_view tag) {
  std::string text(kGood);
  const std::size_t at = (" " + text).find(" " + std::string(name) + "=");
  if (at == std::string::npos) return text + "; " + std::string(tag);
  const std::size_t end = std::min(text.find(';', at), text.size());
  text.replace(at, end - at, tag);
  if (tag.empty()) text.erase(at, 2);
  if (text.ends_with("; ")) text.resize(text.size() - 2);
  return text;
}

TEST(Signature, Tags) {
  struct Row {
    std::string text;
    Reason fault;
    std::string_view why;
  };
  const std::string long12(12, '9');
  const Row rows[] = {
      {std::string(kGood), Reason::Verified, "the base of all others"},
      {"", Reason::Syntax, "empty"},
      {with("v", ""), Reason::MissingTag, "3.5: v= REQUIRED"},
      {with("a", ""), Reason::MissingTag, "a="},
      {with("b", ""), Reason::MissingTag, "b="},
      {with("bh", ""), Reason::MissingTag, "bh="},
      {with("d", ""), Reason::MissingTag, "d="},
      {with("h", ""), Reason::MissingTag, "h="},
      {with("s", ""), Reason::MissingTag, "s="},
      {with("v", "V=1"), Reason::MissingTag, "3.2: V= is another tag"},
      {with("v", "v=2"), Reason::UnknownVersion, "6.1.1"},
      {with("v", "v="), Reason::UnknownVersion, "empty"},
      {with("v", "v=1.0"), Reason::UnknownVersion, "1 exactly"},
      {with("v", "v=01"), Reason::UnknownVersion, "likewise"},
      {with("d", "d=a.example; d=example.org"), Reason::DuplicateTag, "3.2: duplicate"},
      {with("y", "y=1; y=1"), Reason::DuplicateTag, "of an unknown tag"},
      {with("y", "y=anything goes"), Reason::Verified, "unknown tags are ignored"},
      {with("a", "a=RSA-SHA256"), Reason::Verified, "decision 8: any case"},
      {with("a", "a=ed25519-sha256"), Reason::Verified, "RFC 8463"},
      {with("a", "a=rsa-sha1"), Reason::Verified, "known; refused by the verifier"},
      {with("a", "a=rsa-sha512"), Reason::UnknownAlgorithm, "unknown"},
      {with("a", "a=rsa"), Reason::UnknownAlgorithm, "half of it"},
      {with("a", "a="), Reason::UnknownAlgorithm, "empty"},
      {with("a", "a=rsa -sha256"), Reason::UnknownAlgorithm, "a blank inside"},
      {with("a", "a=ed25519"), Reason::UnknownAlgorithm, "no hash"},
      {with("c", ""), Reason::Verified, "default simple/simple"},
      {with("c", "c=relaxed"), Reason::Verified, "body simple"},
      {with("c", "c=Relaxed/RELAXED"), Reason::Verified, "any case"},
      {with("c", "c="), Reason::UnknownCanonicalization, "empty is not absent"},
      {with("c", "c=relaxed/"), Reason::UnknownCanonicalization, "empty body algorithm"},
      {with("c", "c=nofws"), Reason::UnknownCanonicalization, "3.4: unknown"},
      {with("c", "c=relaxed/simple/simple"), Reason::UnknownCanonicalization, "three"},
      {with("c", "c=relaxed / simple"), Reason::UnknownCanonicalization, "3.5: no white space around \"/\""},
      {with("q", "q=dns/txt"), Reason::Verified, "q="},
      {with("q", "q=foo : dns/txt"), Reason::Verified, "unknown methods are skipped"},
      {with("q", "q=DNS/TXT"), Reason::Verified, "any case"},
      {with("q", "q=foo"), Reason::UnknownQueryMethod, "no known one"},
      {with("q", "q=dns"), Reason::UnknownQueryMethod, "half of it"},
      {with("q", "q=dns / txt"), Reason::UnknownQueryMethod, "no white space around \"/\""},
      {with("q", "q="), Reason::UnknownQueryMethod, "empty"},
      {with("b", "b=B B\r\n\tBB"), Reason::Verified, "white space in b= is ignored"},
      {with("b", "b=QUI="), Reason::Verified, "padded"},
      {with("b", "b=QUI"), Reason::Verified, "2.10: padding may be missing"},
      {with("b", "b=QUI=="), Reason::Syntax, "too much of it"},
      {with("b", "b=Q=UI"), Reason::Syntax, "padding inside"},
      {with("b", "b=QU_-"), Reason::Syntax, "base64url"},
      {with("b", "b= \r\n "), Reason::Syntax, "blanks only"},
      {with("b", "b="), Reason::Syntax, "empty b="},
      {with("b", "b=!!!!"), Reason::Syntax, "no base64"},
      {with("b", "b=BBBBB"), Reason::Syntax, "impossible length"},
      {with("bh", "bh="), Reason::Syntax, "empty bh="},
      {with("bh", "bh=A*AA"), Reason::Syntax, "no base64"},
      {with("l", "l=0"), Reason::Verified, "l=0"},
      {with("l", "l=" + std::string(76, '9')), Reason::Verified, "76 digits"},
      {with("l", "l=" + std::string(77, '9')), Reason::Syntax, "77 digits"},
      {with("l", "l=-1"), Reason::Syntax, "negative"},
      {with("l", "l=all"), Reason::Syntax, "no number"},
      {with("l", "l="), Reason::Syntax, "empty"},
      {with("l", "l=1 2"), Reason::Syntax, "a blank inside"},
      {with("l", "l=+1"), Reason::Syntax, "a sign"},
      {with("l", "l=0x1"), Reason::Syntax, "hex"},
      {with("t", "t=" + long12), Reason::Verified, "twelve digits"},
      {with("t", "t=-5"), Reason::Syntax, "negative"},
      {with("x", "t=100; x=101"), Reason::Verified, "x= after t="},
      {with("x", "t=100; x="), Reason::Syntax, "empty is not absent"},
      {with("x", "t=100; x=1e9"), Reason::Syntax, "no digits"},
      {with("x", "t=1 00"), Reason::Syntax, "a blank inside"},
      {with("x", "x=" + std::string(77, '9')), Reason::Syntax, "more digits than any number here may have"},
      {with("x", "t=" + std::string(30, '9') + "; x=" + std::string(31, '9')), Reason::Verified,
       "both infinite: nothing is known about their order"},
      {with("x", "t=100; x=100"), Reason::ExpiresBeforeSigned, "3.5: MUST be greater"},
      {with("x", "t=100; x=99"), Reason::ExpiresBeforeSigned, "before"},
      {with("x", "t=100; x=" + std::string(30, '9')), Reason::Verified, "3.5: infinity"},
      {with("h", "h="), Reason::Syntax, "3.5: MUST NOT be empty"},
      {with("h", "h=:::"), Reason::Syntax, "T26: colons only"},
      {with("h", "h=from:"), Reason::Verified, "an empty item is tolerated"},
      {with("h", "h=from::to"), Reason::Verified, "likewise"},
      {with("h", "h=from to"), Reason::Syntax, "a blank inside a name"},
      {with("h", "h=from\r\n :\r\n to"), Reason::Verified, "white space around the colon"},
      {with("h", "h=:from"), Reason::Verified, "an empty item in front"},
      {with("h", "h=fro\r\n m"), Reason::Syntax, "a fold inside a name"},
      {with("h", "h=from,to"), Reason::FromNotSigned, "a comma separates nothing"},
      {with("h", "h=from:dkim-signature"), Reason::Verified, "3.5: others of the kind may be signed"},
      {with("h", "h=FROM"), Reason::Verified, "any case"},
      {with("h", "h=to:subject"), Reason::FromNotSigned, "5.4: From MUST be signed"},
      {with("h", "h=xfrom"), Reason::FromNotSigned, "not a part of a name"},
      {with("h", "h=from:x-not-there:x-not-there"), Reason::Verified, "absent and repeated names"},
      {with("d", "d=EXAMPLE.Org"), Reason::Verified, "any case"},
      {with("d", "d=com"), Reason::BadDomain, "3.5: two labels at least"},
      {with("d", "d="), Reason::BadDomain, "empty"},
      {with("d", "d=.example.org"), Reason::BadDomain, "leading dot"},
      {with("d", "d=example.org."), Reason::BadDomain, "final dot is not in the grammar"},
      {with("d", "d=example..org"), Reason::BadDomain, "empty label"},
      {with("d", "d=exa\r\n mple.org"), Reason::BadDomain, "a fold inside"},
      {with("d", "d=\r\n example.org\r\n "), Reason::Verified, "folds around it"},
      {with("d", "d=[192.0.2.1]"), Reason::BadDomain, "address literal"},
      {with("d", "d=exam ple.org"), Reason::BadDomain, "blank"},
      {with("d", "d=example.org%00.evil"), Reason::BadDomain, "decision 14"},
      {with("d", "d=" + std::string(64, 'a') + ".org"), Reason::BadDomain, "label of 64"},
      {with("d",
            "d=b\xc3\xbc"
            "cher.example"),
       Reason::Verified, "RFC 8616: U-label"},
      {with("d",
            "d=b\xfc"
            "cher.example"),
       Reason::BadDomain, "Latin-1 is no U-label"},
      {with("s", "s=schl\xc3\xbcssel"), Reason::Verified, "RFC 8616 section 5: U-labels in selectors"},
      {with("s", "s=_\xc3\xbc"), Reason::BadDomain, "no U-label holds an underscore"},
      {with("s", "s=" + std::string(63, 'a')), Reason::Verified, "label of 63"},
      {with("s", "s=" + std::string(64, 'a')), Reason::BadDomain, "label of 64"},
      {with("s", "s=" + repeated("\xc3\xbc", 64)), Reason::BadDomain, "over 63 octets as an A-label"},
      {with("s", "s=" + repeated("a.", 120) + "a"), Reason::BadDomain,
       "over 253 octets with _domainkey and d="},
      {with("s", "s=a.b"), Reason::Verified, "dots in selectors"},
      {with("s", "s=a_b-1"), Reason::Verified, "decision 14"},
      {with("s", "s="), Reason::BadDomain, "empty"},
      {with("s", "s=*"), Reason::BadDomain, "wildcard"},
      {with("s", "s=a\"b"), Reason::BadDomain, "quote"},
      {with("s", "s=sel x"), Reason::BadDomain, "blank"},
      {with("s", "s=a..b"), Reason::BadDomain, "empty label"},
      {with("s", "s=" + std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
                     std::string(60, 'd')),
       Reason::BadDomain, "name too long to be asked"},
      {with("i", "i=@example.org"), Reason::Verified, "i="},
      {with("i", "i=user@sub.Example.ORG"), Reason::Verified, "subdomain, any case"},
      {with("i", "i=a=40b@example.org"), Reason::Verified, "2.11: encoded"},
      {with("i", "i=a=4b@example.org"), Reason::Verified, "lower-case hex: taken as it is"},
      {with("i", "i=example.org"), Reason::Syntax, "no @"},
      {with("i", "i=@badexample.org"), Reason::IdentityOutside, "string suffix"},
      {with("i", "i=@org"), Reason::IdentityOutside, "parent"},
      {with("i", "i=@other.example"), Reason::IdentityOutside, "6.1.1"},
      {with("i", "i=@.example.org"), Reason::IdentityOutside, "no domain"},
      {with("i", "i="), Reason::Syntax, "empty: no @"},
      {with("i", "i=@"), Reason::IdentityOutside, "no domain"},
      {with("i", "i=@example.org."), Reason::IdentityOutside, "a final dot is not in the grammar"},
      {with("i", "i=@sub.example.org=00.evil"), Reason::IdentityOutside, "an encoded NUL"},
      {with("i", "i=@s=75b.ex=61mple.org"), Reason::Verified, "2.11: decoded before it is compared"},
      {with("i", "i=@sub.exa\r\n mple.org"), Reason::Verified, "2.11: folds in it mean nothing"},
      {with("i", "i=a=@example.org"), Reason::Verified, "\"=\" that starts no octet: taken as it is"},
      {with("i", "i=a=b@evil.example"), Reason::IdentityOutside,
       "whose domain has to be within d= all the same"},
      {with("x-y", "x-y=1"), Reason::Verified, "a tag name with a hyphen"},
      {with("i", "i=@example.org@evil.example"), Reason::IdentityOutside, "the last @ counts"},
      {with("z", "z=From:a=20b|To:c"), Reason::Verified, "z= is not looked at"},
      {with("z", "z=" + std::string(40000, 'z')), Reason::Verified, "T29: a long one"},
      {with("r", "r=y"), Reason::Verified, "RFC 6651"},
  };
  for (const Row& row : rows) {
    const Signature signature = parseSignature(row.text, SignatureKind::Dkim, kNames);
    EXPECT_EQ(reasonWord(signature.fault), reasonWord(row.fault)) << row.why << ": " << signature.text;
    EXPECT_EQ(signature.ok(), signature.text.empty()) << row.why;
    EXPECT_EQ(signature.ok(), signature.keyName.has_value())
        << "a faulty signature has no question: " << row.why;
  }
}

TEST(Signature, Values) {
  const auto signature = parseSignature(
      " v=1; a=rsa-sha256; c=relaxed; d=Example.ORG; s=S1;\r\n h=From : To:Subject; l=12; t=5; x=9;"
      " i=user=40x@sub.example.org; z=a; bh=Zm9v; b=Zm 9v\r\n YmFy ",
      SignatureKind::Dkim, kNames);
  ASSERT_TRUE(signature.ok()) << signature.text;
  EXPECT_EQ(signature.header, Canonicalization::Relaxed);
  EXPECT_EQ(signature.body, Canonicalization::Simple);
  EXPECT_EQ(signature.domain, "Example.ORG");
  EXPECT_EQ(signature.domainAscii, "example.org");
  EXPECT_EQ(signature.selector, "S1");
  EXPECT_EQ(signature.keyName->text(), "s1._domainkey.example.org");
  EXPECT_EQ(signature.signedFields, (std::vector<std::string>{"from", "to", "subject"}));
  EXPECT_EQ(signature.bodyLength, 12U);
  EXPECT_EQ(signature.signedAt, 5U);
  EXPECT_EQ(signature.expiresAt, 9U);
  EXPECT_EQ(signature.identity, "user@x@sub.example.org");
  EXPECT_TRUE(signature.identityInSubdomain);
  EXPECT_EQ(signature.bodyHash, "foo");
  EXPECT_EQ(signature.signature, "foobar");
  EXPECT_EQ(signature.signatureText, "Zm9vYmFy");
}

TEST(Signature, DefaultsAndUnicode) {
  const auto signature = parseSignature(with("d",
                                             "d=b\xc3\xbc"
                                             "cher.example"),
                                        SignatureKind::Dkim, kNames);
  ASSERT_TRUE(signature.ok());
  EXPECT_EQ(signature.identity,
            "@b\xc3\xbc"
            "cher.example");
  EXPECT_FALSE(signature.identityInSubdomain);
  EXPECT_EQ(signature.keyName->text(), "s1._domainkey.xn--bcher-kva.example") << "RFC 8616 section 5";
  const auto selector = parseSignature(with("s", "s=Schl\xc3\xbcssel.b"), SignatureKind::Dkim, kNames);
  ASSERT_TRUE(selector.ok());
  EXPECT_EQ(selector.keyName->text(), "xn--schlssel-95a.b._domainkey.example.org");
  const auto both = parseSignature(with("d",
                                        "d=xn--bcher-kva.example; i=\xc3\xa4@b\xc3\xbc"
                                        "cher.example"),
                                   SignatureKind::Dkim, kNames);
  EXPECT_TRUE(both.ok()) << "one domain in two spellings: " << both.text;
}

TEST(Signature, NumberOfNamesIsBounded) {
  std::string names = "from";
  for (std::size_t i = 1; i < kNames; ++i) names += ":x";
  EXPECT_TRUE(parseSignature(with("h", "h=" + names), SignatureKind::Dkim, kNames).ok());
  EXPECT_EQ(parseSignature(with("h", "h=" + names + ":x"), SignatureKind::Dkim, kNames).fault,
            Reason::TooManyFields);
  const std::string flood(1000000, ':');
  EXPECT_EQ(parseSignature(with("h", "h=from" + flood), SignatureKind::Dkim, kNames).fault,
            Reason::TooManyFields);
}

TEST(Signature, ArcMessageSignature) {
  const std::string base = "i=1; a=rsa-sha256; d=example.org; s=s1; h=to; bh=AAAA; b=BBBB";
  const auto signature = parseSignature(base, SignatureKind::ArcMessage, kNames);
  ASSERT_TRUE(signature.ok()) << signature.text;
  EXPECT_EQ(signature.instance, 1);
  for (const auto& [text, fault] :
       std::initializer_list<std::pair<std::string, Reason>>{{"v=1; " + base, Reason::Verified},
                                                             {base.substr(5), Reason::Syntax},
                                                             {"i=0" + base.substr(3), Reason::Syntax},
                                                             {"i=51" + base.substr(3), Reason::Syntax},
                                                             {"i=1x" + base.substr(3), Reason::Syntax},
                                                             {base + "; q=dns/txt", Reason::Verified},
                                                             {base + "; q=foo", Reason::UnknownQueryMethod},
                                                             {"i=50" + base.substr(3), Reason::Verified}}) {
    EXPECT_EQ(reasonWord(parseSignature(text, SignatureKind::ArcMessage, kNames).fault), reasonWord(fault))
        << text;
  }
}

TEST(Signature, Numbers) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(parseNumber("0", 3), 0U);
  EXPECT_EQ(parseNumber("007", 3), 7U);
  EXPECT_EQ(parseNumber("0007", 3), std::nullopt);
  EXPECT_EQ(parseNumber("18446744073709551615", 76), kMost);
  EXPECT_EQ(parseNumber("18446744073709551616", 76), kMost) << "no wrap";
  EXPECT_EQ(parseNumber("99999999999999999999999999", 76), kMost);
  EXPECT_EQ(parseNumber("", 3), std::nullopt);
  EXPECT_EQ(parseNumber("1a", 3), std::nullopt);
}

// Issue 13 item 3: what every common verifier takes, with a remark; the letter on request.
TEST(Signature, Tolerated) {
  struct Row {
    std::string text;
    std::string_view remark;
    std::string_view identity;
    std::string_view why;
  };
  const Row rows[] = {
      {std::string(kGood), "", "@example.org", "by the letter"},
      {with("h", "h=From:To:"), "an empty item in h=", "@example.org", "a colon at the end"},
      {with("h", "h=From::To"), "an empty item in h=", "@example.org", "two colons"},
      {with("x-google", "x-google=1"), "a hyphen in the tag name x-google", "@example.org", "a private tag"},
      {with("i", "i=bounce+joe=user.example@example.org"), "i= is no quoted-printable and taken as it is",
       "bounce+joe=user.example@example.org", "VERP"},
      {with("i", "i=SRS0=hash=tt=user.example=joe@sub.example.org"),
       "i= is no quoted-printable and taken as it is", "SRS0=hash=tt=user.example=joe@sub.example.org",
       "SRS"},
      {with("i", "i=a=40b=x@example.org"), "i= is no quoted-printable and taken as it is",
       "a=40b=x@example.org", "all of it or nothing is decoded"},
      {with("h", "h=from:; x-a=1; i=a=@example.org"),
       "a hyphen in the tag name x-a, an empty item in h=, i= is no quoted-printable and taken as it is",
       "a=@example.org", "several"},
  };
  for (const Row& row : rows) {
    const Signature signature = parseSignature(row.text, SignatureKind::Dkim, kNames);
    EXPECT_TRUE(signature.ok()) << row.why << ": " << signature.text;
    EXPECT_EQ(signature.tolerated, row.remark) << row.why;
    EXPECT_EQ(signature.identity, row.identity) << row.why;
    const Signature strict = parseSignature(row.text, SignatureKind::Dkim, kNames, Syntax::Strict);
    EXPECT_EQ(strict.ok(), row.remark.empty()) << row.why;
    EXPECT_EQ(strict.text, row.remark) << row.why;
    EXPECT_EQ(strict.keyName.has_value(), row.remark.empty()) << "nothing is asked for it: " << row.why;
    EXPECT_EQ(strict.fault, row.remark.empty() ? Reason::Verified : Reason::Syntax) << row.why;
  }
}

// Issue 16 item 2: the tag that is to blame, what stands in it, and nothing that Authentication-Results would mangle.
TEST(Signature, Texts) {
  struct Row {
    std::string text;
    std::string_view problem;
  };
  const Row rows[] = {
      {with("v", "v=2"), "v= is not 1 but 2"},
      {with("v", "v="), "v= is not 1 but empty"},
      {with("d", ""), "no d= tag"},
      {with("a", "a=rsa-md5"), "a= is rsa-md5, which is not known"},
      {with("c", "c=nofws"), "c= is nofws, which is not known"},
      {with("q", "q=http"), "q= is http, without dns/txt"},
      {with("l", "l=all"), "l= is all, which is no number"},
      {with("b", "b=!"), "b= is empty or not base64"},
      {with("h", "h=from to"), "h= has a bad field name: \"from to\""},
      {with("h", "h=::"), "h= names no field"},
      {with("d", "d=example.org."), "d= ends in a dot: example.org."},
      {with("d", "d=com"), "d= is no domain name: com"},
      {with("d", "d=exam\xc2\xa0ple.org"),
       "d= is no domain name, it holds a no-break space: exam\xc2\xa0ple.org"},
      {with("s", "s=a b"), "s= is no selector: a b"},
      {with("s", "s="), "s= is no selector: empty"},
      {with("i", "i=joe"), "i= is no identity: joe"},
      {with("i", "i=@evil.example"), "i= is not within d= example.org: @evil.example"},
      {with("d", "d=a; d=b"), "tag d= stands twice"},
      {" =?utf-8?q?v=3D1?=", "the field was turned into encoded-words (RFC 2047) on its way"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(parseSignature(row.text, SignatureKind::Dkim, kNames).text, row.problem) << row.text;
  }
  // A fault stays what it is by the letter too; of several hyphens the first is named.
  EXPECT_EQ(parseSignature(with("v", "v=2"), SignatureKind::Dkim, kNames, Syntax::Strict).text,
            "v= is not 1 but 2");
  EXPECT_EQ(parseSignature(with("x-a", "x-a=1; x-b=2"), SignatureKind::Dkim, kNames).tolerated,
            "a hyphen in the tag name x-a");
  const std::string huge(100'000, 'x');
  for (const auto& text :
       {with("v", "v=" + huge), with("a", "a=" + huge), with("d", "d=" + huge + "."), with("i", "i=" + huge),
        with("i", "i=@" + huge), with("h", "h=" + huge + " " + huge)}) {
    EXPECT_LT(parseSignature(text, SignatureKind::Dkim, kNames).text.size(), 200U) << text.substr(0, 20);
  }
}

}  // namespace
}  // namespace alignd::dkim
