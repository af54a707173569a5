#include <array>

#include "conf/import/keyword.h"

namespace alignd::conf::migration {

namespace {

using enum Fate;

constexpr std::string_view kAccess =
    "Postfix's access restrictions stay in Postfix: a milter cannot name one";
constexpr std::string_view kLate =
    "HELO and DNS names of a client are not authenticated: list its networks, or the domains that sign";
constexpr std::string_view kPerUser =
    "settings by recipient: SPF is decided once for all recipients, at the end of the message; a [[rule]] "
    "knows recipients";

constexpr std::array kKeywords = {
    Keyword{"Authserv_Id", Setting, "[authentication_results] authserv_id"},
    Keyword{"debugLevel", Unit, "[log] level; why a message passed or not stands in the verdict line"},
    Keyword{"defaultSeedOnly", Setting, "the old name of TestOnly"},
    Keyword{"Domain_Whitelist", Nothing,
            "another domain's SPF record says nothing about this message: list networks in a [[rule]], or "
            "trust the forwarder's ARC seal"},
    Keyword{"Domain_Whitelist_PTR", Nothing, kLate},
    Keyword{"Header_Type", Setting,
            "[spf] received_spf for SPF; Authentication-Results is written in any case"},
    Keyword{"HELO_pass_restriction", Nothing, kAccess},
    Keyword{"HELO_reject", Setting, "[spf] helo: \"decide\", \"log\" or \"off\"; a softfail never refuses"},
    Keyword{"HELO_Whitelist", Nothing, kLate},
    Keyword{"Hide_Receiver", Always, "no recipient stands in any field"},
    Keyword{"InternalHosts", Setting, "[trust] networks"},
    Keyword{"Lookup_Time", Setting, "[spf] time_limit, at least 20 seconds"},
    Keyword{"MacroList", Nothing, "[trust] authenticated knows sessions by {auth_type}"},
    Keyword{"Mail_From_pass_restriction", Nothing, kAccess},
    Keyword{"Mail_From_reject", Setting,
            "[spf] reject_fail with [policy] mode = \"enforce\"; never when dmarc=pass, and at the end of "
            "the message, not at RCPT; a softfail never refuses"},
    Keyword{"Mock", Nothing,
            "SPF, DKIM and DMARC are one program: nothing has to be made visible to another milter"},
    Keyword{"No_Mail", Nothing,
            "refusing for v=spf1 -all alone cannot be said: with it, SPF refuses nothing"},
    Keyword{"Per_User", Nothing, kPerUser},
    Keyword{"PermError_reject", Nothing, "a broken record is no ground to refuse mail"},
    Keyword{"PidFile", Unit, "the unit runs, restarts and confines the process"},
    Keyword{"Prospective", Nothing,
            "outgoing mail is not checked; alignd-check spf DOMAIN --ip ADDRESS does it by hand"},
    Keyword{"QueueID", Always, "the queue id stands in every verdict line"},
    Keyword{"Reason_Message", Nothing, "the reply names the domain, the client and what the record says"},
    Keyword{"Reject_Not_Pass_Domains", Nothing,
            "softfail and neutral are no fail (RFC 7208 section 8.5); DMARC is how a domain asks for more"},
    Keyword{"skip_addresses", Setting, "[trust] networks; loopback is trusted anyhow"},
    Keyword{"Socket", Setting,
            "[milter] socket for inet and inet6; the unit lets alignd write unix sockets in its own folders "
            "only"},
    Keyword{"SPF_Enhanced_Status_Codes", Always, "5.7.23 and 4.7.24 (RFC 7372)"},
    Keyword{"TempError_Defer", Setting, "[spf] defer_temperror"},
    Keyword{"TestOnly", Setting, "0: nothing is refused for SPF"},
    Keyword{"UMask", Unit, "the socket's mode is [milter] socket_mode, 0660 by default"},
    Keyword{"UserID", Unit, "the unit runs, restarts and confines the process"},
    Keyword{"Void_Limit", Setting, "[spf] max_void_lookups"},
    Keyword{"Whitelist", Setting,
            "a [[rule]] on client_networks that accepts; a secondary MX of yours belongs into [trust] relays "
            "instead"},
    Keyword{"Whitelist_Lookup_Time", Nothing, "no white list asks DNS"},
};

}  // namespace

std::span<const Keyword> policydSpfKeywords() {
  return kKeywords;
}

}  // namespace alignd::conf::migration
