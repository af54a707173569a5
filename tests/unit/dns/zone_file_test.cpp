#include "dns/zone/zone_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace alignd::dns {
namespace {

using namespace std::string_literals;

Name name(const std::string& text) {
  return Name::parse(text).value_or(Name());
}

// An answer as one line: "300 A 192.0.2.1 | 300 A 192.0.2.2", or the status.
std::string show(const Answer& answer) {
  if (answer.records.empty()) return std::string(statusName(answer.status));
  std::string out;
  for (const auto& record : answer.records) {
    if (!out.empty()) out += " | ";
    out += std::to_string(record.ttl) + " ";
    if (const auto* txt = std::get_if<Txt>(&record.data)) out += *txt;
    if (const auto* ip = std::get_if<IpAddress>(&record.data)) out += ip->text();
    if (const auto* mx = std::get_if<Mx>(&record.data)) {
      out += std::to_string(mx->preference) + " " + mx->exchange.text();
    }
    if (const auto* target = std::get_if<Name>(&record.data)) out += target->text();
  }
  return out;
}

struct Good {
  std::string text;
  std::string owner;
  Type type;
  std::string shown;
};

TEST(ZoneFile, Understands) {
  const std::string max(255, 'x');
  const std::vector<Good> rows{
      {"a.example. 300 IN A 192.0.2.1\n", "a.example", Type::A, "300 192.0.2.1"},
      {"a.example. IN 300 A 192.0.2.1", "a.example", Type::A, "300 192.0.2.1"},  // no newline at the end
      {"A.Example. a 192.0.2.1", "a.example", Type::A, "3600 192.0.2.1"},
      {"a AAAA 2001:db8::1", "a", Type::AAAA, "3600 2001:db8::1"},
      {"$ORIGIN example.\na MX 10 mail\n", "a.example", Type::MX, "3600 10 mail.example"},
      {"$ORIGIN example.\na MX 10 @\n", "a.example", Type::MX, "3600 10 example"},
      {"$ORIGIN example.\n@ MX 0 .\n", "example", Type::MX, "3600 0 "},  // null MX (RFC 7505)
      {"$ORIGIN example.\n$ORIGIN sub\na NS ns.x.\n", "a.sub.example", Type::NS, "3600 ns.x"},
      {"$TTL 1h30m\na A 192.0.2.1\n", "a", Type::A, "5400 192.0.2.1"},
      {"$TTL 60\na 1D A 192.0.2.1\nb A 192.0.2.2", "b", Type::A, "60 192.0.2.2"},
      {"a 2w A 192.0.2.1\nb A 192.0.2.2", "b", Type::A,
       "1209600 192.0.2.2"},  // the last stated, RFC 1035 5.1
      {"a A 192.0.2.1\n  A 192.0.2.2\n\tA 192.0.2.3\n", "a", Type::A,
       "3600 192.0.2.1 | 3600 192.0.2.2 | 3600 192.0.2.3"},
      {"a A 192.0.2.1\n; x\n\n   ; y\n  TXT z", "a", Type::TXT, "3600 z"},
      {"a TXT \"v=DKIM1; k=rsa; \" \"p=MIG\" ; comment", "a", Type::TXT, "3600 v=DKIM1; k=rsa; p=MIG"},
      {"a TXT v=spf1\\032-all", "a", Type::TXT, "3600 v=spf1 -all"},
      {"a TXT \"a\\\"b\\\\c\\046\\x\"", "a", Type::TXT, "3600 a\"b\\c.x"},
      {"a TXT \"\\000\\255\"", "a", Type::TXT, "3600 \0\xff"s},
      {"a TXT \"(;)\"", "a", Type::TXT, "3600 (;)"},
      {"a TXT \"\"", "a", Type::TXT, "3600 "},
      {"a TXT \"\" \"\" x", "a", Type::TXT, "3600 x"},
      {"a TXT \"a\"\"b\"c\"d\"", "a", Type::TXT, "3600 abcd"},
      {"a TXT ( \"one\" ; comment\n   \"two\"\n )\nb A 192.0.2.1", "a", Type::TXT, "3600 onetwo"},
      {"a TXT(x)", "a", Type::TXT, "3600 x"},
      {"a ( 300\n IN\n A ) 192.0.2.1", "a", Type::A, "300 192.0.2.1"},
      {"a A 192.0.2.1\r\nb A 192.0.2.2\r\n", "b", Type::A, "3600 192.0.2.2"},
      {"a TXT " + max + " " + max, "a", Type::TXT, "3600 " + max + max},
      {"sel._domainkey.a CNAME sel.provider.example.\nsel.provider.example. TXT key", "sel._domainkey.a",
       Type::TXT, "3600 key"},
      {"a TXT x\na TXT x\na TXT y", "a", Type::TXT, "3600 x | 3600 y"},  // equal records count once
      {"a TXT xy\na TXT x y", "a", Type::TXT, "3600 xy | 3600 xy"},      // these are two
      {"user+x=y a 192.0.2.1", "user+x=y", Type::A, "3600 192.0.2.1"},
      {"a\\098c.x. A 192.0.2.1", "abc.x", Type::A, "3600 192.0.2.1"},
      {"\\064.x. A 192.0.2.1", "@.x", Type::A, "3600 192.0.2.1"},
      {"IN.x. A 192.0.2.1", "in.x", Type::A, "3600 192.0.2.1"},
      {"300 A 192.0.2.1", "300", Type::A, "3600 192.0.2.1"},  // an owner may look like a TTL
      {"A A 192.0.2.1", "a", Type::A, "3600 192.0.2.1"},      // or like a type
      {"1.2.0.192.in-addr.arpa. PTR mail.example.", "1.2.0.192.in-addr.arpa", Type::PTR, "3600 mail.example"},
      {"a SOA ns.x. h.x. ( 2026112201 ; serial\n 1h 10m\n 2w 5m )", "a", Type::SOA, "3600 ns.x"},
      {"a SRV 0 5 25 mail.x.", "a", Type::TXT, "no data"},
      {"a TYPE65534 \\# 2 abcd", "a", Type::TXT, "no data"},
      {"a CNAME b\na RRSIG CNAME 8 1 300 20260101000000 20250101000000 1 x. AAAA\nb TXT t", "a", Type::TXT,
       "3600 t"},
      {"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A",
       "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", Type::TXT, "no such name"},
      {"a RRSIG NSEC3 8 1 300 20260101000000 20250101000000 1 x. AAAA", "a", Type::TXT, "no such name"},
      {"", "a", Type::TXT, "no such name"},
  };
  for (const auto& row : rows) {
    Zone zone;
    const auto error = readZone(row.text, zone);
    ASSERT_EQ(error ? error->text() : "", "") << row.text;
    EXPECT_EQ(show(*zone.answer({name(row.owner), row.type}, {})), row.shown) << row.text;
  }
}

std::string errorIn(const std::string& text, Zone& zone, const ZoneFileOptions& options = {}) {
  const auto error = readZone(text, zone, options);
  return error ? error->text() : "no error";
}

struct Bad {
  std::string text;
  std::string error;
};

TEST(ZoneFile, SaysWhatIsWrongAndWhere) {
  const std::string escape =
      "a malformed escape: write \\DDD with three digits up to 255, or \\ and one character";
  const std::vector<Bad> rows{
      {"a TXTT x", "1:3: unknown record type \"TXTT\""},
      {"a \"TXT\" x", "1:4: unknown record type \"TXT\""},
      {"a\n", "1:1: no record type"},
      {"a 300 IN\n", "1:7: no record type"},
      {"a 300 300 A 192.0.2.1\n", "1:7: unknown record type \"300\""},
      {"x A 192.0.2.1\na A 192.0.2.256", "2:5: no IPv4 address: \"192.0.2.256\""},
      {"a A 2001:db8::1", "1:5: no IPv4 address: \"2001:db8::1\""},
      {"a AAAA 192.0.2.1", "1:8: no IPv6 address: \"192.0.2.1\""},
      {"a A", "1:3: no address"},
      {"a A 192.0.2.1 x", "1:15: more than a record of this type holds"},
      {"a TXT", "1:3: a TXT record wants at least one string"},
      {"a TXT \"x", "1:7: a quoted string that does not end on its line"},
      {"a TXT \"x\\\"", "1:7: a quoted string that does not end on its line"},
      {"a TXT \"x\ny\"", "1:7: a quoted string that does not end on its line"},
      {"a TXT x\\25", "1:8: " + escape},
      {"a TXT \"xy\\256\"", "1:10: " + escape},
      {"a TXT x\\", "1:8: " + escape},
      {"a TXT ( x\n y\n", "1:7: this parenthesis is never closed"},
      {"a TXT ( x ( y ) )", "1:11: a parenthesis inside parentheses"},
      {"a TXT x )", "1:9: a closing parenthesis without an opening one"},
      {"a TXT " + std::string(256, 'x'),
       "1:7: a string of 256 octets; 255 are allowed, split it into several strings"},
      {"a\x01 TXT x", "1:2: a control character"},
      {"a MX mail", "1:6: no preference: \"mail\""},
      {"a MX 65536 mail", "1:6: no preference: \"65536\""},
      {"a MX 10", "1:6: no domain name"},
      {"a MX 10 \"mail\"", "1:10: a domain name stands without quotes"},
      {"a CNAME b..c", "1:9: no domain name (empty label, or too long): \"b..c\""},
      {"a CNAME b\\.c", "1:9: a dot inside a label is not supported: \"b\\.c\""},
      {std::string(64, 'x') + " A 192.0.2.1",
       "1:1: no domain name (empty label, or too long): \"" + std::string(60, 'x') + "\"..."},
      {"  A 192.0.2.1", "1:3: a record without an owner before any owner was named"},
      {"a CH TXT x", "1:3: only class IN is supported"},
      {"a 99999999999 A 192.0.2.1", "1:3: no TTL: \"99999999999\""},
      {"a 2147483648 A 192.0.2.1", "1:3: no TTL: \"2147483648\""},  // RFC 2181 section 8
      {"a 4000w A 192.0.2.1", "1:3: no TTL: \"4000w\""},
      {"a 1x A 192.0.2.1", "1:3: no TTL: \"1x\""},
      {"a 1h30x A 192.0.2.1", "1:3: no TTL: \"1h30x\""},
      {"$TTL x", "1:6: no TTL: \"x\""},
      {"$TTL \"\"", "1:7: no TTL: \"\""},
      {"$TTL", "1:1: a directive wants one value"},
      {"$ORIGIN a b", "1:11: a directive wants one value"},
      {"$INCLUDE other.zone", "1:1: the directive \"$INCLUDE\" is not supported"},
      {"$GENERATE 1-2 a A 192.0.2.$", "1:1: the directive \"$GENERATE\" is not supported"},
      {"a SOA ns. h. 1 2 3 4", "1:20: no minimum"},
      {"a SOA ns. h. x 2 3 4 5", "1:14: no serial: \"x\""},
      {"a SOA ns. h. 1 2 3 x 5", "1:20: no expire: \"x\""},
      {"a A 192.0.2.1\na CNAME b", "2:1: \"a\" has a CNAME and other data (RFC 1034 section 3.6.2)"},
      {"a CNAME b\n  TXT x", "2:3: \"a\" has a CNAME and other data (RFC 1034 section 3.6.2)"},
      {"a CNAME b\na CNAME c", "2:1: \"a\" has two aliases"},
      {"a DNAME b\na DNAME c", "2:1: \"a\" has two aliases"},
      {"a DNAME b\na CNAME c", "2:1: \"a\" has a CNAME and other data (RFC 1034 section 3.6.2)"},
      {"a DNAME b\nx.a TXT y", "2:1: \"x.a\" is hidden by the DNAME at \"a\" (RFC 6672 section 2.4)"},
      {"a \xc3\xbc\x7f x", "1:5: a control character"},
      {"a \xc3\xbc x", "1:3: unknown record type \"\\195\\188\""},
  };
  for (const auto& row : rows) {
    Zone zone;
    zone.add(name("was.there"), Type::TXT, {60, Txt("x")});
    EXPECT_EQ(errorIn(row.text, zone), row.error) << row.text;
    // Nothing of a broken file is taken over.
    EXPECT_EQ(zone.answer({name("a"), Type::A}, {})->status, Status::NoSuchName) << row.text;
    EXPECT_EQ(zone.answer({name("was.there"), Type::TXT}, {})->status, Status::Ok);
  }
}

TEST(ZoneFile, BoundsHold) {
  Zone zone;
  ZoneFileOptions options;
  options.maxRecords = 2;
  EXPECT_EQ(errorIn("a A 192.0.2.1\nb A 192.0.2.1", zone, options), "no error");
  EXPECT_EQ(errorIn("a A 192.0.2.1\nb A 192.0.2.1\nc A 192.0.2.1", zone, options), "3:1: too many records");
  std::string many = "a TXT (";
  for (int i = 0; i < 6000; ++i) many += " x";
  EXPECT_EQ(errorIn(many, zone), "1:10005: too many words in one entry");
  std::string wide = "a TXT";
  for (int i = 0; i < 257; ++i) wide += " " + std::string(255, 'x');
  EXPECT_EQ(errorIn(wide, zone), "1:65287: the strings are longer than a record can be");
}

TEST(ZoneFile, SeveralFilesMakeOneZone) {
  char folder[] = "/tmp/alignd-zone-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const auto path = [&](const std::string& file) { return std::string(folder) + "/" + file; };
  std::ofstream(path("one")) << "a.example. CNAME b.example.\n";
  std::ofstream(path("two")) << "$ORIGIN example.\nb TXT two\n";
  std::ofstream(path("bad")) << "\nb TXTT two\n";
  Zone zone;
  EXPECT_EQ(loadZone(path("one"), zone), "");
  EXPECT_EQ(zone.answer({name("a.example"), Type::TXT}, {})->status, Status::DanglingCname);
  EXPECT_EQ(loadZone(path("two"), zone), "");
  EXPECT_EQ(show(*zone.answer({name("a.example"), Type::TXT}, {})), "3600 two");
  EXPECT_EQ(loadZone(path("bad"), zone), path("bad") + ":2:3: unknown record type \"TXTT\"");
  EXPECT_EQ(loadZone(path("none"), zone), path("none") + ": No such file or directory");
  EXPECT_NE(loadZone(folder, zone), "");  // a folder
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace alignd::dns
