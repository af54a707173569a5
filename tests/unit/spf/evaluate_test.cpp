// Section by section, what the OpenSPF suite does not ask or asks less exactly: reasons, counts, paths,
// orders.
#include "verifier/spf/evaluate.h"

#include <gtest/gtest.h>

#include "tests/support/held_resolver.h"
#include "tests/unit/spf/fixture.h"

namespace alignd::spf {
namespace {

Result resultFor(ZoneBuilder zone, const std::string& record, const Request& request,
                 const Options& options = {}) {
  zone.txt("example.com", record);
  return evaluateOver(zone, request, options);
}

TEST(SpfEvaluate, NoneAndWhy) {  // sections 2.6.1, 4.3, 4.5
  const ZoneBuilder zone =
      ZoneBuilder().txt("empty.example.com", "hello").address("a.example.com", "192.0.2.1");
  const std::pair<const char*, const char*> lines[] = {
      {"u@empty.example.com", "has no SPF record"},
      {"u@a.example.com", "has no TXT record"},
      {"u@nx.example.com", "does not exist"},
      {"u@[192.0.2.1]", "address literal"},
      {"u@com", "several labels"},
      {"nobody", "no mailbox"},
  };
  for (const auto& [path, why] : lines) {
    const Result result = evaluateOver(zone, requestFrom("192.0.2.1", path));
    EXPECT_EQ(result.status, Status::None) << path;
    EXPECT_NE(result.text.find(why), std::string::npos) << path << ": " << result.text;
  }
}

TEST(SpfEvaluate, TemporaryErrors) {  // sections 4.4 and 5
  // A resolver's word for aliases that lead nowhere is SERVFAIL; where the engine knows better, it is still that.
  for (const auto status : {dns::Status::Timeout, dns::Status::ServerFailure, dns::Status::Refused,
                            dns::Status::Malformed, dns::Status::CnameLoop, dns::Status::ChainTooLong}) {
    EXPECT_EQ(evaluateOver(ZoneBuilder().fail("example.com", status), requestFrom("192.0.2.1")).status,
              Status::TempError);
    for (const char* term : {"a:bad.example", "mx:bad.example", "exists:bad.example", "include:bad.example",
                             "redirect=bad.example"}) {
      const Result result = resultFor(ZoneBuilder().fail("bad.example", status),
                                      std::string("v=spf1 ") + term + (term[0] == 'r' ? "" : " -all"),
                                      requestFrom("192.0.2.1"));
      EXPECT_EQ(result.status, Status::TempError) << term;
      EXPECT_NE(result.text.find("bad.example"), std::string::npos) << result.text;
    }
    const auto mx = ZoneBuilder().mx("example.com", "one.example").fail("one.example", status);
    EXPECT_EQ(resultOf(mx, "v=spf1 mx -all"), "temperror");
    // 5.5: an error of the PTR lookup is no match, one of an address lookup skips the name.
    EXPECT_EQ(resultOf(ZoneBuilder().fail("1.2.0.192.in-addr.arpa", status), "v=spf1 ptr -all"), "fail");
    const auto ptr = ZoneBuilder()
                         .ptr("1.2.0.192.in-addr.arpa", "bad.example.com")
                         .ptr("1.2.0.192.in-addr.arpa", "good.example.com")
                         .fail("bad.example.com", status)
                         .address("good.example.com", "192.0.2.1");
    EXPECT_EQ(resultOf(ptr, "v=spf1 ptr -all"), "pass");
  }
}

TEST(SpfEvaluate, AMatchBeforeTheErrorCounts) {
  EXPECT_EQ(resultOf(ZoneBuilder().fail("bad.example"), "v=spf1 ip4:192.0.2.1 a:bad.example -all"), "pass");
}

TEST(SpfEvaluate, Ipv4MappedClients) {  // section 5
  const Result result = resultFor({}, "v=spf1 ip4:192.0.2.0/24 -all", requestFrom("::ffff:192.0.2.1"));
  EXPECT_EQ(result.status, Status::Pass);
  EXPECT_EQ(result.client.value().text(), "192.0.2.1");
}

TEST(SpfEvaluate, PrefixLengthsAreMeasuredFromTheTop) {  // section 5
  EXPECT_EQ(resultOf({}, "v=spf1 ip4:192.0.2.255/25 -all"), "fail");
  EXPECT_EQ(resultOf({}, "v=spf1 ip4:192.0.2.127/25 -all"), "pass");
  EXPECT_EQ(resultOf({}, "v=spf1 ip6:2001:db8::/31 -all", "2001:db9::1"), "pass");
  EXPECT_EQ(resultOf({}, "v=spf1 ip6:2001:db8::/32 -all", "2001:db9::1"), "fail");
  EXPECT_EQ(resultOf({}, "v=spf1 ip6:::/0 -all"), "fail");  // of the other family
}

TEST(SpfEvaluate, NegatedTermThatDoesNotMatch) {  // T38
  EXPECT_EQ(resultOf({}, "v=spf1 -ip4:1.2.3.4 +all", "5.6.7.8"), "pass");
}

TEST(SpfEvaluate, RedirectIsIgnoredBesideAll) {  // section 5.1
  const auto zone = ZoneBuilder().txt("r.example", "v=spf1 -all");
  EXPECT_EQ(resultOf(zone, "v=spf1 redirect=r.example ?all"), "neutral");
  EXPECT_EQ(resultOf(zone, "v=spf1 redirect=r.example"), "fail");
  EXPECT_EQ(resultOf(zone, "v=spf1 ip4:192.0.2.9 redirect=r.example"), "fail");
}

TEST(SpfEvaluate, IncludeTable) {  // section 5.2
  const auto zone = ZoneBuilder()
                        .txt("pass.example", "v=spf1 all")
                        .txt("fail.example", "v=spf1 -all")
                        .txt("soft.example", "v=spf1 ~all")
                        .txt("neutral.example", "v=spf1 ?all")
                        .txt("broken.example", "v=spf1 junk")
                        .fail("late.example");
  EXPECT_EQ(resultOf(zone, "v=spf1 ~include:pass.example -all"), "softfail");
  EXPECT_EQ(resultOf(zone, "v=spf1 include:fail.example ?all"), "neutral");
  EXPECT_EQ(resultOf(zone, "v=spf1 include:soft.example -all"), "fail");
  EXPECT_EQ(resultOf(zone, "v=spf1 include:neutral.example -all"), "fail");
  EXPECT_EQ(resultOf(zone, "v=spf1 include:late.example -all"), "temperror");
  EXPECT_EQ(resultOf(zone, "v=spf1 include:broken.example -all"), "permerror");
  EXPECT_EQ(resultOf(zone, "v=spf1 include:none.example -all"), "permerror");
  EXPECT_EQ(resultOf(zone, "v=spf1 include:%{l}.x..example -all"),
            "permerror");  // malformed: none, so permerror
}

TEST(SpfEvaluate, PtrMatchesTheTargetAndBelow) {  // section 5.5, erratum 4751
  const auto zone = ZoneBuilder()
                        .ptr("1.2.0.192.in-addr.arpa", "mail.example.com")
                        .address("mail.example.com", "192.0.2.1");
  EXPECT_EQ(resultOf(zone, "v=spf1 ptr -all"), "pass");
  EXPECT_EQ(resultOf(zone, "v=spf1 ptr:mail.example.com -all"), "pass");
  EXPECT_EQ(resultOf(zone, "v=spf1 ptr:sub.mail.example.com -all"), "fail");
  EXPECT_EQ(resultOf(zone, "v=spf1 ptr:ample.com -all"), "fail");
  EXPECT_EQ(resultOf(ZoneBuilder(zone), "v=spf1 ptr -all", "192.0.2.2"), "fail");
  EXPECT_EQ(resultOf(ZoneBuilder().ptr("1.2.0.192.in-addr.arpa", "."), "v=spf1 exists:%{p}.x.example -all"),
            "fail");  // the root is nobody's name
}

TEST(SpfEvaluate, OnlyTenPtrNamesAreUsed) {  // section 4.6.4
  const auto zoneWith = [](int before) {
    ZoneBuilder zone;
    for (int i = 0; i < before; ++i)
      zone.ptr("1.2.0.192.in-addr.arpa", "n" + std::to_string(i) + ".elsewhere.example");
    return zone.ptr("1.2.0.192.in-addr.arpa", "m.example.com").address("m.example.com", "192.0.2.1");
  };
  EXPECT_EQ(resultOf(zoneWith(9), "v=spf1 ptr -all"), "pass");
  EXPECT_EQ(resultOf(zoneWith(10), "v=spf1 ptr -all"), "fail");
}

TEST(SpfEvaluate, MoreThanTenMxNamesArePermerror) {  // section 4.6.4
  const auto zoneWith = [](int count) {
    ZoneBuilder zone;
    for (int i = 0; i < count; ++i) {
      zone.mx("example.com", "mx" + std::to_string(i) + ".example")
          .address("mx" + std::to_string(i) + ".example", "192.0.2." + std::to_string(i + 1));
    }
    return zone;
  };
  EXPECT_EQ(resultOf(zoneWith(10), "v=spf1 mx -all", "192.0.2.10"), "pass");
  EXPECT_EQ(resultOf(zoneWith(11), "v=spf1 mx -all", "192.0.2.99"), "permerror");
  // Whatever order the records came in: the first one would match.
  EXPECT_EQ(resultOf(zoneWith(11), "v=spf1 mx -all", "192.0.2.1"), "permerror");
}

TEST(SpfEvaluate, NullMxAndNoImplicitMx) {  // section 5.4
  EXPECT_EQ(resultOf(ZoneBuilder().mx("example.com", "."), "v=spf1 mx -all"), "fail");
  EXPECT_EQ(resultOf(ZoneBuilder().address("example.com", "192.0.2.1"), "v=spf1 mx -all"), "fail");
  // Its query had an answer, and there is no other: not void (section 4.6.4), however many such terms there are.
  const auto three = ZoneBuilder().mx("a.example", ".").mx("b.example", ".").mx("c.example", ".");
  const Result result =
      resultFor(three, "v=spf1 mx:a.example mx:b.example mx:c.example -all", requestFrom("192.0.2.1"));
  EXPECT_EQ(result.status, Status::Fail) << result.text;
  EXPECT_EQ(result.voids, 0);
}

TEST(SpfEvaluate, TenTermsAcrossIncludeAndRedirect) {  // section 4.6.4
  ZoneBuilder zone;
  zone.address("h.example", "203.0.113.1");
  zone.txt("four.example", "v=spf1 a:h.example a:h.example a:h.example a:h.example ?all");
  zone.txt("five.example", "v=spf1 a:h.example a:h.example a:h.example a:h.example redirect=end.example");
  zone.txt("end.example", "v=spf1 ip4:192.0.2.1 -all");
  const Result ten =
      resultFor(zone, "v=spf1 include:four.example ip4:192.0.2.9 exp=x.example redirect=five.example",
                requestFrom("192.0.2.1"));
  EXPECT_EQ(ten.status, Status::PermError);  // 1 + 4 + 1 + 5
  EXPECT_NE(ten.text.find("more than 10 terms"), std::string::npos) << ten.text;
  EXPECT_EQ(ten.mechanism, "redirect=end.example");
  EXPECT_EQ(ten.path, (std::vector<std::string>{"example.com", "five.example"}));
  const Result fine =
      resultFor(zone, "v=spf1 a:h.example a:h.example a:h.example a:h.example redirect=five.example",
                requestFrom("192.0.2.1"));
  EXPECT_EQ(fine.status, Status::Pass);  // 4 + 1 + 5
  EXPECT_EQ(fine.terms, 10);
}

TEST(SpfEvaluate, TheMacroPMayBeTheOneTooMany) {  // section 4.6.4
  ZoneBuilder zone;
  zone.address("example.com", "203.0.113.1");
  std::string record = "v=spf1";
  for (int i = 0; i < 9; ++i) record += " a";
  EXPECT_EQ(resultOf(zone, record + " a:%{p}.x.example ?all"), "permerror");
  EXPECT_EQ(resultOf(zone, record + " a:x.example ?all"), "neutral");
}

TEST(SpfEvaluate, TheMacroPCountsAsATerm) {  // section 4.6.4
  std::string record = "v=spf1";
  for (int i = 0; i < 5; ++i) record += " a:%{p}.x.example";
  ZoneBuilder zone = ZoneBuilder().address("unknown.x.example", "203.0.113.1");
  EXPECT_EQ(resultOf(zone, record + " ?all"), "neutral");
  EXPECT_EQ(resultOf(zone, record + " a:unknown.x.example ?all"), "permerror");
}

TEST(SpfEvaluate, VoidLookups) {  // section 4.6.4
  ZoneBuilder zone;
  zone.txt("nodata.example", "x");
  const Request request = requestFrom("192.0.2.1");
  EXPECT_EQ(resultFor(zone, "v=spf1 a:nx.example exists:nodata.example ?all", request).voids, 2);
  const Result three =
      resultFor(zone, "v=spf1 a:nx.example exists:nodata.example mx:nx.example ?all", request);
  EXPECT_EQ(three.status, Status::PermError);
  EXPECT_EQ(three.mechanism, "mx:nx.example");
  EXPECT_NE(three.text.find("more than 2 void lookups"), std::string::npos) << three.text;
  EXPECT_EQ(resultFor(zone, "v=spf1 a:nx.example exists:nodata.example mx:nx.example ?all", request,
                      {.maxVoids = 3})
                .status,
            Status::Neutral);
  EXPECT_EQ(resultFor(zone, "v=spf1 a:nx.example ?all", request, {.maxVoids = 0}).status, Status::PermError);
  // Of include: the inner record's count too.
  zone.txt("inner.example", "v=spf1 a:nx.example a:nx.example -all");
  EXPECT_EQ(resultFor(zone, "v=spf1 include:inner.example a:nx.example ?all", request).status,
            Status::PermError);
  // A reverse mapping that is not there is one; %{p} is no term of its own.
  EXPECT_EQ(resultFor(zone, "v=spf1 ptr ?all", request).voids, 1);
}

TEST(SpfEvaluate, ATermIsVoidOnceAndOnlyWhenNothingCame) {  // section 4.6.4 limits terms: pyspf issue 44
  ZoneBuilder zone;
  for (const char* host : {"m1.example", "m2.example", "m3.example", "m4.example"}) {
    zone.mx("example.com", host).address(host, "192.0.2.7");
  }
  const Request v6 = requestFrom("2001:db8::1");
  const Result result = resultFor(zone, "v=spf1 mx ?all", v6);  // IPv4 hosts, IPv6 client
  EXPECT_EQ(result.status, Status::Neutral);
  EXPECT_EQ(result.voids, 1);
  zone.address("m4.example", "2001:db8::7");
  EXPECT_EQ(resultFor(zone, "v=spf1 mx ?all", v6).voids, 0);
}

TEST(SpfEvaluate, NamesThatCannotBeAskedMatchNothing) {  // section 4.8
  const std::string label64(64, 'a');
  const std::vector<std::string> terms{"a:" + label64 + ".example", "mx:a..example",
                                       "exists:" + label64 + ".example", "ptr:x..example",
                                       "a:%{l}.x.example"};
  for (const std::string& term : terms) {
    const Result result =
        resultFor({}, "v=spf1 " + term + " -all", requestFrom("192.0.2.1", label64 + "@example.com"));
    EXPECT_EQ(result.status, Status::Fail) << term;
    EXPECT_EQ(result.voids, 0) << term;
  }
}

TEST(SpfEvaluate, NonAsciiLocalPartMatchesNothing) {  // RFC 8616 section 4
  Request request = requestFrom("192.0.2.1", "us\xc3\xa9r@example.com");
  request.smtputf8 = true;
  const auto zone = ZoneBuilder().txt("any.example", "v=spf1 all");
  EXPECT_EQ(resultFor(zone, "v=spf1 exists:%{l}.example -all", request).status, Status::Fail);
  EXPECT_EQ(resultFor(zone, "v=spf1 exists:%{S}.example ip4:192.0.2.1 -all", request).status, Status::Pass);
  EXPECT_EQ(resultFor(zone, "v=spf1 include:%{l}.example ?all", request).status, Status::Neutral);
  EXPECT_EQ(resultFor(zone, "v=spf1 redirect=%{l}.example", request).status, Status::Neutral);
  EXPECT_EQ(resultFor(zone, "v=spf1 include:any.example -all", request).status, Status::Pass);
}

TEST(SpfEvaluate, InternationalisedDomainsAreALabels) {  // RFC 8616 section 4
  Request request = requestFrom("192.0.2.1",
                                "u@b\xc3\xbc"
                                "cher.example");
  request.smtputf8 = true;
  const auto zone = ZoneBuilder()
                        .txt("xn--bcher-kva.example", "v=spf1 exists:%{o}.%{d}.list.example -all")
                        .address("xn--bcher-kva.example.xn--bcher-kva.example.list.example", "127.0.0.2");
  const Result result = evaluateOver(zone, request);
  EXPECT_EQ(result.status, Status::Pass) << result.text;
  EXPECT_EQ(result.domain, "xn--bcher-kva.example");
}

TEST(SpfEvaluate, NullPathIsPostmasterAtHelo) {  // section 2.4
  const auto zone = ZoneBuilder()
                        .txt("mail.example.net", "v=spf1 exists:%{l}.at.%{o} -all")
                        .address("postmaster.at.mail.example.net", "127.0.0.2");
  const Result result = evaluateOver(zone, requestFrom("192.0.2.1", "", "mail.example.net"));
  EXPECT_EQ(result.status, Status::Pass);
  EXPECT_TRUE(result.nullPath);
  EXPECT_EQ(result.domain, "mail.example.net");
  EXPECT_EQ(result.identity, Identity::MailFrom);
}

TEST(SpfEvaluate, HeloMacroOfTheRealGreeting) {  // T41: vali.email's records
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.v.example ~all")
                        .txt("192.0.2.1._ip.mx.sender.example._ehlo.example.com._spf.v.example",
                             "v=spf1 ip4:192.0.2.1 -all");
  EXPECT_EQ(evaluateOver(zone, requestFrom("192.0.2.1", "u@example.com", "mx.sender.example")).status,
            Status::Pass);
  EXPECT_EQ(evaluateOver(zone, requestFrom("192.0.2.1", "u@example.com", "other.example")).status,
            Status::PermError);
}

TEST(SpfEvaluate, ReasonsNameTermRecordAndPath) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 include:one.example redirect=two.example")
                        .txt("one.example", "v=spf1 include:deep.example -all")
                        .txt("deep.example", "v=spf1 ip4:192.0.2.0/28 ip4:198.51.100.0/24 ip4:203.0.113.5//x")
                        .txt("two.example", "v=spf1 -all");
  const Result broken = evaluateOver(zone, requestFrom("192.0.2.1"));
  EXPECT_EQ(broken.status, Status::PermError);
  EXPECT_EQ(broken.mechanism, "ip4:203.0.113.5//x");
  EXPECT_EQ(broken.path, (std::vector<std::string>{"example.com", "one.example", "deep.example"}));
  EXPECT_NE(broken.text.find("IPv4 prefix length"), std::string::npos) << broken.text;
  EXPECT_NE(broken.text.find("example.com -> one.example -> deep.example"), std::string::npos) << broken.text;

