#include "verifier/authres/encode.h"

#include <gtest/gtest.h>

#include "tests/support/text_rows.h"

namespace alignd::authres {
namespace {

TEST(Encode, Domain) {
  constexpr test::TextRow kRows[] = {
      {"example.com", "example.com"},
      {"_spf.xn--bcher-kva.example", "_spf.xn--bcher-kva.example"},
      {"", ""},
      // no host name: no dot is left that could make a part of it one
      {"legitimate.com(c).attack.com", "legitimate%2Ecom%28c%29%2Eattack%2Ecom"},
      {"legitimate.com x.attack.com", "legitimate%2Ecom%20x%2Eattack%2Ecom"},
      {"a;dmarc=pass", "a%3Bdmarc%3Dpass"},
      {"a%2Eb", "a%252Eb"},  // so that decoding is unambiguous
      {"b\xc3\xbc"
       "cher.example",
       "b%C3%BCcher%2Eexample"},
      // address literals, RFC 5321 section 4.1.3
      {"[192.0.2.1]", "\"[192.0.2.1]\""},
      {"[IPv6:2001:db8::1]", "\"[IPv6:2001:db8::1]\""},
      {"[192.0.2.1", "%5B192%2E0%2E2%2E1"},
      {"[a\"]", "%5Ba%22%5D"},
  };
  test::expectEach(kRows, [](std::string_view text) { return encodeDomain(text); });
  EXPECT_EQ(encodeDomain(std::string(254, 'a')), "") << "no domain has that many octets";
  EXPECT_EQ(encodeDomain(std::string_view("a\0b", 3)), "a%00b");
}

TEST(Encode, Identity) {
  constexpr test::TextRow kRows[] = {
      {"@example.com", "@example.com"},
      {"jo.doe+tag@example.com", "jo.doe+tag@example.com"},
      {"a(b@example.com", "a%28b@example.com"},
      {"x dmarc=pass header.from=bank.example@example.com",
       "x%20dmarc%3Dpass%20header%2Efrom%3Dbank%2Eexample@example.com"},
      {"a\";dkim=pass@example.com", "a%22%3Bdkim%3Dpass@example.com"},
      {"a@b@example.com", "a%40b@example.com"},
      {".a..b.@example.com", "%2Ea%2E%2Eb%2E@example.com"},  // no dot-atom
      {"a\r\nX: y@example.com", "a%0D%0AX%3A%20y@example.com"},
      {"100%@example.com", "100%25@example.com"},
      {"\xc3\xa9@example.com", "%C3%A9@example.com"},
      {"no-at-sign", ""},
      {"a@", ""},
      {"a@[192.0.2.1]", ""},
  };
  test::expectEach(kRows, [](std::string_view text) { return encodeIdentity(text); });
  EXPECT_EQ(encodeIdentity(std::string(129, 'a') + "@example.com"), "@example.com");
}

TEST(Encode, IdentityDecodes) {
  for (const std::string_view one :
       {"a(b%@example.com", "\"x\" ;=<>\\@example.com", "..\x01\xff@a b.example"}) {
    EXPECT_EQ(percentDecode(encodeIdentity(one)), one);
  }
  for (const std::string_view one : {"%", "a%4", "%zz", "%4z", "%4:", "%:4"})
    EXPECT_EQ(percentDecode(one), one);
  EXPECT_EQ(percentDecode("%4a%4A%6f"), "JJo");
}

TEST(Encode, User) {
  EXPECT_EQ(encodeUser("jo@example.com"), "jo@example.com");
  EXPECT_EQ(encodeUser("jo"), "jo");
  EXPECT_EQ(encodeUser("jo doe;auth=x"), "jo%20doe%3Bauth%3Dx");
  EXPECT_EQ(encodeUser("jo."), "jo%2E");
  EXPECT_EQ(encodeUser("j..o"), "j%2E%2Eo");
  EXPECT_EQ(encodeUser(std::string(200, 'a')), "");
}

TEST(Encode, Base64) {
  constexpr test::TextRow kRows[] = {
      {"AbCd1234", "AbCd1234"},
      {"Ab+d1234", "Ab+d1234"},
      {"Ab-d_.!", "Ab-d_.!"},        // base64url and the like: no base64, but a token
      {"Ab/d1234", "\"Ab/d1234\""},  // `/` is no token character, RFC 2045 section 5.1
      {"AbCd12==", "\"AbCd12==\""},
      {"dmarc=pa", "dmarc%3Dpa"},  // `=` that is no padding
      {"a;b c\"d", "a%3Bb%20c%22d"},
      {"===", "%3D%3D%3D"},
      {"", ""},
  };
  test::expectEach(kRows, [](std::string_view text) { return encodeBase64(text); });
  EXPECT_LE(encodeBase64(std::string(5000, 'A')).size(), 700U);
}

TEST(Encode, Reason) {
  constexpr test::TextRow kRows[] = {
      {"body hash did not verify", "\"body hash did not verify\""},
      {"d= is no host name", "\"d is no host name\""},
      {"x\"; dmarc=pass (c) \\", "\"x', dmarc:pass c\""},
      {"a\r\nb\tc", "\"a b c\""},
      {"<b\xc3\xbc>", "\"b??\""},
      {"  a   b  ", "\"a b\""},
      {"a`b", "\"a'b\""},
  };
  test::expectEach(kRows, [](std::string_view text) { return quoteReason(text); });
  EXPECT_EQ(quoteReason(std::string(500, 'a'), 10), "\"aaaaaaa...\"");
  EXPECT_EQ(quoteReason(std::string(10, 'a'), 10), "\"aaaaaaaaaa\"");
  EXPECT_EQ(quoteReason("abcdef", 4), "\"a...\"");
  EXPECT_EQ(quoteReason("abcdef", 3), "\"...\"");
  EXPECT_EQ(quoteReason("abcdef", 2), "\"..\"") << "no longer than was asked for";
}

TEST(Encode, AddressAndId) {
  EXPECT_EQ(encodeAddress("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(encodeAddress("2001:db8::1"), "\"2001:db8::1\"");
  EXPECT_EQ(encodeAuthservId("mx.example.org"), "mx.example.org");
  EXPECT_EQ(encodeAuthservId("mx.example.org/JOB"), "\"mx.example.org/JOB\"");
  EXPECT_EQ(encodeAuthservId("a\"b\r\n"), "\"a\\\"b\"");
  EXPECT_EQ(encodeAuthservId("a\\b"), R"("a\\b")");
}

}  // namespace
}  // namespace alignd::authres
