// Whole files: what is read, what is refused, and where the message points.
#include "conf/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alignd::conf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Loaded read(std::string_view text) {
  return parse(text, "a.toml");
}

TEST(Load, NothingGivesDefaults) {
  const Loaded loaded = read("");
  EXPECT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(loaded.warnings, IsEmpty());
  EXPECT_EQ(text(loaded.settings), text(Settings()));
}

// The names that DESIGN.md fixes.
TEST(Load, NamesThatStay) {
  const Loaded loaded = read(R"(
[milter]
socket = "unix:/run/alignd/alignd.sock"
[authentication_results]
authserv_id = "mx.example.org"
[dns]
servers = ["127.0.0.1:53", "[::1]:5353"]
timeout = "2s"
cache = "0"
[policy]
mode = "enforce"
[log]
verdicts = "/var/log/alignd.jsonl"
)");
  ASSERT_THAT(loaded.errors, IsEmpty());
  const Settings& s = loaded.settings;
  EXPECT_EQ(s.milter.socket, "unix:/run/alignd/alignd.sock");
  EXPECT_EQ(s.authenticationResults.field.authservId, "mx.example.org");
  ASSERT_EQ(s.dns.engine.servers.size(), 2U);
  EXPECT_EQ(s.dns.engine.servers[1].text(), "[::1]:5353");
  EXPECT_EQ(s.dns.engine.timeout, std::chrono::seconds(2));
  EXPECT_EQ(s.dns.table.bytes, 0U);
  EXPECT_EQ(s.policy.mode, policy::Mode::Enforce);
  EXPECT_EQ(s.log.verdicts, "/var/log/alignd.jsonl");
}