  const auto good = ZoneBuilder()
                        .txt("example.com", "v=spf1 include:one.example redirect=two.example")
                        .txt("one.example", "v=spf1 include:deep.example -all")
                        .txt("deep.example", "v=spf1 ip4:192.0.2.0/28 -all")
                        .txt("two.example", "v=spf1 -all");
  const Result pass = evaluateOver(good, requestFrom("192.0.2.1"));
  EXPECT_EQ(pass.status, Status::Pass);
  EXPECT_EQ(pass.mechanism, "ip4:192.0.2.0/28");
  EXPECT_EQ(pass.prefixLength, 28);
  EXPECT_EQ(pass.path.back(), "deep.example");
  const Result fail = evaluateOver(good, requestFrom("198.51.100.1"));
  EXPECT_EQ(fail.status, Status::Fail);
  EXPECT_EQ(fail.mechanism, "-all");
  EXPECT_EQ(fail.path, (std::vector<std::string>{"example.com", "two.example"}));
}

TEST(SpfEvaluate, ExplanationMacrosAndWhatSpoilsThem) {  // section 6.2
  const auto explained = [](const std::string& text, const Options& options = {}) {
    return resultFor(ZoneBuilder().txt("e.example", text), "v=spf1 -all exp=e.example",
                     requestFrom("192.0.2.1"), options)
        .explanation;
  };
  EXPECT_EQ(explained("%{i} by %{r} at %{t}: see http://%{d}/?s=%{S}"),
            "192.0.2.1 by mx.example.org at 1700000000: see http://example.com/?s=user%40example.com");
  EXPECT_EQ(explained("a%_b"), "a b");
  EXPECT_EQ(explained("line\r\n550 injected"), "");
  EXPECT_EQ(explained("caf\xc3\xa9"), "");
  EXPECT_EQ(explained("%{d"), "");
  EXPECT_EQ(explained(std::string(5000, 'x')).size(), Options().explanationLimit);
  EXPECT_EQ(explained(std::string(Options().maxRecord + 1, 'x')), "");
  EXPECT_EQ(explained("never asked", {.explanations = false}), "");
  Request hostile = requestFrom("192.0.2.1",
                                "a\x01"
                                "b@example.com");  // the sender's octets come back through %{l}
  EXPECT_EQ(
      resultFor(ZoneBuilder().txt("e.example", "%{l}"), "v=spf1 -all exp=e.example", hostile).explanation,
      "");
  hostile.mailFrom = "a\x7f@example.com";
  EXPECT_EQ(
      resultFor(ZoneBuilder().txt("e.example", "%{l}"), "v=spf1 -all exp=e.example", hostile).explanation,
      "");
}

TEST(SpfEvaluate, ExplanationsByName) {  // sections 6.2 and 7.2, RFC 8616 section 4
  const auto zone = ZoneBuilder()
                        .ptr("1.2.0.192.in-addr.arpa", "m.example.com")
                        .address("m.example.com", "192.0.2.1")
                        .txt("m.example.com.e.example", "you are %{p}")
                        .txt("plain.example", "you are %{p}")
                        .txt("user.e.example", "by the local part");
  const Request request = requestFrom("192.0.2.1");
  const auto explained = [&](const std::string& exp, const Request& of) {
    return resultFor(zone, "v=spf1 -all exp=" + exp, of).explanation;
  };
  EXPECT_EQ(explained("%{p}.e.example", request), "you are m.example.com");
  EXPECT_EQ(explained("plain.example", request), "you are m.example.com");
  EXPECT_EQ(explained("%{l}.e.example", request), "by the local part");
  EXPECT_EQ(explained("a..example", request), "") << "no name";
  Request foreign = requestFrom("192.0.2.1", "us\xc3\xa9r@example.com");
  foreign.smtputf8 = true;
  EXPECT_EQ(explained("%{l}.e.example", foreign), "");
  EXPECT_EQ(explained("%{s}.e.example", foreign), "");
  EXPECT_EQ(explained("plain.example", foreign), "you are m.example.com");
  Request root = requestFrom("192.0.2.1", "user@example.com", ".");
  EXPECT_EQ(explained("%{h}", root), "") << "the root is asked nothing";
}

// Each waits for its answers, and gives what it gives when they are there at once.
TEST(SpfEvaluate, ExplanationsWait) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 -all exp=%{p}.e.example")
                        .txt("other.example", "v=spf1 -all exp=plain.example")
                        .ptr("1.2.0.192.in-addr.arpa", "m.example.com")
                        .address("m.example.com", "192.0.2.1")
                        .txt("m.example.com.e.example", "you are %{p}")
                        .txt("plain.example", "you are %{p}");
  for (const char* sender : {"user@example.com", "user@other.example"}) {
    auto resolver = std::make_shared<test::HeldResolver>(zone.zone());
    dns::Lookups lookups(resolver, {});
    std::optional<Result> result;
    int rounds = 0;
    while (!(result = evaluate(requestFrom("192.0.2.1", sender), {}, lookups))) {
      ASSERT_GT(resolver->release(), 0U);
      lookups.collect();
      ++rounds;
    }
    EXPECT_EQ(result->explanation, "you are m.example.com");
    EXPECT_EQ(rounds, 4) << "the record, the explanation or PTR, then what hangs on it";
  }
}

