// From options to settings, one by one and together.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/import/import.h"
#include "conf/load.h"

namespace alignd::conf::migration {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Files = std::map<std::string, std::string>;

// "dkim", "dmarc", "spf" and "/r/..." of rspamd.
Imported imported(const Files& files) {
  Inputs inputs;
  for (const auto& [name, content] : files) {
    if (name == "dkim") inputs.openDkim = name;
    if (name == "dmarc") inputs.openDmarc = name;
    if (name == "spf") inputs.policydSpf = name;
    if (name.starts_with("/r/")) inputs.rspamd = "/r";
  }
  Imported out = importSettings(inputs, [&](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? FileContent{{}, path + ": not there"} : FileContent{found->second};
  });
  EXPECT_THAT(parse(out.text, "x").errors, IsEmpty()) << out.text;
  return out;
}

Settings settings(const Files& files) {
  return parse(imported(files).text, "x").settings;
}

// The lines that are no comments.
std::string bare(const Files& files) {
  std::string out;
  std::istringstream in(imported(files).text);
  for (std::string line; std::getline(in, line);) {
    line = line.substr(0, line.find("  #"));
    if (!line.empty() && line[0] != '#') out += line + "\n";
  }
  return out;
}

struct Row {
  const char* program;
  const char* option;
  const char* printed;  // without comments
};

TEST(Translate, OneByOne) {
  for (const Row& row : {
           Row{"dkim", "ClockDrift 600", "[dkim]\nclock_drift = \"600s\"\n[arc]\nclock_drift = \"600s\"\n"},
           Row{"dkim", "MinimumKeyBits 2048", "[dkim]\nmin_rsa_bits = 2048\n[arc]\nmin_rsa_bits = 2048\n"},
           Row{"dkim", "MinimumKeyBits 0", ""},
           Row{"dkim", "MinimumKeyBits many", ""},
           Row{"dkim", "MinimumKeyBits 100", ""},
           Row{"dkim", "DNSTimeout 7", "[dns]\ntimeout = \"7s\"\n"},
           Row{"dkim", "DNSTimeout 0", ""},
           Row{"dkim", "DNSTimeout 9999", ""},
           Row{"dkim", "MaximumHeaders 65536", "[limits]\nheader = \"65536\"\n"},
           Row{"dkim", "MaximumHeaders 60000000", ""},
           Row{"dkim", "MaximumSignaturesToVerify 5", "[dkim]\nmax_signatures = 5\n"},
           Row{"dkim", "Nameservers 127.0.0.1, ns.example", "[dns]\nservers = [\n  \"127.0.0.1\",\n]\n"},
           Row{"dkim", "On-DNSError accept", "[policy]\ntemperror = \"accept\"\n"},
           Row{"dkim", "On-DNSError reject", ""},
           Row{"dkim", "RemoveARAll yes", "[authentication_results]\nremove_all = true\n"},
           Row{"dkim", "PeerList csl:192.0.2.1,x.example",
               "[trust]\nexempt_networks = [\n  \"192.0.2.1\",\n]\n"},
           Row{"dkim", "SyslogFacility LOCAL3", "[log]\nfacility = \"local3\"\n"},
           Row{"dkim", "SyslogFacility cron", ""},
           Row{"dmarc", "AuthservID mx.example.org",
               "[authentication_results]\nauthserv_id = \"mx.example.org\"\n"},
           Row{"dmarc", "AuthservID HOSTNAME", ""},
           Row{"dmarc", "AuthservID a b", ""},
           Row{"dmarc", "DomainWhitelist a.example,nodots",
               "[arc]\ntrusted_sealers = [\n  \"a.example\",\n]\n"},
           Row{"dmarc", "IgnoreAuthenticatedClients false", "[trust]\nauthenticated = false\n"},
           Row{"dmarc", "RejectFailures true", "[policy]\nmode = \"enforce\"\nreject = \"reject\"\n"},
           Row{"dmarc", "RejectFailures false", ""},
           Row{"dmarc", "HoldQuarantinedMessages true", "[policy]\nquarantine = \"hold\"\n"},
           Row{"dmarc", "RejectString no mail from %s",
               "[policy]\nreject_text = \"no mail from {domain}\"\n"},
           Row{"dmarc", "RejectString {x}", ""},
           Row{"dmarc", "RequiredHeaders yes", "[policy]\nambiguous_author = \"reject\"\n"},
           Row{"dmarc", "PublicSuffixList /gone", "[dmarc]\norganizational_domain = \"compare\"\n"},
           Row{"dmarc", "Socket inet:8893@localhost", "[milter]\nsocket = \"inet:8893@localhost\"\n"},
           Row{"dmarc", "Socket inet:8893@mx.example", ""},
           Row{"dmarc", "Socket local:/run/x", ""},
           Row{"dmarc",
               "FailureReports yes\nFailureReportsSentBy dmarc@example.org\nReportCommand /usr/sbin/sendmail "
               "-t",
               "[reports]\nfailure = true\nemail = \"dmarc@example.org\"\nsendmail = "
               "\"/usr/sbin/sendmail\"\n"},
           Row{"dmarc", "FailureReports no", ""},
           Row{"dmarc", "HistoryFile /x", "[log]\nverdicts = \"/var/log/alignd/verdicts.jsonl\"\n"},
           Row{"dmarc", "Syslog yes", "[log]\noperational = \"syslog\"\nverdicts = \"syslog\"\n"},
           Row{"dmarc", "Syslog yes\nHistoryFile /x",
               "[log]\nverdicts = \"/var/log/alignd/verdicts.jsonl\"\noperational = \"syslog\"\n"},
           Row{"spf", "Mail_From_reject = False", "[spf]\nreject_fail = false\n"},
           Row{"spf", "TestOnly = 0", ""},
           Row{"spf", "TestOnly = 0\nHELO_reject = No_Check", "[spf]\nhelo = \"off\"\n"},
           Row{"spf", "TestOnly = 0\nLookup_Time = 30", "[spf]\ntime_limit = \"30s\"\n"},
           Row{"spf", "TestOnly = 0\nLookup_Time = 5", ""},
           Row{"spf", "TestOnly = 0\nVoid_Limit = 4", "[spf]\nmax_void_lookups = 4\n"},
           Row{"spf", "TestOnly = 0\nHeader_Type = SPF", "[spf]\nreceived_spf = true\n"},
           Row{"spf", "No_Mail = True", ""},
           Row{"spf", "TestOnly = 0\nWhitelist = 192.0.2.1,mx.example",
               "[[rule]]\nname = \"policyd-spf-whitelist\"\nclient_networks = [\n  \"192.0.2.1\",\n]\naction "
               "= "
               "\"accept\"\n"},
           Row{"spf", "TestOnly = 0\nWhitelist = 0.0.0.0/0", ""},
           Row{"/r/local.d/dkim.conf", "time_jitter = 6h;", "[dkim]\nclock_drift = \"6h\"\n"},
           Row{"/r/local.d/dkim.conf", "time_jitter = 5min;", "[dkim]\nclock_drift = \"5m\"\n"},
           Row{"/r/local.d/spf.conf", "external_relay = [\"192.0.2.1\"];",
               "[trust]\nrelays = [\n  \"192.0.2.1\",\n]\n"},
           Row{"/r/local.d/dmarc.conf", "actions { reject = \"reject\"; quarantine = \"add_header\"; }",
               "[policy]\nreject = \"reject\"\nmode = \"enforce\"\nquarantine = \"mark\"\n"},
           Row{"/r/local.d/arc.conf", "whitelisted_signers_map = [\"a.example\"];",
               "[arc]\ntrusted_sealers = [\n  \"a.example\",\n]\n"},
           Row{"/r/options.inc", "dns { nameserver = [\"192.0.2.53:53\"]; }",
               "[dns]\nservers = [\n  \"192.0.2.53:53\",\n]\n"},
           Row{"/r/local.d/milter_headers.conf", "use = [\"authentication-results\"];", ""},
       }) {
    EXPECT_EQ(bare({{row.program, row.option}}), row.printed) << row.option;
  }
}

// What cannot be said must not be said more widely: an exception takes its network away, too.
TEST(Translate, NothingIsTrustedThatWasNot) {
  EXPECT_EQ(bare({{"dkim",
                   "InternalHosts csl:10.0.0.0/8,!10.1.0.0/16,192.0.2.0/24,0.0.0.0/0,::/0,.example.org\n"}}),
            "[trust]\nnetworks = [\n  \"192.0.2.0/24\",\n]\n");
  EXPECT_EQ(bare({{"dkim", "InternalHosts csl:10.1.1.1,!10.0.0.0/8\n"}}), "");
  EXPECT_EQ(bare({{"dkim", "InternalHosts csl:127.0.0.1,::1,localhost\n"}}), "") << "trusted anyhow";
}

TEST(Translate, SeveralAgree) {
  const Settings s = settings({{"dkim", "AuthservID a.example.org\nDNSTimeout 3\nSyslog yes\n"},
                               {"dmarc", "AuthservID b.example.org\nDNSTimeout 9\nSyslog yes\n"},
                               {"spf", "Authserv_Id = b.example.org\nTestOnly = 0\n"}});
  EXPECT_EQ(s.authenticationResults.field.authservId, "b.example.org");
  EXPECT_THAT(s.authenticationResults.field.additionalIds, ElementsAre("a.example.org"))
      << "forgeries of both go";
  EXPECT_EQ(s.dns.engine.timeout, std::chrono::seconds(9)) << "who waited longest goes on waiting";
  EXPECT_THAT(imported({{"dkim", "SyslogFacility mail\n"}, {"dmarc", "SyslogFacility daemon\n"}}).text,
              HasSubstr("facility = \"daemon\" is in force: dmarc:1, SyslogFacility"));
}

// DMARC and SPF share one mode.
TEST(Translate, Modes) {
  using policy::Action;
  const auto of = [](const Files& files) { return settings(files).policy; };
  auto policy = of({{"dmarc", "Syslog no\n"}, {"spf", "debugLevel = 1\n"}});
  EXPECT_EQ(policy.mode, policy::Mode::Enforce) << "SPF was refused";
  EXPECT_TRUE(policy.spf.rejectFail);
  EXPECT_EQ(policy.reject, Action::Accept) << "DMARC was not";
  EXPECT_EQ(policy.author, Action::Accept);
  EXPECT_EQ(policy.temperror, Action::Accept);
  policy = of({{"dmarc", "RejectFailures yes\n"}, {"spf", "debugLevel = 1\n"}});
  EXPECT_EQ(policy.reject, Action::Reject);
  EXPECT_EQ(policy.author, Action::Mark);
  policy = of({{"dmarc", "RejectFailures yes\nHoldQuarantinedMessages yes\n"}, {"spf", "TestOnly = 0\n"}});
  EXPECT_EQ(policy.quarantine, Action::Hold);
  EXPECT_FALSE(policy.spf.rejectFail);
  policy = of({{"dmarc", "Syslog no\n"}, {"dkim", "On-BadSignature reject\n"}});
  EXPECT_EQ(policy.mode, policy::Mode::Stamp);
}

TEST(Translate, ReasonsAndPlaces) {
  const std::string text =
      imported({{"dkim", "Mode sv\nKeyTabel refile:/x\nLogWhy\nKeyFile /k\nMinimumKeyBits 100\n"}}).text;
  EXPECT_THAT(
      text,
      HasSubstr("# dkim:2: KeyTabel refile:/x\n#     is no option that is known; did you mean KeyTable?\n"));
  EXPECT_THAT(text, HasSubstr("# dkim:3: LogWhy\n#     has no value\n"));
  EXPECT_THAT(text, HasSubstr("# dkim:5: MinimumKeyBits 100\n#     min_rsa_bits must be from 512 to 4096\n"));
  EXPECT_THAT(text, HasSubstr("--import-opendkim-signer"));
  EXPECT_THAT(imported({{"/r/local.d/milter_headers.conf",
                         "use = [\"authentication-results\"];\nroutines { x { } }"}})
                  .text,
              HasSubstr("set remove = 0"));
}

// Whatever stands in a file, it cannot leave its comment or its string.
TEST(Translate, ForeignOctetsStayInTheirPlace) {
  for (const char* value : {"x\x1b[31m", "\xc3\xa9", "a\"]\n[policy]\nmode = \"enforce\"", "a\\", "\"\"\""}) {
    for (const char* option : {"AuthservID ", "RejectString ", "Socket ", "IgnoreMailFrom ", "Unknown "}) {
      const Imported out = imported({{"dmarc", std::string(option) + value + "\n"}});
      for (const char c : out.text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << option << value;
      EXPECT_EQ(parse(out.text, "x").settings.policy.mode, policy::Mode::Stamp);
    }
  }
}

TEST(Translate, FaultsAreTold) {
  EXPECT_THAT(imported({{"dkim", "Include /gone\n"}}).faults, ElementsAre("/gone: not there"));
  EXPECT_THAT(imported({{"/r/local.d/dmarc.conf", "actions {"}}).faults,
              ElementsAre("/r/local.d/dmarc.conf:1: is not closed before the end of the file"));
  EXPECT_THAT(imported({{"/r/other", ""}}).faults, ElementsAre(HasSubstr("holds no settings of rspamd")));
  EXPECT_EQ(imported({{"dkim", "Include /gone\n"}}).text, "");
}

TEST(Signer, KeepsWhatSigns) {
  const auto read = [](const std::string&) {
    return FileContent{
        "Mode sv\nKeyTable refile:/k\nSyslog yes\nOn-BadSignature reject\nKeepAuthResults no\nSocket "
        "inet:8891\n"};
  };
  const std::string text = importSigner("/o", read).text;
  EXPECT_THAT(text, HasSubstr("\nMode                    s\n"));
  EXPECT_THAT(text, HasSubstr("\nKeepAuthResults         yes\n"));
  EXPECT_THAT(text, HasSubstr("\nKeyTable                refile:/k\n"));
  EXPECT_THAT(text, HasSubstr("\nSocket                  inet:8891\n"));
  EXPECT_THAT(text, HasSubstr("\n# /o:4: On-BadSignature reject\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nOn-BadSignature")));
  EXPECT_THAT(text, Not(HasSubstr("sv")));
}

}  // namespace
}  // namespace alignd::conf::migration