TEST(Load, ReportsNameWhoSendsThem) {
  Loaded loaded = read(R"(
[log]
verdicts = "/var/log/alignd/verdicts.jsonl"
[reports]
org_name = "Receiver Inc."
email = "dmarc@receiver.example"
domain = "receiver.example"
store = "postgresql://collector@db.example/reports"
never = ["*.spam.example"]
tls = "always"
spread = "90m"
failure = true
failure_redact = false
failure_fields = ["Subject"]
failure_body = "2 KiB"
)");
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(loaded.warnings, IsEmpty());
  EXPECT_TRUE(loaded.settings.reports.identified());
  EXPECT_EQ(loaded.settings.reports.spread, std::chrono::minutes(90));
  EXPECT_EQ(loaded.settings.reports.tls, reporting::Tls::Always);
  EXPECT_TRUE(loaded.settings.reports.failure);
  EXPECT_FALSE(loaded.settings.reports.failureRedact);
  EXPECT_EQ(loaded.settings.reports.failureBody, 2048U);

  EXPECT_THAT(read("[reports]\norg_name = \"x\"\n").warnings,
              ElementsAre(HasSubstr("org_name, email and domain")));
  struct Row {
    std::string_view text;
    std::string_view error;
  };
  for (const Row& row : {
           Row{R"(email = "DMARC <a@b.example>")", "plain mail address"},
           Row{R"(email = "a\r\nBcc: x@b.example")", "plain mail address"},
           Row{R"(org_name = "a\nb")", "one line"},
           Row{R"(domain = "under way")", "domain name"},
           Row{R"(store = "reports.db")", "absolute path"},
           Row{R"(smtp = "127.0.0.1:25")", "smtp://"},
           Row{R"(smtp = "smtp://user:secret@mx.example")", "smtp://"},
           Row{R"(user = "x")", "password_file"},
           Row{"user = \"x\"\npassword_file = \"/x\"\nsmtp = \"smtp://mx.example:587\"", "always"},
           Row{R"(only = ["*"])", "*.example.org"},
           Row{R"(failure_spool = "failures")", "absolute path"},
           Row{R"(failure_fields = ["Subject: x"])", "header field"},
           Row{R"(failure_body = "1 MiB")", "failure_body"},
           Row{"keep = \"2d\"\nmax_age = \"3d\"", "longer than keep"},
       }) {
    const Loaded bad = read("[reports]\n" + std::string(row.text));
    EXPECT_THAT(bad.errors, ElementsAre(HasSubstr(row.error))) << row.text;
  }
}

TEST(Load, WritingAndReadingAgree) {
  const Loaded loaded = read(R"(
[milter]
socket_mode = "0600"
[trust]
networks = ["10.0.0.0/8"]
exempt_recipients = ["abuse@example.org", "@lists.example.org"]
[dns]
retry_after = "250ms"
queue = 77
random_case = "always"
[dkim]
max_age = "30d"
[policy]
reject_text = "no \"thanks\" \\ {domain}"
[[rule]]
name = "partners"
signing_domains = ["*.example.com"]
action = "accept"
)");
  ASSERT_THAT(loaded.errors, IsEmpty());
  const Loaded again = read(text(loaded.settings));
  ASSERT_THAT(again.errors, IsEmpty());
  EXPECT_EQ(text(again.settings), text(loaded.settings));
  EXPECT_NE(text(again.settings), text(Settings()));
}

TEST(Load, SpfSettingsReachPolicyAndHeader) {
  const Loaded loaded = read("[spf]\nhelo = \"report\"\nreject_fail = true\n");
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_TRUE(loaded.settings.policy.spf.rejectFail);
  EXPECT_TRUE(loaded.settings.authenticationResults.field.reportHelo);
}

struct Bad {
  const char* text;
  const char* message;  // the start of the only error
};

TEST(Load, ErrorsPointAtThePlace) {
  for (const Bad& bad : {
           Bad{"[dns]\ntimeout = 5\n", "a.toml:2:11: timeout: \"5\" is not a time"},
           {"[dns]\ntimeout = \"5\"\n", "a.toml:2:11: timeout: \"5\" is not a time"},
           {"[dns]\ntimeout = true\n", "a.toml:2:11: timeout must be a string, not true or false"},
           {"[dns]\n\"a\\nb\\u001b\xc3\xa9\" = 1\n", "a.toml:2:1: unknown key \"a\\x0ab\\x1b\\xc3\\xa9\""},
           {"[dns]\ntimeuot = \"5s\"\n", "a.toml:2:1: unknown key \"timeuot\"; did you mean \"timeout\"?"},
           {"[dsn]\n", "a.toml:1:2: unknown section \"dsn\"; did you mean \"dns\"?"},
           {"surprise = 1\n", "a.toml:1:1: unknown key \"surprise\", and in no section"},
           {"[surprise]\n", "a.toml:1:2: unknown section \"surprise\""},
           {"mode = \"enforce\"\n", "a.toml:1:1: \"mode\" stands in no section; it belongs to [policy]"},
           {"[dkim]\nservers = []\n", "a.toml:2:1: unknown key \"servers\"; it belongs to [dns]"},
           {"[policy]\nmode = enforce\n",
            "a.toml:2:8: Error while parsing value: could not determine value type; a text stands in "
            "quotation marks"},
           {"# OpenDKIM\nSyslog  yes\nMode\tsv\n",
            "a.toml:2:9: Error while parsing key-value pair: expected '=', saw 'y'; write key = value (files "
            "of OpenDKIM"},
           {"Syslog", "a.toml:1:7: Error while parsing key-value pair"},
           {"dns = 1\n", "a.toml:1:7: dns must be a table, [dns], not a whole number"},
           {"[dns]\nservers = [\"127.0.0.1\", 5]\n", "a.toml:2:25: servers must be a list of strings"},
           {"[dns]\nservers = [\"nowhere\"]\n",
            "a.toml:2:12: servers: \"nowhere\" cannot be asked: a DNS server is an IP address"},
           {"[dns]\nchannels = 0\n", "a.toml:2:12: channels must be from 1 to 256"},
           {"[dns]\ntcp_sockets = 0\n", "a.toml:2:15: tcp_sockets must be from 1 to 1024"},
           {"[dns]\nchannels = 1.5\n", "a.toml:2:12: channels must be a whole number, not a number"},
           {"[dns]\ncache = \"64 MB\"\n", "a.toml:2:9: cache: \"64 MB\" is not a size"},
           {"[policy]\nmode = \"enforced\"\n",
            "a.toml:2:8: mode: \"enforced\" must be one of \"stamp\", \"enforce\""},
           {"[milter]\nsocket = \"inet:8891\n", "a.toml:2:"},
           {"[milter]\nsocket = \"unix:rel\"\n", "a.toml:2:10: socket: \"unix:rel\" needs an absolute path"},
           {"[milter]\nsocket_mode = \"0999\"\n", "a.toml:2:15: socket_mode: \"0999\" is not a file mode"},
           {"[metrics]\nlisten = \"inet:9@192.0.2.1\"\n",
            "a.toml:2:10: listen: \"inet:9@192.0.2.1\" must be a loopback"},
           {"[log]\nverdicts = \"relative.log\"\n", "a.toml:2:12: verdicts: "},
           {"[authentication_results]\nauthserv_id = \"a b\"\n",
            "a.toml:2:15: authserv_id: \"a b\" is not a domain"},
           {"[trust]\nnetworks = [\"10.0.0.0/33\"]\n", "a.toml:2:13: networks: "},
           {"[trust]\nexempt_recipients = [\"x\"]\n", "a.toml:2:22: exempt_recipients: "},
           {"[trust]\nupstream_ids = [\"mx.example.org\"]\n",
            "a.toml:2:16: upstream_ids does nothing without"},
           {"[trust]\nupstream_methods = [\"spf\"]\n", "a.toml:2:20: upstream_methods does nothing without"},
           {"[trust]\nupstream_methods = [\"sender-id\"]\n", "a.toml:2:21: upstream_methods: "},
           {"[trust]\nrelays = [\"0.0.0.0/0\"]\n", "a.toml:2:10: relays must not be everybody"},
           {"rule = 1\n", "a.toml:1:8: rule must be written as [[rule]]"},
           {"[[rule]]\nname = \"a\"\nlist_id = [\"x\"]\n",
            "a.toml:3:1: unknown key \"list_id\"; did you mean \"list_ids\"?"},
           {"[[rule]]\nname = \"a\"\nclient_networks = [\"192.0.2.1\"]\naction = \"policy\"\n",
            "a.toml:4:10: rule a: action \"policy\" needs policy: "},
           {"[policy]\nreject_code = \"4.7.1\"\n",
            "a.toml:2:15: reject_code \"4.7.1\" is no enhanced status code"},
           {"[policy]\nrule_text = \"{foo}\"\n", "a.toml:2:13: rule_text knows only {domain}, "},
           {"[policy]\nhelp_url = \"ftp://x\"\n", "a.toml:2:12: help_url is no http:// or https:// URL"},
           {"[arc]\ntrusted_sealers = [\"*.example.org\"]\n",
            "a.toml:2:20: trusted_sealers: \"*.example.org\" is not a domain name: write the d= of the "
            "sealer"},
           {"[dmarc]\norganizational_domain = \"psl\"\npublic_suffix_list = \"/nonexistent\"\n",
            "a.toml:3:22: /nonexistent: "},
           {"[dns]\n[dns]\n",
            "a.toml:2:1: Error while parsing table header: cannot redefine existing table 'dns'; that "
            "section stands "
            "further up: its keys go there, or the block into a file in conf.d"},
       }) {
    const Loaded loaded = read(bad.text);
    EXPECT_THAT(loaded.errors, ElementsAre(StartsWith(bad.message))) << bad.text;
  }
}

TEST(Load, AllErrorsAreToldAtOnceInTheOrderOfTheFile) {
  const Loaded loaded = read("[spf]\nhelo = \"x\"\n[dns]\nfoo = 2\ntimeout = 1\n");
  EXPECT_THAT(loaded.errors, ElementsAre(StartsWith("a.toml:2:8: "), StartsWith("a.toml:4:1: "),
                                         StartsWith("a.toml:5:11: ")));
}

// What is left out where it cannot be meant.
TEST(Load, RulesAndReportsThatDoNothingAreAWarning) {
  const std::string rule = "[[rule]]\nname = \"a\"\nclient_networks = [\"192.0.2.1\"]\n";
  EXPECT_THAT(read(rule).warnings, ElementsAre(HasSubstr("a.toml:1:1: rule a: has no action")));
  EXPECT_THAT(read(rule + "action = \"accept\"\npolicy = \"none\"\n").warnings,
              ElementsAre("a.toml:5:10: rule a: policy does nothing without action = \"policy\""));
  EXPECT_THAT(read(rule + "action = \"no_change\"\n").warnings, IsEmpty());
  const std::string reports =
      "[reports]\norg_name = \"x\"\nemail = \"d@example.org\"\ndomain = \"example.org\"\n[log]\nverdicts = ";
  EXPECT_THAT(read(reports + "\"journal\"\n").warnings,
              ElementsAre(HasSubstr("a.toml:6:12: alignd-report reads a file: ")));
  EXPECT_THAT(read(reports + "\"/var/log/alignd/verdicts.jsonl\"\n").warnings, IsEmpty());
}

// DESIGN.md decision 15: the policy room's check speaks with the rule's place.
TEST(Load, EasingRulesNeedAnAuthenticatedFact) {
  const Loaded loaded = read(
      "[[rule]]\nname = \"good\"\nsigning_domains = [\"example.org\"]\naction = \"accept\"\n"
      "[[rule]]\nname = \"open-door\"\nlist_ids = [\"list.example.org\"]\naction = \"accept\"\n");
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_THAT(loaded.errors[0], StartsWith("a.toml:5:"));
  EXPECT_THAT(loaded.errors[0], HasSubstr("open-door"));
}

TEST(Load, HostBitsAreAWarning) {
  const Loaded loaded = read("[trust]\nnetworks = [\"10.1.2.3/8\", \"::ffff:192.0.2.0/120\"]\n");
  EXPECT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("taken as 10.0.0.0/8")));
  ASSERT_EQ(loaded.settings.trust.networks.size(), 2U);
  EXPECT_EQ(loaded.settings.trust.networks[0].text(), "10.0.0.0/8");
  EXPECT_EQ(loaded.settings.trust.networks[1].text(), "192.0.2.0/24");
}

TEST(Load, AnEmptyListIsAValue) {
  const Loaded loaded = read("[policy]\n[dns]\nservers = []\n");
  EXPECT_THAT(loaded.errors, IsEmpty());
  EXPECT_TRUE(loaded.settings.dns.engine.servers.empty());
}

TEST(Load, AMissingFileIsNamed) {
  const Loaded loaded = load("/nonexistent/alignd.toml");
  EXPECT_THAT(loaded.errors, ElementsAre("/nonexistent/alignd.toml: No such file or directory"));
}

TEST(Load, ADirectoryIsNoFile) {
  EXPECT_FALSE(load("/").ok());
}

}  // namespace
}  // namespace alignd::conf