TEST(SpfEvaluate, AnotherDomainThanTheSenders) {  // section 4.1: <domain> is a parameter
  Request request = requestFrom("192.0.2.1");
  request.domain = "Other.Example";
  const Result result =
      evaluateOver(ZoneBuilder().txt("other.example", "v=spf1 ip4:192.0.2.1 -all"), request);
  EXPECT_EQ(result.status, Status::Pass);
  EXPECT_EQ(result.domain, "other.example");
}

TEST(SpfEvaluate, AnAliasToANameWithoutARecord) {
  const auto zone = ZoneBuilder().cname("example.com", "t.example").address("t.example", "192.0.2.1");
  EXPECT_EQ(evaluateOver(zone, requestFrom("192.0.2.1")).text,
            "example.com has no TXT record: example.com -> t.example");
}

TEST(SpfEvaluate, ExplanationIsOfTheRecordThatFailed) {  // sections 5.2, 6.1 and 6.2
  const auto zone = ZoneBuilder()
                        .txt("e1.example", "one %{d}")
                        .txt("e2.example", "two %{d} %{o}")
                        .txt("r.example", "v=spf1 -all exp=e2.example")
                        .txt("none.example", "v=spf1 -all")
                        .txt("inc.example", "v=spf1 all exp=e2.example");
  const Request request = requestFrom("192.0.2.1");
  EXPECT_EQ(resultFor(zone, "v=spf1 exp=e1.example redirect=r.example", request).explanation,
            "two r.example example.com");
  EXPECT_EQ(resultFor(zone, "v=spf1 exp=e1.example redirect=none.example", request).explanation, "");
  EXPECT_EQ(resultFor(zone, "v=spf1 -include:inc.example exp=e1.example", request).explanation,
            "one example.com");
  EXPECT_EQ(resultFor(zone, "v=spf1 ~all exp=e1.example", request).explanation, "");
}

