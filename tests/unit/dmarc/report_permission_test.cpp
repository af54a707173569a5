// Who may be sent reports: RFC 9990 section 4, outcome by outcome.
#include "verifier/dmarc/report_permission.h"

#include "tests/unit/dmarc/world.h"
#include "verifier/dmarc/organizational_domain.h"
#include "verifier/dmarc/public_suffix_list.h"

namespace alignd::dmarc {
namespace {

using Outcome = ReportPermission::Outcome;

TEST(ReportPermission, Table) {
  World world(Records{{"a.example", "v=DMARC1; p=none"}});
  dns::Zone& zone = world.resolver->zone;
  const auto mx = [&](const char* host, const char* exchange) {
    zone.add(name(host), dns::Type::MX, {300, dns::Mx{10, name(exchange)}});
  };
  const auto agrees = [&](const std::string& host, const char* text) {
    zone.add(name("a.example._report._dmarc." + host), dns::Type::TXT, {300, dns::Txt(text)});
  };
  mx("mx.a.example", "m.example");
  for (const char* host : {"yes.example", "no.example", "odd.example", "down.example"}) mx(host, "m.example");
  mx("null.example", ".");
  mx("two.example", "m.example");
  mx("two.example", ".");  // no null MX: it does not stand alone
  world.exists("address.example");
  zone.fail(name("broken.example"), nullptr, dns::Status::ServerFailure);
  agrees("yes.example", "v=DMARC1; rua=mailto:other@yes.example");
  agrees("odd.example", "hello");
  agrees("address.example", "v=DMARC1");
  agrees("two.example", "v=DMARC1;");
  zone.fail(name("a.example._report._dmarc.down.example"), nullptr, dns::Status::ServerFailure);
  mx("tree.example", "m.example");
  zone.fail(name("_dmarc.tree.example"), nullptr, dns::Status::ServerFailure);
  const std::string label(63, 'x');
  const std::string deep = label + "." + label + "." + label + ".example";
  mx(deep.c_str(), "m.example");

  struct Row {
    const char* domain;
    std::string host;
    Outcome outcome;
    std::string text;
    bool granted = false;
  };
  const std::string far = "a." + label + ".example";
  for (const Row& row : {
           Row{"a.example", "mx.a.example", Outcome::Within, "within a.example", true},
           Row{"a.example", "yes.example", Outcome::Agreed, "yes.example agrees", true},
           Row{"a.example", "address.example", Outcome::Agreed, "address.example agrees", true},
           Row{"a.example", "two.example", Outcome::Agreed, "two.example agrees", true},
           Row{"a.example", "no.example", Outcome::NotAgreed,
               "no.example does not agree: no record at a.example._report._dmarc.no.example"},
           Row{"a.example", "odd.example", Outcome::NotAgreed,
               "odd.example does not agree: no record at a.example._report._dmarc.odd.example"},
           Row{"a.example", "null.example", Outcome::TakesNoMail, "null.example takes no mail (null MX)"},
           Row{"a.example", "gone.example", Outcome::NoSuchHost, "gone.example does not exist"},
           Row{"a.example", "broken.example", Outcome::Unknown, "MX of broken.example: server failure"},
           Row{"a.example", "down.example", Outcome::Unknown,
               "a.example._report._dmarc.down.example: server failure"},
           Row{"a.example", "tree.example", Outcome::Unknown,
               "the organizational domain of tree.example cannot be told for now"},
           Row{"tree.example", "yes.example", Outcome::Unknown,
               "the organizational domain of tree.example cannot be told for now"},
           Row{"a.example", "", Outcome::NoName, "no host name"},
           Row{"a.example", "a..b", Outcome::NoName, "no host name"},
           Row{far.c_str(), deep, Outcome::NoName,
               far + "._report._dmarc." + deep + " is too long to be asked for"},
       }) {
    const auto got = reportPermission(row.domain, row.host, world.options, world.lookups);
    ASSERT_TRUE(got) << row.host;
    EXPECT_EQ(got->outcome, row.outcome) << row.host;
    EXPECT_EQ(got->text, row.text);
    EXPECT_EQ(got->granted(), row.granted) << row.host;
  }
  const auto yes = reportPermission("a.example", "yes.example", world.options, world.lookups);
  EXPECT_EQ(yes->name, "a.example._report._dmarc.yes.example");
  EXPECT_EQ(yes->records, std::vector<std::string>{"v=DMARC1; rua=mailto:other@yes.example"});
}

TEST(OrganizationalDomain, ByListOrByWalk) {
  World world(Records{{"example.com", "v=DMARC1; p=none"}});
  const auto of = [&](const std::string& domain) {
    return organizationalDomain(domain, world.options, world.lookups).value_or("?");
  };
  EXPECT_EQ(of("a.b.example.com"), "example.com");
  world.resolver->zone.add(name("_dmarc.n.example.com"), dns::Type::TXT, {300, dns::Txt("v=DMARC1; psd=n")});
  EXPECT_EQ(of("a.n.example.com"), "n.example.com") << "psd=n ends the walk below another record";
  EXPECT_EQ(of(""), "?") << "the root";
  EXPECT_EQ(of("a..b"), "?");
  std::string longest;
  while (longest.size() + 64 <= dns::kMaxNameText) longest += std::string(60, 'x') + ".";
  longest += std::string(dns::kMaxNameText - longest.size(), 'x');
  EXPECT_EQ(of(longest), longest) << "_dmarc below it cannot be asked for, and nothing is above it";
  world.options.organizationalDomain = OrganizationalDomain::Psl;
  EXPECT_EQ(of("a.b.example.com"), "example.com") << "without a list by walk";
  world.options.list = parsePublicSuffixList("com\nexample.com\n");
  EXPECT_EQ(of("a.b.example.com"), "b.example.com");
}

TEST(ReportPermission, WaitsForEachAnswer) {
  const std::string word = "a.example._report._dmarc.yes.example";
  World world(Records{}, {}, {"a.example", "yes.example"});
  world.resolver->zone.add(name(word), dns::Type::TXT, {300, dns::Txt("v=DMARC1")});
  world.resolver->zone.add(name("yes.example"), dns::Type::MX, {300, dns::Mx{10, name("m.example")}});
  world.resolver->held.insert({"yes.example", word});
  for (const std::string& answered : {std::string("yes.example"), std::string("_dmarc.a.example"),
                                      std::string("_dmarc.yes.example"), word}) {
    for (int again = 0; again < 2; ++again) {
      EXPECT_FALSE(reportPermission("a.example", "yes.example", world.options, world.lookups)) << answered;
    }
    world.resolver->release(answered);
    world.lookups.collect();
  }
  const auto got = reportPermission("a.example", "yes.example", world.options, world.lookups);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->outcome, Outcome::Agreed);
}

}  // namespace
}  // namespace alignd::dmarc
