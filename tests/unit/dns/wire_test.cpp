#include "dns/wire/wire.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/dns_message.h"

namespace alignd::dns {
namespace {

using test::MessageWriter;
using Section = MessageWriter::Section;

Name name(const std::string& text) {
  return *Name::parse(text);
}
Octets octets(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
std::string bytesOf(const QueryPacket& packet) {
  return {reinterpret_cast<const char*>(packet.buffer.data()), packet.size};
}

constexpr std::uint16_t kReply = test::kFlagQr | test::kFlagRd | test::kFlagRa;

/// Writes a reply to `asked`; `fill` adds records.
std::string reply(const Question& asked, const std::function<void(MessageWriter&)>& fill,
                  std::uint16_t flags = kReply) {
  const std::string query = bytesOf(buildQuery(asked, {.id = 7, .edns = false}));
  MessageWriter writer(7, flags);
  writer.question(std::string_view(query).substr(12));
  fill(writer);
  return writer.finish();
}

void txt(MessageWriter& writer, const std::string& owner, const std::string& text, std::uint32_t ttl = 300) {
  writer.beginRecord(Section::Answer, owner, 16, ttl);
  writer.strings(text, 255);
  writer.endRecord();
}
void cname(MessageWriter& writer, const std::string& owner, const std::string& target,
           std::uint32_t ttl = 300) {
  writer.beginRecord(Section::Answer, owner, 5, ttl);
  writer.name(target);
  writer.endRecord();
}
void soa(MessageWriter& writer, const std::string& zone, std::uint32_t ttl, std::uint32_t minimum) {
  writer.beginRecord(Section::Authority, zone, 6, ttl);
  writer.name("ns." + zone);
  writer.name("admin." + zone);
  for (int i = 0; i < 4; ++i) writer.u32(1);
  writer.u32(minimum);
  writer.endRecord();
}

const Question kAsked{name("k.example"), Type::TXT};

struct Case {
  const char* what;
  Status status;
  std::uint32_t ttl;
  const char* chain;
  std::vector<std::string> texts;
  std::function<void(MessageWriter&)> fill;
  std::uint16_t flags = kReply;
  bool unfinished = false;
};

TEST(Wire, ReadsWhatHangsOnTheNameAsked) {
  const std::vector<Case> cases{
      {"one record", Status::Ok, 300, "", {"p=1"}, [](auto& w) { txt(w, "k.example", "p=1"); }},
      {"case of the owner does not matter (RFC 4343)",
       Status::Ok,
       300,
       "",
       {"p=1"},
       [](auto& w) { txt(w, "K.ExAmPlE", "p=1"); }},
      {"records are not merged, the TTL is the minimum (RFC 2181 section 5.2)",
       Status::Ok,
       20,
       "",
       {"a", "b"},
       [](auto& w) { txt(w, "k.example", "a", 20), txt(w, "k.example", "b", 60); }},
      {"a TTL with its top bit set is zero (RFC 2181 section 8)",
       Status::Ok,
       0,
       "",
       {"a"},
       [](auto& w) { txt(w, "k.example", "a", 0x80000001U); }},
      {"strings are joined without a blank",
       Status::Ok,
       300,
       "",
       {std::string(700, 'x')},
       [](auto& w) { txt(w, "k.example", std::string(700, 'x')); }},
      {"an empty character-string is an empty text",
       Status::Ok,
       300,
       "",
       {""},
       [](auto& w) { txt(w, "k.example", ""); }},
      {"foreign owners are ignored",
       Status::Ok,
       300,
       "",
       {"mine"},
       [](auto& w) {
         txt(w, "evil.example", "theirs"), txt(w, "k.example", "mine"), txt(w, "example", "up");
       }},
      {"a foreign alias leads nowhere",
       Status::NoData,
       0,
       "",
       {},
       [](auto& w) { cname(w, "other.example", "k2.example"), txt(w, "k2.example", "x"); }},
      {"one hop",
       Status::Ok,
       30,
       "k.example -> t.example",
       {"x"},
       [](auto& w) { cname(w, "k.example", "t.example", 30), txt(w, "t.example", "x"); }},
      {"hops in any order",
       Status::Ok,
       300,
       "k.example -> b.example -> c.example",
       {"x"},
       [](auto& w) {
         txt(w, "c.example", "x"), cname(w, "b.example", "c.example"), cname(w, "k.example", "b.example");
       }},
      {"another class is foreign",
       Status::NoData,
       0,
       "",
       {},
       [](auto& w) {
         w.beginRecord(Section::Answer, "k.example", 16, 300, 3);
         w.strings("chaos", 255);
         w.endRecord();
       }},
      {"records in other sections are not answers",
       Status::NoData,
       0,
       "",
       {},
       [](auto& w) {
         w.beginRecord(Section::Additional, "k.example", 16, 300);
         w.strings("x", 255);
         w.endRecord();
       }},
      {"no data (RFC 2308 section 2.2): the smaller of SOA TTL and MINIMUM",
       Status::NoData,
       60,
       "",
       {},
       [](auto& w) { soa(w, "example", 900, 60); }},
      {"the SOA's own TTL may be the smaller",
       Status::NoData,
       40,
       "",
       {},
       [](auto& w) { soa(w, "example", 40, 900); }},
      {"no such name",
       Status::NoSuchName,
       60,
       "",
       {},
       [](auto& w) { soa(w, "example", 900, 60); },
       kReply | 3},
      {"no SOA: not to be cached (RFC 2308 section 5)",
       Status::NoSuchName,
       0,
       "",
       {},
       [](auto&) {},
       kReply | 3},
      {"an SOA of another zone says nothing here",
       Status::NoSuchName,
       0,
       "",
       {},
       [](auto& w) { soa(w, "other", 900, 60); },
       kReply | 3},
      {"an alias to nowhere (RFC 6604 section 3)",
       Status::DanglingCname,
       30,
       "k.example -> gone.other",
       {},
       [](auto& w) { cname(w, "k.example", "gone.other", 30), soa(w, "other", 900, 60); },
       kReply | 3},
      {"an alias to a name without the type",
       Status::NoData,
       60,
       "k.example -> t.other",
       {},
       [](auto& w) { cname(w, "k.example", "t.other"), soa(w, "other", 900, 60); }},
      {"a bare alias: its target is to be asked",
       Status::NoData,
       0,
       "k.example -> t.other",
       {},
       [](auto& w) { cname(w, "k.example", "t.other"); },
       kReply,
       true},
      {"a loop of one",
       Status::CnameLoop,
       300,
       "k.example -> k.example",
       {},
       [](auto& w) { cname(w, "k.example", "k.example"); }},
      {"a loop of two, the closing hop is told",
       Status::CnameLoop,
       300,
       "k.example -> b.example -> k.example",
       {},
       [](auto& w) { cname(w, "k.example", "b.example"), cname(w, "b.example", "k.example"); }},
      {"a loop that the name asked only leads into",
       Status::CnameLoop,
       300,
       "k.example -> a.example -> b.example -> a.example",
       {},
       [](auto& w) {
         cname(w, "k.example", "a.example"), cname(w, "a.example", "b.example"),
             cname(w, "b.example", "a.example");
       }},
      {"two aliases at one name: the first counts",
       Status::Ok,
       300,
       "k.example -> a.example",
       {"a"},
       [](auto& w) {
         cname(w, "k.example", "a.example"), cname(w, "k.example", "b.example");
         txt(w, "a.example", "a"), txt(w, "b.example", "b");
       }},
      {"SERVFAIL", Status::ServerFailure, 0, "", {}, [](auto&) {}, kReply | 2},
      {"REFUSED", Status::Refused, 0, "", {}, [](auto&) {}, kReply | 5},
      {"FORMERR", Status::ServerFailure, 0, "", {}, [](auto&) {}, kReply | 1},
      {"an rcode without a meaning", Status::ServerFailure, 0, "", {}, [](auto&) {}, kReply | 11},
  };
  for (const Case& c : cases) {
    const Reply got = parseReply(octets(reply(kAsked, c.fill, c.flags)), kAsked);
    EXPECT_EQ(statusName(got.status), statusName(c.status)) << c.what << ": " << got.detail;
    EXPECT_EQ(got.ttl, c.ttl) << c.what;
    EXPECT_EQ(chainText(got.chain), c.chain) << c.what;
    EXPECT_EQ(got.unfinished, c.unfinished) << c.what;
    std::vector<std::string> texts;
    for (const Record& record : got.records) texts.push_back(std::get<Txt>(record.data));
    EXPECT_EQ(texts, c.texts) << c.what;
  }
}

TEST(Wire, FollowsTenHopsAndNoMore) {
  for (const std::size_t hops : {9U, 10U, 11U}) {
    const auto bytes = reply(kAsked, [&](auto& w) {
      for (std::size_t i = 0; i < hops; ++i) {
        cname(w, i == 0 ? "k.example" : "h" + std::to_string(i) + ".example",
              "h" + std::to_string(i + 1) + ".example");
      }
      txt(w, "h" + std::to_string(hops) + ".example", "end");
    });
    const Reply got = parseReply(octets(bytes), kAsked);
    EXPECT_EQ(got.status, hops <= 10 ? Status::Ok : Status::ChainTooLong) << hops;
    EXPECT_EQ(got.records.size(), hops <= 10 ? 1U : 0U);
  }
}

TEST(Wire, ReadsEveryType) {
  const auto one = [](Type type, const std::function<void(MessageWriter&)>& data) {
    const Question asked{name("h.example"), type};
    const auto bytes = reply(asked, [&](auto& w) {
      w.beginRecord(Section::Answer, "h.example", static_cast<std::uint16_t>(type), 5);
      data(w);
      w.endRecord();
    });
    Reply got = parseReply(octets(bytes), asked);
    EXPECT_EQ(got.status, Status::Ok) << typeName(type) << ": " << got.detail;
    return got.records.empty() ? Record{} : got.records.front();
  };
  EXPECT_EQ(std::get<IpAddress>(one(Type::A, [](auto& w) { w.u32(0xC0000201); }).data).text(), "192.0.2.1");
  EXPECT_EQ(std::get<IpAddress>(
                one(Type::AAAA, [](auto& w) { w.u32(0x20010db8), w.u32(0), w.u32(0), w.u32(1); }).data)
                .text(),
            "2001:db8::1");
  const Mx mx = std::get<Mx>(one(Type::MX, [](auto& w) { w.u16(10), w.name("mx.h.example"); }).data);
  EXPECT_EQ(mx.preference, 10);
  EXPECT_EQ(mx.exchange.text(), "mx.h.example");
  EXPECT_TRUE(
      std::get<Mx>(one(Type::MX, [](auto& w) { w.u16(0), w.name(""); }).data).exchange.isRoot());  // RFC 7505
  for (const Type type : {Type::NS, Type::CNAME, Type::PTR, Type::DNAME}) {
    EXPECT_EQ(std::get<Name>(one(type, [](auto& w) { w.name("T.example"); }).data).text(), "t.example");
  }
}

TEST(Wire, HeaderBitsAreKept) {
  const auto fill = [](MessageWriter& w) { txt(w, "k.example", "x"); };
  EXPECT_TRUE(parseReply(octets(reply(kAsked, fill, kReply | test::kFlagAd)), kAsked).authenticated);
  EXPECT_FALSE(parseReply(octets(reply(kAsked, fill)), kAsked).authenticated);
  // RFC 2181 section 9: no part of a reply with TC is an answer, and "nothing" is none either.
  for (const auto& some : {reply(kAsked, fill, kReply | test::kFlagTc),
                           reply(
                               kAsked, [](auto&) {}, kReply | test::kFlagTc),
                           reply(kAsked, [](auto&) {}, kReply | test::kFlagTc | 3)}) {
    const Reply partial = parseReply(octets(some), kAsked);
    EXPECT_TRUE(partial.truncated);
    EXPECT_EQ(partial.status, Status::Malformed);
    EXPECT_TRUE(partial.records.empty());
  }
  EXPECT_EQ(parseReply(octets(reply(kAsked, fill, kReply | test::kFlagTc | 2)), kAsked).status,
            Status::ServerFailure);
  // A truncated message may end anywhere (it is asked again over TCP).
  const std::string whole = reply(kAsked, fill, kReply | test::kFlagTc);
  const Reply cut = parseReply(octets(whole.substr(0, whole.size() - 3)), kAsked);
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.detail, "a reply that is cut off (TC=1)");
  // RFC 6891 section 6.1.3: BADVERS is 16, its high bits are in the OPT record's TTL.
  const auto badVersion = reply(kAsked, [](auto& w) {
    w.beginRecord(Section::Additional, "", test::kTypeOpt, 0x01000000U, 1232);
    w.endRecord();
  });
  EXPECT_EQ(parseReply(octets(badVersion), kAsked).rcode, 16);
  EXPECT_TRUE(parseReply(octets(badVersion), kAsked).edns);
}

TEST(Wire, WhatCannotBeReadIsMalformed) {
  const std::string good = reply(kAsked, [](auto& w) { txt(w, "k.example", "p=1"); });
  const auto status = [](const std::string& bytes) { return parseReply(octets(bytes), kAsked).status; };
  ASSERT_EQ(status(good), Status::Ok);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(status(good.substr(0, size)), Status::Malformed) << size;

  const auto record = [](std::string owner, std::uint16_t type, const std::string& data, int lie = 0) {
    return reply(kAsked, [&](auto& w) {
      w.beginRecordWithOwnerWire(Section::Answer, owner, type, 300);
      w.octets(data);
      w.endRecord(lie);
    });
  };
  const std::string k("\xC0\x0C", 2);  // the question's name
  EXPECT_EQ(status(record(k, 16, "\x03p=1")), Status::Ok);
  EXPECT_EQ(status(record(k, 16, "")), Status::Ok);                         // no string at all: an empty text
  EXPECT_EQ(status(record(k, 16, "\x04p=1")), Status::Malformed);           // longer than the record
  EXPECT_EQ(status(record(k, 16, "\x03p=1", 1)), Status::Malformed);        // RDLENGTH behind the end
  EXPECT_EQ(status(record("\xC0\x1B", 16, "\x03p=1")), Status::Malformed);  // a pointer to itself
  EXPECT_EQ(status(record("\xC0\xFF", 16, "\x03p=1")), Status::Malformed);  // forwards
  EXPECT_EQ(status(record(std::string("\xC0\x00", 2), 16, "\x03p=1")), Status::Malformed);  // into the header
  EXPECT_EQ(status(record(std::string("\x41", 1) + std::string(65, 'a'), 16, "x")),
            Status::Malformed);  // RFC 6891 5
  EXPECT_EQ(status(record(k, 5,
                          std::string("\x01"
                                      "a",
                                      2))),
            Status::Malformed);  // a name without an end
  EXPECT_EQ(status(record(k, 5,
                          std::string("\x01"
                                      "a\0",
                                      3),
                          -1)),
            Status::Malformed);  // a name that is longer than its data
  EXPECT_EQ(status(record(k, 5,
                          std::string("\x03"
                                      "a.b\0",
                                      5))),
            Status::Malformed);  // an alias we cannot write
  EXPECT_EQ(status(record(std::string("\x03k.e\x00", 5), 16, "\x01x")),
            Status::NoData);  // ... as owner it is foreign

  std::string changed = good;
  changed[2] = '\x01';
  EXPECT_EQ(status(changed), Status::Malformed);  // a query
  changed = good;
  changed[5] = '\0';
  EXPECT_EQ(status(changed), Status::Malformed);  // no question
  changed = good;
  changed[13] = 'x';
  EXPECT_EQ(status(changed), Status::Malformed);  // another question
  changed = good;
  changed[24] = '\x01';
  EXPECT_EQ(status(changed), Status::Malformed);  // another type
  changed = good;
  changed[26] = '\x03';
  EXPECT_EQ(status(changed), Status::Malformed);  // another class
  changed = good;
  changed[4] = '\x01';
  EXPECT_EQ(status(changed), Status::Malformed);  // 257 questions
  changed = good;
  changed[15] = '.';
  EXPECT_EQ(status(changed), Status::Malformed);  // a question with a dot inside a label
  std::string longest;
  for (int label = 0; label < 4; ++label) longest += '\x3F' + std::string(63, 'a');
  EXPECT_EQ(status(record(longest + '\0', 16, "\x01x")), Status::Malformed);  // RFC 1035 2.3.4: 255 octets
}

TEST(Wire, DataThatDoNotFitTheirTypeAreMalformed) {
  struct Row {
    const char* what;
    Type type;
    std::string data;
    int lie;
    Status status;
  };
  const std::string letters("\x01x\0", 3);
  for (const Row& row : {
           Row{"three octets of an address", Type::A, "abc", 0, Status::Malformed},
           Row{"an IPv4 address for IPv6", Type::AAAA, "abcd", 0, Status::Malformed},
           Row{"an exchange without a name", Type::MX, "ab", 0, Status::Malformed},
           Row{"an exchange without an end", Type::MX, "ab\x01x", 0, Status::Malformed},
           Row{"an exchange that is longer than its data", Type::MX, "ab" + letters, -1, Status::Malformed},
           Row{"a name without an end", Type::NS, "\x01x", 0, Status::Malformed},
           Row{"a label of 64 octets", Type::PTR, '\x40' + std::string(64, 'x') + '\0', 0, Status::Malformed},
           Row{"a name with a dot inside a label", Type::NS, std::string("\x03x.y\0", 5), 0, Status::NoData},
           Row{"the first name of an SOA is enough", Type::SOA, letters + "rest", 0, Status::Ok},
       }) {
    const Question asked{name("h.example"), row.type};
    const auto bytes = reply(asked, [&](auto& w) {
      w.beginRecord(Section::Answer, "h.example", static_cast<std::uint16_t>(row.type), 5);
      w.octets(row.data);
      w.endRecord(row.lie);
    });
    EXPECT_EQ(parseReply(octets(bytes), asked).status, row.status) << row.what;
  }
}

// What tells for how long "nothing" is true.
TEST(Wire, SoaRecords) {
  const auto negative = [](const std::function<void(MessageWriter&)>& fill) {
    return parseReply(octets(reply(kAsked, fill, kReply | 3)), kAsked);
  };
  const auto raw = [&](const std::string& data, int lie = 0) {
    return negative([&](auto& w) {
             w.beginRecord(Section::Authority, "example", test::kTypeSoa, 900);
             w.octets(data);
             w.endRecord(lie);
           })
        .status;
  };
  const std::string twoNames("\x01n\0\x01h\0", 6);
  EXPECT_EQ(raw(twoNames + std::string(20, '\0')), Status::NoSuchName);
  EXPECT_EQ(raw('\x80' + std::string(25, '\0')), Status::Malformed);                         // no name
  EXPECT_EQ(raw(std::string("\x01n\0\x80", 4) + std::string(22, '\0')), Status::Malformed);  // one name
  EXPECT_EQ(raw(twoNames + std::string(19, '\0')), Status::Malformed);
  EXPECT_EQ(raw(twoNames + std::string(21, '\0')), Status::Malformed);
  EXPECT_EQ(raw(twoNames, -2), Status::Malformed);  // the second name ends behind the data

  EXPECT_EQ(negative([](auto& w) { soa(w, "example", 900, 0x80000001U); }).ttl, 0U);  // RFC 2181 section 8
  const auto foreign = negative([](auto& w) {
    w.beginRecordWithOwnerWire(Section::Authority, std::string("\x09k.example\0", 11), test::kTypeSoa, 900);
    w.octets(std::string(22, '\0'));
    w.endRecord();
  });
  EXPECT_EQ(foreign.status, Status::NoSuchName);
  EXPECT_EQ(foreign.ttl, 0U);  // an owner that we cannot write denies nothing
  EXPECT_EQ(negative([](auto& w) { soa(w, "example", 900, 60), soa(w, "k.example", 900, 30); }).ttl, 60U);
  const auto beside = negative([](auto& w) {
    w.beginRecord(Section::Authority, "example", 2, 10);
    w.name("ns.example");
    w.endRecord();
    soa(w, "example", 900, 60);
  });
  EXPECT_EQ(beside.ttl, 60U);  // other records of the section are no matter
}

TEST(Wire, MxWithANameWeCannotWriteIsLeftOut) {
  const Question asked{name("h.example"), Type::MX};
  const auto bytes = reply(asked, [](auto& w) {
    w.beginRecord(Section::Answer, "h.example", 15, 5);
    w.octets(
        std::string("\0\x0A\x03"
                    "a.b\0",
                    7));
    w.endRecord();
    w.beginRecord(Section::Answer, "h.example", 15, 5);
    w.u16(20), w.name("mx.example");
    w.endRecord();
  });
  const Reply got = parseReply(octets(bytes), asked);
  ASSERT_EQ(got.records.size(), 1U);
  EXPECT_EQ(std::get<Mx>(got.records[0].data).preference, 20);
}

TEST(Wire, QueriesAreAsTheRfcsWantThem) {
  const auto query =
      test::readQuery(bytesOf(buildQuery({name("a+b=c.\\x.example"), Type::MX}, {.id = 0xBEEF})));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->id, 0xBEEF);
  EXPECT_EQ(query->labels, (std::vector<std::string>{"a+b=c", "\\x", "example"}));
  EXPECT_EQ(query->type, 15);
  EXPECT_EQ(query->klass, 1);
  EXPECT_EQ(query->flags, test::kFlagRd | test::kFlagAd);  // RFC 6840 section 5.7
  EXPECT_TRUE(query->edns);
  EXPECT_EQ(query->udpPayload, 1232);
  EXPECT_FALSE(query->dnssecOk);
  EXPECT_FALSE(test::readQuery(bytesOf(buildQuery(kAsked, {.edns = false})))->edns);
  EXPECT_TRUE(test::readQuery(bytesOf(buildQuery({Name(), Type::NS}, {})))->labels.empty());
  EXPECT_EQ(test::readQuery(bytesOf(buildQuery(kAsked, {.upperCase = 0b101})))->name(), "K.eXample");
  const std::string label(63, 'a');
  const Name longest = *Name::parse(label + "." + label + "." + label + "." + std::string(61, 'b'));
  EXPECT_EQ(test::readQuery(bytesOf(buildQuery({longest, Type::TXT}, {})))->name(), longest.text());
}

TEST(Wire, ComparesQuestions) {
  const QueryPacket mine = buildQuery(kAsked, {.id = 1, .upperCase = 1});
  const QueryPacket folded = buildQuery(kAsked, {.id = 2, .edns = false});
  const QueryPacket otherType = buildQuery({kAsked.name, Type::A}, {});
  const QueryPacket otherName = buildQuery({name("k.exampla"), Type::TXT}, {});
  EXPECT_TRUE(sameQuestion(mine.octets(), folded.octets()));
  EXPECT_FALSE(sameQuestionOctets(mine.octets(), folded.octets()));
  EXPECT_TRUE(sameQuestionOctets(mine.octets(), mine.octets()));
  EXPECT_FALSE(sameQuestion(mine.octets(), otherType.octets()));
  EXPECT_FALSE(sameQuestion(mine.octets(), otherName.octets()));
  EXPECT_FALSE(sameQuestion(mine.octets(), mine.octets().first(14)));
  EXPECT_FALSE(sameQuestion(mine.octets(), {}));
  EXPECT_FALSE(sameQuestion({}, {}));  // nothing was asked
  EXPECT_FALSE(sameQuestionOctets({}, {}));
  EXPECT_FALSE(sameQuestionOctets(mine.octets(), otherName.octets().first(20)));
  EXPECT_FALSE(sameQuestion(mine.octets(), mine.octets().first(mine.size - 12)));  // cut in the class
  for (const auto& [at, octet] : {std::pair(4, '\x01'), std::pair(5, '\x02')}) {   // 257 questions, two
    std::string changed = bytesOf(mine);
    changed[static_cast<std::size_t>(at)] = octet;
    EXPECT_FALSE(sameQuestion(mine.octets(), octets(changed))) << at;
  }
}

}  // namespace
}  // namespace alignd::dns