TEST(SpfEvaluate, AnExplanationThatDoesNotComeChangesNothing) {
  for (const auto status : {dns::Status::Timeout, dns::Status::ServerFailure}) {
    const Result result = resultFor(ZoneBuilder().fail("e.example", status), "v=spf1 -all exp=e.example",
                                    requestFrom("192.0.2.1"));
    EXPECT_EQ(result.status, Status::Fail);
    EXPECT_EQ(result.explanation, "");
    EXPECT_EQ(result.voids, 0);
    EXPECT_EQ(result.terms, 0);
  }
}

TEST(SpfEvaluate, PrefixLengthOfWhatMatched) {
  const auto prefix = [](const std::string& term, std::string_view client = "192.0.2.1") {
    const auto zone = ZoneBuilder()
                          .address("h.example", "192.0.2.1")
                          .address("h.example", "2001:db8::1")
                          .mx("m.example", "h.example");
    return resultFor(zone, "v=spf1 " + term + " -all", requestFrom(client)).prefixLength;
  };
  EXPECT_EQ(prefix("ip4:192.0.2.1"), 32);
  EXPECT_EQ(prefix("ip4:192.0.0.0/16"), 16);
  EXPECT_EQ(prefix("a:h.example/20//40"), 20);
  EXPECT_EQ(prefix("mx:m.example/20//40", "2001:db8::1"), 40);
  EXPECT_EQ(prefix("+all"), 0);
  EXPECT_EQ(prefix("exists:h.example"), -1);
}

