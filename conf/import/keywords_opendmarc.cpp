#include <array>

#include "conf/import/keyword.h"

namespace alignd::conf::migration {

namespace {

using enum Fate;

constexpr std::string_view kFollows =
    "[reports] failure follows ruf= and fo= of the record, and sends to nobody else";
constexpr std::string_view kProcess = "the unit runs, restarts and confines the process";
constexpr std::string_view kWhole = "the verdict line holds it for every message";

constexpr std::array kKeywords = {
    Keyword{"AuthservID", Setting, "[authentication_results] authserv_id"},
    Keyword{"AuthservIDWithJobID", Nothing,
            "the queue id stands in the verdict line; readers compare the id whole"},
    Keyword{"AutoRestart", Unit, kProcess},
    Keyword{"AutoRestartCount", Unit, kProcess},
    Keyword{"AutoRestartRate", Unit, kProcess},
    Keyword{"Background", Unit, kProcess},
    Keyword{"BaseDirectory", Unit, kProcess},
    Keyword{"ChangeRootDirectory", Unit, kProcess},
    Keyword{"CopyFailuresTo", Nothing,
            "recipients are not altered; the verdict line tells which messages failed"},
    Keyword{"DMARCbisWalkMode", Always, "the tree walk of RFC 9989 is the default"},
    Keyword{"DMARCbisWalkModeFallback", Nothing,
            "there is one way to find a policy at a time: [dmarc] organizational_domain"},
    Keyword{"DNSTimeout", Setting, "[dns] timeout; without end is not possible"},
    Keyword{"DomainWhitelist", Setting, "[arc] trusted_sealers"},
    Keyword{"DomainWhitelistFile", Setting, "[arc] trusted_sealers"},
    Keyword{"DomainWhitelistSize", Always, "a list has up to 50000 entries"},
    Keyword{"EnableCoredumps", Unit, kProcess},
    Keyword{"FailureReports", Setting, "[reports] failure, once org_name, email and domain are filled in"},
    Keyword{"FailureReportsBcc", Nothing, kFollows},
    Keyword{"FailureReportsOnNone", Nothing, kFollows},
    Keyword{"FailureReportsSentBy", Setting, "[reports] email"},
    Keyword{"HistoryFile", Setting,
            "[log] verdicts, a file: alignd-report(8) makes reports of it once [reports] is filled in; its "
            "collect --opendmarc-history takes over what is there"},
    Keyword{"HoldQuarantinedMessages", Setting, "[policy] quarantine = \"hold\""},
    Keyword{"IgnoreAuthenticatedClients", Setting, "[trust] authenticated"},
    Keyword{"IgnoreHosts", Setting, "[trust] exempt_networks; names of hosts are not taken: addresses only"},
    Keyword{"IgnoreMailFrom", Nothing,
            "From proves nothing: a [[rule]] that eases must name an authenticated fact, as signing_domains"},
    Keyword{"IgnoreMailTo", Nothing,
            "it kept recipients out of the history file, and their mail was evaluated all the same"},
    Keyword{"MilterDebug", Unit, "[log] level = \"debug\" says more about the daemon itself"},
    Keyword{"NoReportsList", Setting, "[reports] never, for domains"},
    Keyword{"PidFile", Unit, kProcess},
    Keyword{"PublicSuffixList", Setting,
            "[dmarc] organizational_domain = \"compare\": the tree walk of RFC 9989 counts, the line tells "
            "where the list differs"},
    Keyword{"ReadCanonicalizedData", Nothing, "DKIM is verified here: no other program's data is read"},
    Keyword{"RecordAllMessages", Always, kWhole},
    Keyword{"RejectFailures", Setting, "[policy] mode = \"enforce\" and reject = \"reject\""},
    Keyword{"RejectMultiValueFrom", Setting, "[policy] ambiguous_author = \"reject\""},
    Keyword{"RejectString", Setting, "[policy] reject_text, with {domain} for %s"},
    Keyword{"ReportCommand", Setting, "[reports] sendmail, the program alone"},
    Keyword{"RequiredFrom", Setting, "[policy] ambiguous_author = \"reject\""},
    Keyword{"RequiredHeaders", Setting,
            "[policy] ambiguous_author = \"reject\", for From alone: how often other fields stand proves "
            "nothing about the author"},
    Keyword{"Socket", Setting,
            "[milter] socket for inet and inet6; the unit lets alignd write unix sockets in its own folders "
            "only"},
    Keyword{"SoftwareHeader", Nothing,
            "Authentication-Results names who evaluated; the software is nobody's business"},
    Keyword{"SPFIgnoreResults", Always, "Received-SPF and SPF results in a message are never believed"},
    Keyword{"SPFSelfValidate", Always, "SPF is evaluated here for every message"},
    Keyword{"Syslog", Setting, "[log] operational and verdicts"},
    Keyword{"SyslogFacility", Setting, "[log] facility"},
    Keyword{"TestDNSData", Nothing, "alignd-check message --zone FILE judges by a zone file"},
    Keyword{"TrustedAuthservIDs", Nothing,
            "a result is believed by who connects, never by its id alone: [trust] upstream_networks with "
            "upstream_ids"},
    Keyword{"UMask", Unit, "the socket's mode is [milter] socket_mode, 0660 by default"},
    Keyword{"UserID", Unit, kProcess},
};

}  // namespace

std::span<const Keyword> openDmarcKeywords() {
  return kKeywords;
}

}  // namespace alignd::conf::migration
