#include "verifier/spf/record.h"

#include <gtest/gtest.h>

#include "verifier/spf/select.h"

namespace alignd::spf {
namespace {

using namespace std::string_literals;

TEST(SpfRecord, VersionSection) {  // RFC 7208 section 4.5
  for (const char* good : {"v=spf1", "v=spf1 ", "V=SPF1", "v=SpF1 -all"})
    EXPECT_TRUE(hasSpfVersion(good)) << good;
  for (const char* bad :
       {"", "v=spf", "v=spf10", "v=spf1-all", " v=spf1", "v=spf1\t-all", "spf2.0/pra", "\"v=spf1\""}) {
    EXPECT_FALSE(hasSpfVersion(bad)) << bad;
  }
}

TEST(SpfRecord, WhatIsWellFormed) {
  const std::string lines[] = {
      "v=spf1",                   // 4.5: no terms
      "v=spf1   ",                // 4.5: *SP at the end
      "v=spf1  a   mx  -all ",    // 4.6.1: 1*SP between terms
      "v=spf1 +a -mx ?ptr ~all",  // 4.6.2: qualifiers
      "v=spf1 A MX PTR:x.example INCLUDE:x.example IP4:192.0.2.1 IP6:::1 EXISTS:x.example ALL",  // 4.6.1: any
                                                                                                 // case
      "v=spf1 all all redirect=x.example",         // 5.1: what follows "all" is ignored, not wrong
      "v=spf1 include:_spf.example.com.",          // 7.1: a final dot
      "v=spf1 a:example.com/24",                   // 5.3
      "v=spf1 a/24//64 mx//64 a/0//0 mx/32//128",  // 5.6: dual-cidr-length
      "v=spf1 a:%{d}/24//64",                      // 7.1: a macro ends a domain-spec
      "v=spf1 a:foo:bar/baz.example.com",          // 7.1: visible octets are literals
      "v=spf1 ip4:0.0.0.0/0 ip4:255.255.255.255",  // 5.6
      "v=spf1 ip6:::/0 ip6:2001:db8::1/128 ip6:::ffff:192.0.2.1",  // RFC 4291 section 2.2
      "v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d}",                    // 5.7
      "v=spf1 redirect=%{d2} exp=%{i}.x.example",                  // 6
      "v=spf1 redirect=x.example a",                               // 6: modifiers may stand anywhere
      "v=spf1 moo.cow-far_out=man:dog/cat",                        // 6: unknown modifiers
      "v=spf1 x= x= X=%{d}%%%_%-",                                 // 6: as often as they like
      "v=spf1 include=x.example a=b",          // 4.6.1: a mechanism's name before "=" is an unknown modifier
      "v=spf1 a:x.xn--zckzah a:x.1a a:x.a-1",  // 7.1: toplabel
      "v=spf1 unknown=%{c}%{r}%{t}",           // 7.1: macro-string knows all letters
  };
  for (const auto& line : lines) {
    const auto parsed = parseRecord(line);
    const auto* error = std::get_if<SyntaxError>(&parsed);
    EXPECT_EQ(error, nullptr) << line << ": " << (error ? error->problem + " in " + error->term : "");
  }
}

TEST(SpfRecord, WhatIsNot) {
  const std::pair<std::string, std::string> lines[] = {
      {"v=spf1 moo", "unknown mechanism"},                            // 4.6.1
      {"v=spf1 -all moo", "unknown mechanism"},                       // 4.6: an error after "all" counts too
      {"v=spf1 -all.", "unknown mechanism"},                          //
      {"v=spf1 --all", "unknown mechanism"},                          // 4.6.1: one qualifier
      {"v=spf1 + all", "unknown mechanism"},                          //
      {"v=spf1 all:x.example", "takes no arguments"},                 // 5.1
      {"v=spf1 all/8", "takes no arguments"},                         //
      {"v=spf1 include", "without its domain"},                       // 5.2
      {"v=spf1 include/24", "without its domain"},                    //
      {"v=spf1 include:", "empty domain"},                            //
      {"v=spf1 include:x.example/24", "top-level label"},             // 5.2: no prefix length
      {"v=spf1 a:", "empty domain"},                                  // 5.3
      {"v=spf1 a:/24", "empty domain"},                               //
      {"v=spf1 a:museum", "top-level label"},                         // 7.1: one label is none
      {"v=spf1 a:museum.", "top-level label"},                        //
      {"v=spf1 a:192.0.2.1", "top-level label"},                      // 7.1: digits alone
      {"v=spf1 a:x.-com a:y", "top-level label"},                     // 7.1: LDH
      {"v=spf1 a:x.com-", "top-level label"},                         //
      {"v=spf1 a:x.c_m", "top-level label"},                          //
      {"v=spf1 a:x.example..", "top-level label"},                    //
      {"v=spf1 a:%{d}com", "top-level label"},                        // 7.1: the dot must be there
      {"v=spf1 a/33", "IPv4 prefix"},                                 // 5.6
      {"v=spf1 a/024", "IPv4 prefix"},                                // 5.6: no leading zero
      {"v=spf1 a/", "IPv4 prefix"},                                   //
      {"v=spf1 a/24/64", "IPv4 prefix"},                              // 5.6: IPv6 after "//"
      {"v=spf1 a//129", "IPv6 prefix"},                               //
      {"v=spf1 mx//0128", "IPv6 prefix"},                             //
      {"v=spf1 a///64", "IPv4 prefix"},                               //
      {"v=spf1 ptr/24", "something other than a domain"},             // 5.5
      {"v=spf1 ptr:", "empty domain"},                                //
      {"v=spf1 ip4", "without its network"},                          // 5.6
      {"v=spf1 ip4:", "no IPv4"},                                     //
      {"v=spf1 ip4:192.0.2", "no IPv4"},                              // 5.6: parts must not be left out
      {"v=spf1 ip4:192.0.2.01", "no IPv4"},                           // 5.6: qnum has no leading zero
      {"v=spf1 ip4:192.0.2.256", "no IPv4"},                          //
      {"v=spf1 ip4:192.0.2.1.", "no IPv4"},                           //
      {"v=spf1 ip4:192.0.2.1:25", "no IPv4"},                         //
      {"v=spf1 ip4:::1", "no IPv4"},                                  //
      {"v=spf1 ip4:192.0.2.1/", "IPv4 prefix"},                       //
      {"v=spf1 ip4:192.0.2.1/33", "IPv4 prefix"},                     //
      {"v=spf1 ip4:192.0.2.1//32", "IPv4 prefix"},                    //
      {"v=spf1 ip4:192.0.2.1/4294967328", "IPv4 prefix"},             // 32 in 32 bits
      {"v=spf1 ip6:192.0.2.1", "no IPv6"},                            //
      {"v=spf1 ip6::cafe::babe", "no IPv6"},                          //
      {"v=spf1 ip6:::1%eth0", "no IPv6"},                             //
      {"v=spf1 ip6:::1/129", "IPv6 prefix"},                          //
      {"v=spf1 exists", "without its domain"},                        // 5.7
      {"v=spf1 redirect=", "empty domain"},                           // 6.1
      {"v=spf1 redirect=-all", "top-level label"},                    //
      {"v=spf1 redirect:x.example", "unknown mechanism"},             // 4.6.1
      {"v=spf1 redirect=x.example redirect=x.example", "only once"},  // 6
      {"v=spf1 exp=x.example EXP=x.example", "only once"},            // 6
      {"v=spf1 exp=%{r}.example", "only explanations"},               // 7.2
      {"v=spf1 =all", "unknown mechanism"},                           // 4.6.1: a name is not empty
      {"v=spf1 1up=x", "unknown mechanism"},                          // 4.6.1: and starts with a letter
      {"v=spf1 x=%a", "starts no macro"},                             // 6: macro-string
      {"v=spf1 a:%(ir).example", "starts no macro"},                  // 7.3
      {"v=spf1 a:%{a}.example", "unknown macro letter"},              // 7.1
      {"v=spf1 a\tmx", "unknown mechanism"},                          // 4.5: only SP separates
      {"v=spf1 ip4:192.0.2.1\n a", "no IPv4"},                        //
      {"v=spf1 a:x.example\rptr", "not allowed"},                     // 7.1: visible octets
      {"v=spf1 a:x.example\0"s, "not allowed"},                       //
      {"v=spf1 a:\xef\xbb\xbfx.example", "not allowed"},              // US-ASCII alone
      {"v=spf1 \x80"s + "all", "unknown mechanism"},                  //
  };
  for (const auto& [line, problem] : lines) {
    const auto parsed = parseRecord(line);
    const auto* error = std::get_if<SyntaxError>(&parsed);
    ASSERT_NE(error, nullptr) << line;
    EXPECT_NE(error->problem.find(problem), std::string::npos) << line << ": " << error->problem;
    EXPECT_NE(line.find(error->term), std::string::npos) << line;
  }
}

TEST(SpfRecord, TermsAsData) {
  const auto record =
      std::get<Record>(parseRecord("v=spf1 ?a:x.example/24//64  -IP4:192.0.2.0/25 exp=e.example ~all"));
  ASSERT_EQ(record.directives.size(), 3U);
  const Directive& a = record.directives[0];
  EXPECT_EQ(a.qualifier, Qualifier::Neutral);
  EXPECT_EQ(a.mechanism, Mechanism::A);
  EXPECT_EQ(a.prefix4, 24);
  EXPECT_EQ(a.prefix6, 64);
  EXPECT_EQ(record.spec(a.target)->text(), "x.example");
  EXPECT_EQ(record.textOf(a), "?a:x.example/24//64");
  EXPECT_EQ(record.directives[1].network.text(), "192.0.2.0");
  EXPECT_EQ(record.directives[1].qualifier, Qualifier::Fail);
  EXPECT_EQ(record.textOf(record.directives[1]), "-IP4:192.0.2.0/25");
  EXPECT_EQ(record.directives[2].qualifier, Qualifier::SoftFail);
  EXPECT_TRUE(record.hasAll);
  EXPECT_EQ(record.spec(record.explanation)->text(), "e.example");
  EXPECT_EQ(record.spec(record.redirect), nullptr);
}

dns::Answer& with(dns::Answer& answer, std::initializer_list<const char*> texts) {
  answer.status = dns::Status::Ok;
  for (const char* text : texts) answer.records.push_back({300, std::string(text)});
  return answer;
}

TEST(SpfSelect, OneRecordOfTheVersion) {  // section 4.5
  using Kind = Selection::Kind;
  const auto kindOf = [](std::initializer_list<const char*> texts) {
    dns::Answer answer;
    return selectRecord(with(answer, texts)).kind;
  };
  EXPECT_EQ(kindOf({}), Kind::None);
  EXPECT_EQ(kindOf({"v=spf10 -all", "hello", ""}), Kind::None);
  EXPECT_EQ(kindOf({"v=spf10 -all", "v=spf1 -all", "\x80"}), Kind::One);
  EXPECT_EQ(kindOf({"v=spf1 -all", "V=SPF1"}), Kind::Several);
  EXPECT_EQ(kindOf({"v=spf1 -all", "v=spf1 -all"}), Kind::Several);
  EXPECT_EQ(kindOf({"v=spf1 -all", "v=spf1 junk"}), Kind::Several);
  EXPECT_EQ(kindOf({"v=spf1 junk"}), Kind::Malformed);
}

TEST(SpfSelect, IsKeptWithTheAnswerAndChargedToTheCache) {
  dns::Answer answer;
  with(answer, {"v=spf1 include:a.example include:b.example ip4:192.0.2.1 -all"});
  const auto first = answer.derived<Selection>(selectRecord);
  EXPECT_EQ(first.get(), answer.derived<Selection>(selectRecord).get());
  EXPECT_GE(answer.derivedBytes(), first->record.directives.size() * sizeof(Directive));
}

TEST(SpfRecord, KeepsWhatAnEvaluationCanComeTo) {
  const auto of = [](const std::string& text) { return std::get<Record>(parseRecord(text)); };
  const Record behindAll = of("v=spf1 a -all mx:%{d}.example ip4:192.0.2.1 exp=e.example redirect=r.example");
  EXPECT_EQ(behindAll.directives.size(), 2U);  // section 5.1
  EXPECT_EQ(behindAll.unreachable, 2U);
  EXPECT_EQ(behindAll.specs.size(), 2U);
  EXPECT_EQ(behindAll.spec(behindAll.redirect)->text(), "r.example");
  std::string many = "v=spf1";
  for (int i = 0; i < 30000; ++i) many += " a";
  const Record eleven = of(many + " ip4:192.0.2.1");  // section 4.6.4: the 11th is the end
  EXPECT_EQ(eleven.directives.size(), 11U);
  EXPECT_EQ(eleven.unreachable, 29990U);
  EXPECT_LE(eleven.cost(), 2 * many.size());
  EXPECT_TRUE(std::holds_alternative<SyntaxError>(parseRecord(many + " junk")));  // section 4.6: all the same
}

TEST(SpfRecord, SaysWhatAnUnknownMechanismWasToBe) {
  const std::pair<const char*, const char*> lines[] = {
      {"v=spf1 a -all;", "take the \";\" away"},
      {"v=spf1 mx; -all", "take the \";\" away"},
      {"v=spf1 mx, -all", "take the \",\" away"},
      {"v=spf1 -all\"", "take quotes"},
      {"v=spf1 a\tmx -all", "TAB"},
      {"v=spf1 ip4:192.0.2.1\tmx -all", "no IPv4 address"},
      {"v=spf1 include:a.example\tmx -all", "TAB"},
      {"v=spf1 ipv4:192.0.2.1 -all", "write ip4:"},
      {"v=spf1 ip:192.0.2.1 -all", "write ip4:"},
      {"v=spf1 ipv6:2001:db8::1 -all", "write ip6:"},
      {"v=spf1 inc:a.example -all", "write include:"},
      {"v=spf1 Includes:a.example -all", "write include:"},
      {"v=spf1 192.0.2.0/24 -all", "write ip4: before"},
      {"v=spf1 2001:db8::1 -all", "write ip6: before"},
      {"v=spf1 \xe2\x80\x93"
       "all",
       "outside ASCII"},
      {"v=spf1 - all", "a name is missing"},
      {"v=spf1 junk", "an unknown mechanism"},
  };
  for (const auto& [text, why] : lines) {
    const auto parsed = parseRecord(text);
    const auto* error = std::get_if<SyntaxError>(&parsed);
    ASSERT_NE(error, nullptr) << text;
    EXPECT_NE(error->problem.find(why), std::string::npos) << text << ": " << error->problem;
  }
}

}  // namespace
}  // namespace alignd::spf
