#include <array>

#include "conf/import/keyword.h"

namespace alignd::conf::migration {

namespace {

using enum Fate;

constexpr std::string_view kSigning = "rspamd goes on sealing and signing";
constexpr std::string_view kScore =
    "scores stay with rspamd: it reads Authentication-Results of authserv_id, or evaluates by itself";
constexpr std::string_view kCache = "[dns] cache holds all answers, by their own TTL";

constexpr std::array kKeywords = {
    Keyword{"arc.adjust_dmarc", Always, "a trusted sealer's word overrides a DMARC failure"},
    Keyword{"arc.whitelist", Nothing, "every chain is validated; only trusted sealers count"},
    Keyword{"arc.whitelisted_signers_map", Setting, "[arc] trusted_sealers"},
    Keyword{"arc.path", Signing, kSigning},
    Keyword{"arc.selector", Signing, kSigning},
    Keyword{"arc.sign_inbound", Signing, kSigning},
    Keyword{"arc.use_domain", Signing, kSigning},
    Keyword{"dkim.check_authed", Setting, "[trust] authenticated = false evaluates them"},
    Keyword{"dkim.check_local", Nothing,
            "[trust] networks are not evaluated: leave them out to have them checked"},
    Keyword{"dkim.dkim_cache_expire", Always, kCache},
    Keyword{"dkim.dkim_cache_size", Always, kCache},
    Keyword{"dkim.domains", Nothing, kScore},
    Keyword{"dkim.max_sigs", Setting, "[dkim] max_signatures"},
    Keyword{"dkim.sign_condition", Signing, kSigning},
    Keyword{"dkim.skip_multi", Nothing, "every signature counts by itself"},
    Keyword{"dkim.strict_multiplier", Nothing, kScore},
    Keyword{"dkim.time_jitter", Setting, "[dkim] clock_drift"},
    Keyword{"dkim.trusted_only", Nothing, "every signature is verified; DMARC says which one counts"},
    Keyword{"dkim.whitelist", Nothing,
            "clients whose signatures are not looked at: list them in [trust] exempt_networks"},
    Keyword{"dmarc.actions", Setting, "[policy] mode = \"enforce\", quarantine and reject"},
    Keyword{"dmarc.munging", Nothing, "mail is not rewritten"},
    Keyword{"dmarc.no_reporting_domains", Setting, "[reports] never"},
    Keyword{"dmarc.no_sampling_domains", Always, "pct is ignored (RFC 9989)"},
    Keyword{"dmarc.report_settings", Setting, "[reports] org_name, email, domain"},
    Keyword{"dmarc.reporting", Setting, "[reports] org_name, email, domain, extra_contact_info, only, never"},
    Keyword{"dmarc.send_reports", Setting, "alignd-report.timer sends when [reports] is filled in"},
    Keyword{"external_relay.rules", Nothing,
            "[trust] relays: the networks of the relays; names and counts of Received fields prove nothing"},
    Keyword{"milter_headers.authenticated_headers", Nothing,
            "sessions that authenticated are stamped auth=pass"},
    Keyword{"milter_headers.extended_spam_headers", Nothing, "fields about spam stay with rspamd"},
    Keyword{"milter_headers.local_headers", Nothing, "[trust] networks are stamped, too"},
    Keyword{"milter_headers.routines", Nothing,
            "remove of authentication-results takes away what alignd stamped: set remove = 0 and drop it "
            "from use"},
    Keyword{"milter_headers.skip_authenticated", Nothing,
            "sessions that authenticated are cleaned and stamped, not evaluated"},
    Keyword{"milter_headers.skip_local", Nothing, "[trust] networks are cleaned and stamped, not evaluated"},
    Keyword{"milter_headers.use", Nothing,
            "Authentication-Results is written in any case: drop \"authentication-results\" from this list"},
    Keyword{"options.dns", Setting, "[dns] servers and timeout"},
    Keyword{"options.local_addrs", Setting, "[trust] networks"},
    Keyword{"spf.disable_ipv6", Nothing, "both kinds of addresses are asked for, as RFC 7208 wants"},
    Keyword{"spf.external_relay", Setting, "[trust] relays"},
    Keyword{"spf.max_dns_nesting", Always, "10 terms that ask DNS (RFC 7208 section 4.6.4)"},
    Keyword{"spf.max_dns_requests", Always, "10 terms that ask DNS (RFC 7208 section 4.6.4)"},
    Keyword{"spf.min_cache_ttl", Always, kCache},
    Keyword{"spf.spf_cache_expire", Always, kCache},
    Keyword{"spf.spf_cache_size", Always, kCache},
    Keyword{"spf.whitelist", Nothing,
            "clients whose SPF is not looked at: a [[rule]] on client_networks, or [trust] exempt_networks"},
    Keyword{"whitelist.rules", Nothing, kScore},
};

}  // namespace

std::span<const Keyword> rspamdKeywords() {
  return kKeywords;
}

}  // namespace alignd::conf::migration
