#include "verifier/spf/macro.h"

#include <gtest/gtest.h>

namespace alignd::spf {
namespace {

MacroValues exampleValues() {  // RFC 7208 section 7.4
  MacroValues values;
  values.localPart = "strong-bad";
  values.senderDomain = "email.example.com";
  values.domain = "email.example.com";
  values.helo = "mail.example.com";
  values.receiver = "mx.example.net";
  values.validated = "mx.example.org";
  values.client = IpAddress::parse("192.0.2.3").value();
  values.now = UnixTime(std::chrono::seconds(1234567890));
  return values;
}

MacroString macro(std::string_view text, Grammar grammar = Grammar::ExplainString) {
  std::string problem;
  auto parsed = MacroString::parse(text, grammar, problem);
  EXPECT_TRUE(parsed) << text << ": " << problem;
  return parsed.value_or(MacroString());
}

std::string expanded(std::string_view text, const MacroValues& values = exampleValues()) {
  return macro(text).expandText(values, 100000);
}

TEST(SpfMacro, ExamplesOfTheRfc) {
  const std::pair<const char*, const char*> lines[] = {
      {"%{s}", "strong-bad@email.example.com"},
      {"%{o}", "email.example.com"},
      {"%{d}", "email.example.com"},
      {"%{d4}", "email.example.com"},
      {"%{d3}", "email.example.com"},
      {"%{d2}", "example.com"},
      {"%{d1}", "com"},
      {"%{dr}", "com.example.email"},
      {"%{d2r}", "example.email"},
      {"%{l}", "strong-bad"},
      {"%{l-}", "strong.bad"},
      {"%{lr}", "strong-bad"},
      {"%{lr-}", "bad.strong"},
      {"%{l1r-}", "strong"},
      {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
      {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
      {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
      {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
      {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
  };
  for (const auto& [text, value] : lines) EXPECT_EQ(expanded(text), value) << text;
  MacroValues v6 = exampleValues();
  v6.client = IpAddress::parse("2001:db8::cb01").value();
  EXPECT_EQ(expanded("%{ir}.%{v}._spf.%{d2}", v6),
            "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com");
}

TEST(SpfMacro, LettersAndEscapes) {  // sections 7.1 to 7.3
  const std::pair<const char*, const char*> lines[] = {
      {"a%%b%_c%-d", "a%b c%20d"},
      {"%{h}|%{r}|%{t}|%{c}|%{i}|%{p}",
       "mail.example.com|mx.example.net|1234567890|192.0.2.3|192.0.2.3|mx.example.org"},
      {"%{S}", "strong-bad%40email.example.com"},
      {"%{dR}", "com.example.email"},  // ABNF strings know no case (RFC 5234 section 2.3)
      {"%{d002}", "example.com"},
      {"%{d127}", "email.example.com"},  // more than there are: all
      {"%{d99999999999999999999}", "email.example.com"},
      {"%{l+-}", "strong.bad"},
      {"%{d.-+,/_=}", "email.example.com"},
      {"", ""},
      {"two  blanks ", "two  blanks "},
      {"%{i} %{i}", "192.0.2.3 192.0.2.3"},
  };
  for (const auto& [text, value] : lines) EXPECT_EQ(expanded(text), value) << text;
}

TEST(SpfMacro, EmptyPartsCount) {  // section 7.3: no special treatment of delimiters that follow one another
  MacroValues values = exampleValues();
  values.localPart = "--a--b";
  EXPECT_EQ(expanded("%{l-}", values), "..a..b");
  EXPECT_EQ(expanded("%{lr-}", values), "b..a..");
  EXPECT_EQ(expanded("%{l2-}", values), ".b");
  values.localPart = "";
  EXPECT_EQ(expanded("[%{lr}]", values), "[]");
}

TEST(SpfMacro, UnknownWhereNothingIsKnown) {  // section 7.2
  MacroValues values = exampleValues();
  values.validated = {};
  values.receiver = {};
  EXPECT_EQ(expanded("%{p} %{r}", values), "unknown unknown");
}

TEST(SpfMacro, UrlEscape) {  // section 7.3: RFC 3986's unreserved stay
  EXPECT_EQ(urlEscape("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(urlEscape("~jack&jill=up-a_b3.c"), "~jack%26jill%3Dup-a_b3.c");
  EXPECT_EQ(urlEscape(std::string_view("\0\xff %", 4)), "%00%FF%20%25");
}

TEST(SpfMacro, WhatIsNotWellFormed) {
  const std::pair<const char*, const char*> lines[] = {
      {"%", "starts no macro"},          // 7.3
      {"100%", "starts no macro"},       //
      {"%(i)", "starts no macro"},       //
      {"% ", "starts no macro"},         //
      {"%{", "starts no macro"},         //
      {"%{}", "unknown macro letter"},   // 7.1
      {"%{x}", "unknown macro letter"},  //
      {"%{1}", "unknown macro letter"},  //
      {"%{d", "closing brace"},          //
      {"%{dd}", "closing brace"},        //
      {"%{dr2}", "closing brace"},       // 7.1: digits stand before r
      {"%{d-r}", "closing brace"},       // 7.1: delimiters stand last
      {"%{d:}", "closing brace"},        // 7.1: not a delimiter
      {"%{d2 }", "closing brace"},       //
      {"%{d0}", "keeps 0 parts"},        // 7.3: nonzero
      {"%{d000r}", "keeps 0 parts"},     //
      {"a\tb", "not allowed"},           // 7.1: SP and visible octets
      {"a\x7f", "not allowed"},          //
      {"caf\xc3\xa9", "not allowed"},    //
      {"a\r\nb", "a line end"},          //
      {"a\nb", "a line end"},            //
  };
  for (const auto& [text, why] : lines) {
    std::string problem;
    EXPECT_FALSE(MacroString::parse(text, Grammar::ExplainString, problem)) << text;
    EXPECT_NE(problem.find(why), std::string::npos) << text << ": " << problem;
  }
  std::string problem;
  EXPECT_FALSE(MacroString::parse("a b", Grammar::MacroString, problem));  // 7.1: SP only in explanations
  EXPECT_FALSE(MacroString::parse("%{c}.example", Grammar::DomainSpec, problem));
}

TEST(SpfMacro, NamesAreCutOnTheLeft) {  // section 7.3
  MacroValues values = exampleValues();
  const std::string label(49, 'x');  // five of them with their dots are 249 octets
  const std::string five = label + "." + label + "." + label + "." + label + "." + label;
  values.domain = five;
  EXPECT_EQ(macro("ab.%{d}").expandName(values), "ab." + five);
  EXPECT_EQ(macro("abc.%{d}").expandName(values), "abc." + five);   // 253
  EXPECT_EQ(macro("abcd.%{d}").expandName(values), five);           // 254
  EXPECT_EQ(macro("abc.%{d}.").expandName(values), "abc." + five);  // the final dot does not count
  EXPECT_EQ(macro("%{d}.%{d}").expandName(values), five);
  EXPECT_EQ(macro("a.b.c.%{d}").expandName(values), "b.c." + five);
  EXPECT_EQ(macro("%{d}%{d}").expandName(values), five.substr(50));  // the label of 98 octets is cut whole
  const std::string greeting(300, 'y');                              // no dot to cut at
  values.helo = greeting;
  EXPECT_EQ(macro("%{h}").expandName(values), greeting);
  std::string many;  // no more work than the name needs
  for (int i = 0; i < 60; ++i) many += "%{d}.";
  Work work;
  EXPECT_EQ(macro(many + "%{d}").expandName(values, &work), five);
  EXPECT_LE(work.macroOctets, 2 * five.size() + 4);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(SpfMacro, PiecesAreBounded) {
  std::string problem;
  EXPECT_TRUE(MacroString::parse(repeated("%{l1+}", kMaxPieces), Grammar::DomainSpec, problem)) << problem;
  for (const Grammar grammar : {Grammar::DomainSpec, Grammar::ExplainString}) {
    problem.clear();
    EXPECT_FALSE(MacroString::parse(repeated("%{l1+}", kMaxPieces + 1), grammar, problem));
    EXPECT_NE(problem.find("more than 128"), std::string::npos) << problem;
  }
  // Nobody expands what an unknown modifier says.
  EXPECT_TRUE(MacroString::parse(repeated("%{l1+}", 1000), Grammar::MacroString, problem));
}

// Issue 12.6: pieces that expand to nothing never fill the 253 octets, and each looked at the whole local part.
TEST(SpfMacro, WhatExpandsToNothingCostsOneStep) {
  MacroValues values = exampleValues();
  const std::string local(900, '+');
  values.localPart = local;
  for (const char* piece : {"%{l1+}", "%{l1r+}", "%{L1+}"}) {
    Work work;
    EXPECT_EQ(macro(repeated(piece, kMaxPieces)).expandName(values, &work), "");
    EXPECT_LE(work.macroOctets, kMaxPieces) << piece;
  }
}

TEST(SpfMacro, TextIsCut) {
  EXPECT_EQ(macro("%{d}%{d}").expandText(exampleValues(), 20), "email.example.comema");
}

TEST(SpfMacro, ReverseNames) {  // section 5.5
  EXPECT_EQ(reverseName(IpAddress::parse("192.0.2.3").value()), "3.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverseName(IpAddress::parse("2001:db8::1").value()),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6.arpa");
}

}  // namespace
}  // namespace alignd::spf
