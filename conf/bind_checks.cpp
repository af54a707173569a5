#include "conf/bind.h"
#include "dns/data/name.h"

namespace alignd::conf {

using namespace std::chrono_literals;

namespace {

void bindSpf(Section& s, spf::Options& spf) {
  s.choice("helo", spf.helo,
           {{"off", spf::HeloCheck::Off},
            {"log", spf::HeloCheck::Log},
            {"report", spf::HeloCheck::Report},
            {"decide", spf::HeloCheck::Decide}});
  s.count("max_void_lookups", spf.maxVoids, 0, 10);
  s.size("max_record", spf.maxRecord, 512, 65536);     // section 3.4: 512 octets are the aim
  s.duration("time_limit", spf.timeLimit, 20s, 5min);  // RFC 7208 section 4.6.4: at least 20 seconds
  s.count("ask_ahead", spf.askAhead, 0, 100);
  s.flag("explanations", spf.explanations);
  s.size("explanation_limit", spf.explanationLimit, 0, 4096);
  s.flag("received_spf", spf.receivedSpf);
  s.count("minimum_prefix_ipv4", spf.minimumPrefix4, 0, 32);
  s.count("minimum_prefix_ipv6", spf.minimumPrefix6, 0, 128);
  s.flag("reject_fail", spf.rejectFail);
  s.flag("defer_temperror", spf.deferTempError);
}

void bindDkim(Section& s, dkim::Options& dkim) {
  s.count("max_signatures", dkim.maximumSignatures, 1, 100);
  s.count("max_fields", dkim.maximumFields, 1, 1000);
  s.count("max_signed_names", dkim.maximumSignedNames, 16, 10'000);
  s.count("max_body_hashes", dkim.maximumBodyHashes, 1, 100);
  s.size("max_header_hashed", dkim.maximumHeaderBytes, 64U << 10U, std::uint64_t{1} << 30U);
  s.count("max_key_records", dkim.maximumKeyRecords, 1, 16);
  s.count("min_rsa_bits", dkim.minimumRsaBits, 512, 4096);
  s.count("max_rsa_bits", dkim.maximumRsaBits, 2048, 8192);
  s.duration("clock_drift", dkim.clockDrift, 0s, 24h);
  s.duration("max_age", dkim.maximumAge, 0s, 24h * 3650);
  s.choice("unsigned_body", dkim.unsignedBody,
           {{"policy", dkim::UnsignedBody::Policy}, {"pass", dkim::UnsignedBody::Pass}});
  s.choice("uncovered_fields", dkim.uncoveredFields,
           {{"comment", dkim::UncoveredFields::Comment}, {"policy", dkim::UncoveredFields::Policy}});
  s.flag("testing_keys_pass", dkim.testingKeysPass);
  s.flag("strict_syntax", dkim.strictSyntax);
}

// An ARC sealer is named by its d= (RFC 8617 section 4.1.3): a domain name of two labels at least.
std::optional<Complaint> checkSealer(const std::string& text) {
  const auto name = dns::Name::parse(text);
  if (!name || name->labelCount() < 2 || text.find('*') != std::string::npos) {
    return Complaint{"is not a domain name: write the d= of the sealer, \"lists.example.org\""};
  }
  return std::nullopt;
}

void bindArc(Section& s, arc::Options& arc) {
  s.strings("trusted_sealers", arc.trustedSealers, checkSealer);
  s.count("max_keys_ahead", arc.maximumKeysAhead, 0, 100);
  s.count("max_older", arc.maximumOlder, 0, 50);
  s.count("max_signed_names", arc.maximumSignedNames, 16, 10'000);
  s.size("max_header_hashed", arc.maximumHeaderBytes, 64U << 10U, std::uint64_t{1} << 30U);
  s.count("max_key_records", arc.maximumKeyRecords, 1, 16);
  s.count("min_rsa_bits", arc.minimumRsaBits, 512, 4096);
  s.count("max_rsa_bits", arc.maximumRsaBits, 2048, 8192);
  s.duration("clock_drift", arc.clockDrift, 0s, 24h);
}

void bindDmarc(Section& s, dmarc::Options& dmarc, Dmarc& own) {
  s.choice("organizational_domain", dmarc.organizationalDomain,
           {{"walk", dmarc::OrganizationalDomain::TreeWalk},
            {"psl", dmarc::OrganizationalDomain::Psl},
            {"compare", dmarc::OrganizationalDomain::Compare}});
  s.text("public_suffix_list", own.publicSuffixList, [](const std::string& text) -> std::optional<Complaint> {
    if (text == "builtin" || (!text.empty() && text.front() == '/')) return std::nullopt;
    return Complaint{"must be \"builtin\" or an absolute path"};
  });
}

}  // namespace

void bindChecks(Schema& schema, Settings& settings) {
  VerificationOptions& checks = settings.verification;
  schema.section("limits", [&](Section& s) {
    s.size("header", checks.maxHeaderBytes, 16U << 10U, 64U << 20U);
    s.count("fields", checks.maxFields, 100, 100'000);
    s.count("re_runs", checks.maxReRuns, 10, 100'000);
    s.count("work", checks.maxWork, 1'000'000, 1'000'000'000'000);
  });
  schema.section("iprev", [&](Section& s) { s.flag("check", checks.iprev); });
  schema.section("spf", [&](Section& s) { bindSpf(s, checks.spf); });
  schema.section("dkim", [&](Section& s) { bindDkim(s, checks.dkim); });
  schema.section("arc", [&](Section& s) { bindArc(s, checks.arc); });
  schema.section("dmarc", [&](Section& s) { bindDmarc(s, checks.dmarc, settings.dmarc); });
  // One switch for all who read signatures, keys and policy records.
  checks.arc.strictSyntax = checks.dkim.strictSyntax;
  checks.dmarc.strictSyntax = checks.dkim.strictSyntax;
}

}  // namespace alignd::conf