TEST(SpfEvaluate, WhatMayCountInDmarc) {
  Result result;
  result.status = Status::Pass;
  result.client = IpAddress::parse("192.0.2.1").value();
  result.prefixLength = 0;
  EXPECT_TRUE(usableForDmarc(result, {}));
  EXPECT_FALSE(usableForDmarc(result, {.minimumPrefix4 = 8}));
  result.prefixLength = 8;
  EXPECT_TRUE(usableForDmarc(result, {.minimumPrefix4 = 8, .minimumPrefix6 = 64}));
  result.prefixLength = -1;  // exists, ptr: there is no network to judge
  EXPECT_TRUE(usableForDmarc(result, {.minimumPrefix4 = 8}));
  result.client = IpAddress::parse("2001:db8::1").value();
  result.prefixLength = 32;
  EXPECT_FALSE(usableForDmarc(result, {.minimumPrefix6 = 48}));
  result.client.reset();  // taken over from another host, which does not say
  EXPECT_FALSE(usableForDmarc(result, {.minimumPrefix4 = 48}));
  result.client = IpAddress::parse("2001:db8::1").value();
  result.identity = Identity::Helo;  // a HELO pass never feeds DMARC
  EXPECT_FALSE(usableForDmarc(result, {}));
  result = {};
  result.status = Status::Neutral;
  EXPECT_FALSE(usableForDmarc(result, {}));
}

