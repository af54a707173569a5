// Key records: RFC 6376 section 3.6.1, RFC 8301 section 3.2, RFC 8463 section 4.2.
#include "verifier/dkim/public_key.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/dkim/signer.h"

namespace alignd::dkim {
namespace {

using test::SigningKey;

std::string der(char tag, std::string_view content) {
  std::string out(1, tag);
  if (content.size() >= 0x100) {
    out += "\x82";
    out += static_cast<char>(content.size() >> 8);
  } else if (content.size() >= 0x80) {
    out += "\x81";
  }
  out += static_cast<char>(content.size() & 0xff);
  return out + std::string(content);
}

// A bare RSAPublicKey with these numbers, big-endian with whatever sign octet they bring.
std::string rsaKey(std::string_view modulus, std::string_view exponent) {
  return der('\x30', der('\x02', modulus) + der('\x02', exponent));
}

std::string recordOf(const std::string& key) {
  return "v=DKIM1; p=" + test::base64(key);
}

// An odd number of so many bits.
std::string number(std::size_t bits) {
  std::string out(bits / 8 + 1, '\xab');
  out[0] = static_cast<char>((1 << (bits % 8)) >> 1);
  if (bits % 8 == 0) out[1] = '\x80';
  return out;
}

TEST(KeyRecord, Tags) {
  const std::string p = SigningKey::rsa(2048).p();
  const std::string ed = SigningKey::ed25519().p();
  struct Row {
    std::string text;
    Reason fault;
    std::string_view why;
  };
  const Row rows[] = {
      {"v=DKIM1; k=rsa; p=" + p, Reason::Verified, "the usual"},
      {"p=" + p, Reason::Verified, "v=, k= have defaults"},
      {"v=DKIM1; p=" + p + ";", Reason::Verified, "trailing semicolon"},
      {"v=DKIM1; p=" + p + "; ", Reason::Verified, "and a blank behind it"},
      {"v=DKIM1; p=" + p.substr(0, 50) + " " + p.substr(50, 40) + "\t" + p.substr(90), Reason::Verified,
       "white space in p= is ignored"},
      {"v=DKIM1; k=RSA; p=" + p, Reason::Verified, "words ignore case (decision 8)"},
      {"v=DKIM1; p=" + SigningKey::rsa(2048).bareP(), Reason::Verified,
       "bare RSAPublicKey, as the RFC's text says"},
      {"v=DKIM1; k=ed25519; p=" + ed, Reason::Verified, "RFC 8463 4.2: 32 octets"},
      {"k=rsa; v=DKIM1; p=" + p, Reason::Verified, "v= MUST be first; that it is not is tolerated"},
      {"k=rsa; v=DKIM2; p=" + p, Reason::KeyVersion, "another version is not, wherever it stands"},
      {"v=DKIM1;\n k=rsa;\n p=" + p + "\n", Reason::Verified, "line feeds as white space are tolerated"},
      {"v=DKIM1;\v\fk=rsa;\r\np=" + p.substr(0, 70) + "\n" + p.substr(70), Reason::Verified,
       "all four, in p= too"},
      {"v=DKI\nM1; p=" + p, Reason::KeyVersion, "within a word they are what a blank is"},
      {"v=DKIM1; x-y=1; p=" + p, Reason::Verified, "a hyphen in a tag name"},
      {"v=DKIM2; p=" + p, Reason::KeyVersion, "another version"},
      {"v=dkim1; p=" + p, Reason::KeyVersion, "simple string comparison"},
      {"v=; p=" + p, Reason::KeyVersion, "empty is not absent"},
      {"v=DKIM1 ; p=" + p, Reason::Verified, "blank behind the value"},
      {"v=spf1 -all", Reason::KeyVersion, "an SPF record"},
      {"hello world", Reason::KeySyntax, "no tag list"},
      {"", Reason::KeySyntax, "empty record"},
      {"v=DKIM1; k=rsa", Reason::KeySyntax, "p= is required"},
      {"v=DKIM1; P=" + p, Reason::KeySyntax, "names are case-sensitive"},
      {"v=DKIM1; p=", Reason::KeyRevoked, "empty p="},
      {"v=DKIM1; p= ;", Reason::KeyRevoked, "blank p="},
      {"v=DKIM1; p=" + p + "; p=" + p, Reason::KeySyntax, "duplicate tag"},
      {"v=DKIM1;; p=" + p, Reason::KeySyntax, "empty tag"},
      {"v=DKIM1; p=!!!" + p, Reason::KeySyntax, "no base64"},
      {"v=DKIM1; p=AAAA", Reason::KeySyntax, "base64, no key"},
      {"v=DKIM1; k=foo; p=" + p, Reason::KeyWrongType, "unknown k= MUST be ignored"},
      {"v=DKIM1; k=; p=" + p, Reason::KeyWrongType, "empty k= is not rsa"},
      {"v=DKIM1; k=ed25519; p=" + p, Reason::KeySyntax, "RSA key under k=ed25519"},
      {"v=DKIM1; k=ed25519; p=" + ed.substr(4), Reason::KeySyntax, "29 octets"},
      {"v=DKIM1; p=" + ed, Reason::KeySyntax, "an Ed25519 key under k=rsa"},
      {"v=DKIM1; s=email; p=" + p, Reason::Verified, "s=email"},
      {"v=DKIM1; s=*; p=" + p, Reason::Verified, "s=*"},
      {"v=DKIM1; s=tlsrpt : email; p=" + p, Reason::Verified, "a list with email"},
      {"v=DKIM1; s=tlsrpt; p=" + p, Reason::KeyWrongService, "RFC 8460 keys are not for mail"},
      {"v=DKIM1; s=; p=" + p, Reason::KeyWrongService, "empty list"},
      {"v=DKIM1; g=nobody; n=<script>; x=y; p=" + p, Reason::Verified,
       "g= is deprecated, n= ignored, x= unknown"},
      {"v=DKIM1; n=" + std::string(kMaxKeyRecord, 'n') + "; p=" + p, Reason::KeyTooLarge, "over 8 kB"},
  };
  for (const Row& row : rows) {
    const KeyRecord record = parseKeyRecord(row.text);
    EXPECT_EQ(reasonWord(record.fault), reasonWord(row.fault)) << row.why << ": " << record.text;
    EXPECT_EQ(record.usable(), record.key != nullptr) << row.why;
    EXPECT_EQ(record.usable(), record.text.empty()) << row.why;
  }
}

// Issue 13 item 3: taken with a remark; what it is by the letter.
TEST(KeyRecord, Tolerated) {
  const std::string p = "p=" + SigningKey::rsa(1024).p();
  struct Row {
    std::string text;
    std::string_view remark;
    Reason strict;
  };
  const Row rows[] = {
      {"v=DKIM1; " + p, "", Reason::Verified},
      {"v=DKIM1;\r\n " + p, "", Reason::Verified},  // RFC 6376 section 2.8: a fold is in the grammar
      {"v=DKIM1;\n" + p, "line ends as white space in the key record", Reason::KeySyntax},
      {p + "; v=DKIM1", "v= is not the first tag", Reason::KeyVersion},
      {"v=DKIM1; a-b=c; " + p, "a hyphen in the tag name a-b", Reason::KeySyntax},
      {p + ";\nv=DKIM1", "line ends as white space in the key record, v= is not the first tag",
       Reason::KeySyntax},
  };
  for (const Row& row : rows) {
    const KeyRecord record = parseKeyRecord(row.text);
    EXPECT_TRUE(record.usable()) << record.text;
    EXPECT_EQ(record.tolerated, row.remark);
    EXPECT_EQ(reasonWord(record.strictFault), reasonWord(row.strict)) << row.remark;
  }
}

// Issues 13 item 3 (what stays a permerror says why) and 16 item 2: how records come to be broken, in words.
TEST(KeyRecord, Texts) {
  const std::string p = SigningKey::rsa(2048).p();
  const std::string ed = SigningKey::ed25519().p();
  const std::string info = test::base64(std::string("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12) +
                                        std::string(32, 'k'));
  const std::string der = test::base64(rsaKey(number(1024), std::string("\x01\x00\x01", 3)) + "beyond");
  struct Row {
    std::string text;
    std::string_view problem;
  };
  const Row rows[] = {
      {"v=DKIM2; p=" + p, "v= is not DKIM1 but DKIM2"},
      {"v=dkim1; p=" + p, "v= is dkim1, it must be in capitals"},
      {"v=DKIM1\\; k=rsa\\; p=" + p, "v= is DKIM1\\ and holds a backslash, as of a zone file"},
      {"v=\"DKIM1\"; p=" + p, "v= is \"DKIM1\" and holds a quotation mark, as of a zone file"},
      {"\"v=DKIM1; p=" + p + "\"", "the name of a tag holds a quotation mark, as of a zone file"},
      {"v=spf1 -all", "an SPF record"},
      {"v=DMARC1; p=none", "a DMARC record"},
      {"v=DKIM1;; p=" + p, "an empty tag: a semicolon with nothing before it"},
      {"v=DKIM1; k=rsa", "no p= tag"},
      {"v=DKIM1; k=dsa; p=" + p, "k= is dsa, which is not known"},
      {"v=DKIM1; s=tlsrpt; p=" + p, "s= does not include email: tlsrpt"},
      {"v=DKIM1; p=", "p= is empty"},
      {"v=DKIM1; p=" + p.substr(0, 255), "p= is cut by 103 octets: the key has 294, 191 are there"},
      {"v=DKIM1; p=" + p.substr(0, 256), "p= is cut by 102 octets: the key has 294, 192 are there"},
      {"v=DKIM1; p=" + p.substr(0, 253), "p= is cut by 105 octets: the key has 294, 189 are there"},
      {"v=DKIM1; p=" + p.substr(0, 100) + "\"\"" + p.substr(100),
       "p= holds a quotation mark, as of a zone file"},
      {"v=DKIM1; p=" + p.substr(0, 100) + "\xc2\xa0" + p.substr(100), "p= holds a no-break space"},
      {"v=DKIM1; p=" + p.substr(0, 100) + "*" + p.substr(100), "p= is not base64"},
      {"v=DKIM1; p=-----BEGINPUBLICKEY-----" + p,
       "p= holds the lines around a PEM file, not its base64 alone"},
      {"v=DKIM1; p=AAAAA", "p= is not base64: it ends within a group of four"},
      {"v=DKIM1; p=AAAA", "p= holds no RSA public key"},
      {"v=DKIM1; p=" + der, "p= has 6 octets behind the key"},
      {"v=DKIM1; p=" + ed, "p= holds 32 octets, as Ed25519 keys have, but k= is not ed25519"},
      {"v=DKIM1; k=ed25519; p=" + info,
       "p= holds a SubjectPublicKeyInfo, of which an Ed25519 key record has the last 32 octets alone (RFC "
       "8463 section "
       "4.2)"},
      {"v=DKIM1; k=ed25519; p=" + p, "an Ed25519 key has 32 octets, p= has 294"},
      {"v=DKIM1; k=ed25519; p=" + test::base64(std::string(44, 'k')),
       "an Ed25519 key has 32 octets, p= has 44"},
  };
  for (const Row& row : rows) {
    const KeyRecord record = parseKeyRecord(row.text);
    EXPECT_FALSE(record.usable()) << row.problem;
    EXPECT_EQ(record.text, row.problem);
  }
  const auto hashes = [&](std::string_view h) {
    return hashText(parseKeyRecord("v=DKIM1; h=" + std::string(h) + "; p=" + p));
  };
  EXPECT_EQ(hashes("sha1"), "h= of the key allows sha1, not sha256");
  EXPECT_EQ(hashes("rsa-sha256"),
            "h= of the key holds rsa-sha256, where sha256 alone is the name of the hash");
  EXPECT_EQ(hashes(""), "h= of the key is empty: it allows no hash");
}

// Under the neutral element R = 1, S = 0 signs every text: the key of a domain that nobody needs to own.
TEST(KeyRecord, Ed25519KeysOfSmallOrder) {
  const auto record = [](std::string raw) {
    return parseKeyRecord("v=DKIM1; k=ed25519; p=" + test::base64(raw));
  };
  const auto y = [](char first, char middle, char last) {
    return std::string(1, first) + std::string(30, middle) + last;
  };
  for (const std::string& raw : {y(0, 0, 0), y(1, 0, 0), y(1, 0, '\x80'), y('\xec', '\xff', '\x7f'),
                                 y('\xec', '\xff', '\xff'), y('\xee', '\xff', '\x7f')}) {
    EXPECT_EQ(record(raw).fault, Reason::KeySyntax);
    EXPECT_EQ(record(raw).key, nullptr);
  }
  EXPECT_TRUE(record(y(2, 0, 0)).isKey) << "y = 2 is no such point";
  EXPECT_NE(record(y(2, 0, 0)).text, record(y(1, 0, 0)).text);
}

TEST(KeyRecord, Flags) {
  const std::string p = "p=" + SigningKey::rsa(2048).p();
  struct Row {
    std::string tags;
    bool testing, strict, sha256;
    std::string_view why;
  };
  const Row rows[] = {
      {"", false, false, true, "defaults"},
      {"t=y;", true, false, true, "testing"},
      {"t=s;", false, true, true, "strict"},
      {"t= y : s ;", true, true, true, "both, with blanks"},
      {"t=foo:s;", false, true, true, "unknown flags are ignored"},
      {"t=ys;", false, false, true, "no flag of that name"},
      {"t=;", false, false, true, "empty"},
      {"h=sha256;", false, false, true, "h="},
      {"h=sha1 : sha256;", false, false, true, "a list"},
      {"h=foo:SHA256;", false, false, true, "unknown ones are ignored"},
      {"h=sha1;", false, false, false, "3.6.1: only sha1"},
      {"h=;", false, false, false, "none at all"},
  };
  for (const Row& row : rows) {
    const KeyRecord record = parseKeyRecord("v=DKIM1;" + row.tags + p);
    ASSERT_TRUE(record.usable()) << row.why << ": " << record.text;
    EXPECT_EQ(record.testing, row.testing) << row.why;
    EXPECT_EQ(record.strictIdentity, row.strict) << row.why;
    EXPECT_EQ(record.allowsSha256, row.sha256) << row.why;
  }
}

TEST(KeyRecord, RsaNumbers) {
  const std::string e65537("\x01\x00\x01", 3);
  struct Row {
    std::string key;
    Reason fault;
    int bits;
    std::string_view why;
  };
  const Row rows[] = {
      {rsaKey(number(1024), e65537), Reason::Verified, 1024, "1024 bits"},
      {rsaKey(number(1023), e65537), Reason::Verified, 1023, "exact: 1023; the verifier decides"},
      {rsaKey(number(1025), e65537), Reason::Verified, 1025, "exact: 1025"},
      {rsaKey(number(2047), e65537), Reason::Verified, 2047, "exact: 2047"},
      {rsaKey(number(512), "\x03"), Reason::Verified, 512, "exponent 3"},
      {rsaKey(number(8192), e65537), Reason::Verified, 8192, "the largest"},
      {rsaKey(number(8193), e65537), Reason::KeyTooLarge, 8193, "T25: over 8192 bits"},
      {rsaKey(number(32768), e65537), Reason::KeyTooLarge, 32768, "T25: far over"},
      {rsaKey(number(2048), "\x01"), Reason::KeyBadExponent, 2048, "exponent 1: everything verifies"},
      {rsaKey(number(2048), "\x02"), Reason::KeyBadExponent, 2048, "even exponent"},
      {rsaKey(number(2048), "\x01" + std::string(3, '\0') + '\x01'), Reason::Verified, 2048,
       "33 bits of exponent: 2^32 + 1"},
      {rsaKey(number(2048), "\x03" + std::string(3, '\0') + '\x01'), Reason::KeyBadExponent, 2048, "34 bits"},
      {rsaKey(number(2048), std::string(1, '\0') + std::string(8, '\xff')), Reason::KeyBadExponent, 2048,
       "64 bits"},
      {rsaKey(number(2048), std::string(1, '\0')), Reason::KeySyntax, 0, "exponent 0"},
      {rsaKey(std::string(1, '\0'), e65537), Reason::KeySyntax, 0, "modulus 0"},
      {rsaKey("\xff" + number(2048), e65537), Reason::KeySyntax, 0, "negative modulus"},
      {rsaKey(number(2048), "\x81"), Reason::KeySyntax, 0, "negative exponent"},
      {rsaKey(number(2040) + '\x02', e65537), Reason::KeySyntax, 2048, "even modulus"},
      {rsaKey(number(2048), e65537) + '\0', Reason::KeySyntax, 0, "octets behind the key"},
      {rsaKey(number(2048), e65537).substr(0, 100), Reason::KeySyntax, 0, "cut off"},
      {der('\x30', der('\x02', number(2048))), Reason::KeySyntax, 0, "no exponent"},
      {der('\x30', ""), Reason::KeySyntax, 0, "empty sequence"},
      {der('\x31', der('\x02', number(2048)) + der('\x02', e65537)), Reason::KeySyntax, 0, "a set"},
      {"\x30\x84\xff\xff\xff\xff", Reason::KeySyntax, 0, "length beyond the octets"},
      {"\x30\x80", Reason::KeySyntax, 0, "indefinite length is not DER"},
      {"\x30\x85\x01\x01\x01\x01\x01", Reason::KeySyntax, 0, "a length of five octets"},
      {"\x30\x84\x01", Reason::KeySyntax, 0, "a length that is cut off"},
      {std::string("\x30\x82\x00\x80", 4) + std::string(128, 'x'), Reason::KeySyntax, 0,
       "a length that begins with a zero"},
      {"\x30\x82\xff\xff" + std::string(100, 'x'), Reason::KeySyntax, 0, "more than any key has"},
      {rsaKey("", e65537), Reason::KeySyntax, 0, "a modulus without octets"},
      {der('\x30', der('\x02', number(2048)) + der('\x02', e65537) + der('\x02', "x")), Reason::KeySyntax, 0,
       "a third number"},
      {"\x30\x81\x05" + rsaKey("\x05", "\x03").substr(2), Reason::KeySyntax, 0,
       "length not in its shortest form"},
  };
  for (const Row& row : rows) {
    const KeyRecord record = parseKeyRecord(recordOf(row.key));
    EXPECT_EQ(reasonWord(record.fault), reasonWord(row.fault)) << row.why << ": " << record.text;
    EXPECT_EQ(record.bits, row.bits) << row.why;
  }
}

TEST(KeyRecord, SubjectPublicKeyInfo) {
  const std::string bare = rsaKey(number(1024), "\x03");
  const std::string oid("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11);
  const std::string null("\x05\x00", 2);
  const std::string bits = der('\x03', std::string(1, '\0') + bare);
  struct Row {
    std::string key;
    bool good;
    std::string_view why;
  };
  const Row rows[] = {
      {der('\x30', der('\x30', oid + null) + bits), true, "rsaEncryption, NULL"},
      {der('\x30', der('\x30', oid) + bits), true, "parameters absent: seen in the wild"},
      {der('\x30', der('\x30', oid + der('\x04', "x")) + bits), false, "other parameters"},
      {der('\x30', der('\x30', oid.substr(0, 10) + '\x0a' + null) + bits), false,
       "another algorithm (RSASSA-PSS)"},
      {der('\x30', der('\x30', oid + null) + der('\x03', '\x01' + bare)), false, "unused bits"},
      {der('\x30', der('\x30', oid + null) + der('\x03', "")), false, "empty bit string"},
      {der('\x30', der('\x30', oid + null) + bits + null), false, "a third element"},
      {der('\x30', der('\x30', oid + null) + der('\x03', std::string(1, '\0') + "junk")), false,
       "no key in it"},
      {der('\x30', der('\x30', oid + null) + bits) + "x", false, "octets behind it"},
  };
  for (const Row& row : rows) EXPECT_EQ(parseKeyRecord(recordOf(row.key)).usable(), row.good) << row.why;
}

TEST(PublicKey, VerifiesWhatOpenSslSigned) {
  for (const auto* key : {&SigningKey::rsa(1024), &SigningKey::rsa(2048), &SigningKey::ed25519()}) {
    const KeyRecord record = parseKeyRecord(key->record());
    ASSERT_TRUE(record.usable()) << record.text;
    const std::string signature = key->sign("octets");
    const std::string hash = test::sha256("octets");
    Digest digest{};
    std::copy(hash.begin(), hash.end(), digest.begin());
    for (int again = 0; again < 3; ++again) {  // the context is reused
      EXPECT_TRUE(record.key->verify(digest, signature));
      std::string broken = signature;
      broken[10] = static_cast<char>(broken[10] ^ 1);
      EXPECT_FALSE(record.key->verify(digest, broken));
      EXPECT_FALSE(record.key->verify(digest, signature.substr(1)));
      EXPECT_FALSE(record.key->verify(digest, signature + '\0'));
      EXPECT_FALSE(record.key->verify(digest, ""));
      Digest other = digest;
      other[0] = static_cast<std::uint8_t>(other[0] ^ 1);
      EXPECT_FALSE(record.key->verify(other, signature));
    }
    if (record.type == KeyType::Rsa) {
      EXPECT_EQ(record.key->recover(signature), digest);
    }
    EXPECT_FALSE(record.key->recover(signature.substr(1)));
  }
}

TEST(KeyRecord, HowMuchOfACutKeyIsMissing) {
  EXPECT_EQ(missingOctets("MAAA"), std::nullopt) << "0 octets, whole";
  EXPECT_EQ(missingOctets("MIIBIjANBgkq"), 294U - 9U) << "SubjectPublicKeyInfo of 2048 bits";
  EXPECT_EQ(missingOctets("MIIBIjANBgk"), 294U - 8U) << "in the middle of a group of four";
  EXPECT_EQ(missingOctets("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), std::nullopt) << "no DER";
  EXPECT_EQ(missingOctets(""), std::nullopt);
  EXPECT_EQ(missingOctets("!!!!"), std::nullopt);
}

TEST(KeySet, SeveralRecords) {
  const auto add = [](dns::Answer& answer, std::string text) {
    dns::Record& record = answer.records.emplace_back();
    record.ttl = 300;
    record.data = dns::Txt(std::move(text));
  };
  dns::Answer answer;
  add(answer, "junk");
  add(answer, SigningKey::rsa(1024).record());
  add(answer, "v=spf1 -all");
  add(answer, "v=DKIM1; p=");
  const auto keys = answer.derived<KeySet>(parseKeySet);
  ASSERT_EQ(keys->records.size(), 2U) << "what is no key record does not count";
  EXPECT_TRUE(keys->records[0].usable());
  EXPECT_EQ(keys->records[1].fault, Reason::KeyRevoked);
  EXPECT_EQ(answer.derived<KeySet>(parseKeySet), keys) << "parsed once";
  EXPECT_GT(answer.derivedBytes(), 2048U);

  dns::Answer other;  // of another type, or of none
  EXPECT_TRUE(parseKeySet(other).records.empty());
  other.records.push_back({300, *IpAddress::parse("192.0.2.1")});
  EXPECT_TRUE(parseKeySet(other).records.empty());

  dns::Answer junk;
  for (int i = 0; i < 200; ++i) add(junk, "junk " + std::to_string(i));
  const KeySet none = parseKeySet(junk);
  ASSERT_EQ(none.records.size(), 1U) << "kept to say what is wrong";
  EXPECT_EQ(none.records[0].fault, Reason::KeySyntax);
}

}  // namespace
}  // namespace alignd::dkim