TEST(SpfEvaluate, TheTraceTellsTheWholeStory) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 a:h.example include:%{d1}.inc.example -all")
                        .address("h.example", "203.0.113.1")
                        .txt("com.inc.example", "v=spf1 ip4:192.0.2.1 -all");
  Trace trace;
  evaluateOver(zone, requestFrom("192.0.2.1"), {}, &trace);
  const TraceRecord& root = trace.root();
  EXPECT_EQ(root.domain, "example.com");
  EXPECT_EQ(root.status, Status::Pass);
  ASSERT_EQ(root.terms.size(), 2U);
  EXPECT_EQ(root.terms[0].outcome, "no match");
  EXPECT_EQ(root.terms[0].lookups.at(0).values.at(0), "203.0.113.1");
  EXPECT_EQ(root.terms[1].target, "com.inc.example");
  EXPECT_EQ(root.terms[1].outcome, "match");
  EXPECT_EQ(root.terms[1].terms, 2);
  ASSERT_EQ(root.terms[1].inner.size(), 1U);
  EXPECT_EQ(root.terms[1].inner[0].terms.at(0).text, "ip4:192.0.2.1");
  const auto moved = ZoneBuilder()
                         .txt("example.com", "v=spf1 ptr redirect=r.example")
                         .ptr("1.2.0.192.in-addr.arpa", "m.elsewhere.example")
                         .txt("r.example", "v=spf1 ?all");
  evaluateOver(moved, requestFrom("192.0.2.1"), {}, &trace);
  EXPECT_EQ(trace.root().terms.at(0).lookups.at(0).values.at(0), "m.elsewhere.example");
  EXPECT_EQ(trace.root().terms.at(1).outcome, "neutral");
  // An explanation is asked for when no record is open any more: it is no part of the story.
  const auto explained =
      ZoneBuilder().txt("example.com", "v=spf1 a:h.example -all exp=e.example").txt("e.example", "no");
  EXPECT_EQ(evaluateOver(explained, requestFrom("192.0.2.1"), {}, &trace).explanation, "no");
  ASSERT_EQ(trace.root().terms.size(), 2U);
  EXPECT_EQ(trace.root().terms[0].lookups.size(), 1U);
  EXPECT_TRUE(trace.root().terms[1].lookups.empty());
  EXPECT_EQ(trace.root().lookup.question.name.text(), "example.com");
}

// A record that is come to by two spellings of its name: each is the <domain> of its own evaluation.
TEST(SpfEvaluate, MacrosOfARecordThatIsIncludedTwice) {
  const auto zone = ZoneBuilder()
                        .txt("example.com", "v=spf1 include:inc.example include:INC.example -all")
                        .txt("inc.example", "v=spf1 a:%{d1r}.x.example ?all");
  Trace trace;
  evaluateOver(zone, requestFrom("192.0.2.1"), {}, &trace);
  const auto& terms = trace.root().terms;
  ASSERT_EQ(terms.size(), 3U);
  EXPECT_EQ(terms[0].inner.at(0).terms.at(0).target, "inc.x.example");
  EXPECT_EQ(terms[1].inner.at(0).terms.at(0).target, "INC.x.example");
}

}  // namespace
}  // namespace alignd::spf
