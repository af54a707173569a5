#include "milter/metrics.h"

#include <string_view>

#include "dns/data/ascii.h"
#include "milter/dns_metrics.h"
#include "milter/exposition.h"
#include "verifier/policy/decide.h"

namespace alignd::milter {

namespace {

constexpr std::array<std::string_view, 6> kExemptions{
    "none", "trusted_network", "authenticated", "local_submission", "network", "recipient"};

constexpr std::array<std::string_view, 5> kMethods{"iprev", "spf", "dkim", "arc", "dmarc"};

// One line for each value of an enumeration.
template <class Enum, std::size_t N>
void byResult(std::string& out, std::string_view name, std::string_view help, std::string_view label,
              const std::array<Counter, N>& counters, std::string_view (*word)(Enum)) {
  Family family(out, name, "counter", help);
  for (std::size_t i = 0; i < N; ++i) {
    family.labelled(label, word(static_cast<Enum>(i)), counters[i].value());
  }
}

template <class Enum, std::size_t N>
void addTo(std::array<Counter, N>& counters, Enum value) {
  counters[static_cast<std::size_t>(value)].add();
}

}  // namespace

void Histogram::observe(Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  std::size_t bucket = 0;
  while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
  buckets_[bucket].add();
  microseconds_.add(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()));
}

void Histogram::append(std::string& out, std::string_view name, std::string_view help) const {
  out += ascii::cat({"# HELP ", name, " ", help, "\n# TYPE ", name, " histogram\n"});
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    below += buckets_[i].value();
    const std::string bound = i < kBounds.size() ? realText(kBounds[i]) : "+Inf";
    out += ascii::cat({name, "_bucket{le=\"", bound, "\"} ", std::to_string(below), "\n"});
  }
  out += ascii::cat({name, "_sum ", realText(static_cast<double>(microseconds_.value()) / 1e6), "\n"});
  out += ascii::cat({name, "_count ", std::to_string(below), "\n"});
}

void Metrics::know(const std::vector<policy::Rule>& rules) {
  const std::lock_guard lock(rulesMutex_);
  for (const policy::Rule& rule : rules) rules_.try_emplace(rule.name, 0);
}

void Metrics::count(const Verdict& verdict, const policy::Decision& decision, std::size_t removedFields,
                    Duration waited) {
  addTo(exempt_, verdict.exemption);
  addTo(why_, cause::whyOf(verdict));
  removedFields_.add(removedFields);
  if (verdict.headerTruncated) headersTruncated_.add();
  addTo(taken_, decision.taken.action);
  addTo(wouldBe_, decision.wouldBe.action);
  if (!decision.rule.empty()) {
    const std::lock_guard lock(rulesMutex_);
    if (const auto rule = rules_.find(decision.rule); rule != rules_.end()) ++rule->second;
  }
  if (verdict.exemption != Exemption::None) return;
  if (verdict.spf) addTo(spf_, verdict.spf->status);
  for (const auto& signature : verdict.dkim.signatures) {
    addTo(dkim_, signature.status);
    addTo(dkimReasons_, signature.reason);
    if (signature.keyStale) staleKeys_.add();
  }
  signaturesNotEvaluated_.add(verdict.dkim.notEvaluated + verdict.dkim.unparsed);
  addTo(arc_, verdict.arc.status);
  addTo(dmarc_, verdict.dmarc.status);
  countPolicy(verdict.dmarc);
  const bool noSignature = verdict.dkim.signatures.empty() && verdict.dkim.unparsed == 0;
  if (noSignature && !verdict.takenOver.methods.dkim) unsigned_.add();
  const Methods& taken = verdict.takenOver.methods;
  const std::array<bool, 5> byMethod{taken.iprev, taken.spf, taken.dkim, taken.arc, taken.dmarc};
  for (std::size_t i = 0; i < byMethod.size(); ++i) {
    if (byMethod[i]) takenOver_[i].add();
  }
  if (verdict.author.ambiguous() && !policy::isBounceWithoutDomain(verdict)) ambiguousAuthors_.add();
  if (verdict.deadlineMissed) deadlinesMissed_.add();
  if (verdict.workRefused) workRefused_.add();
  waits_.observe(waited);
}

// To a message that passes a policy does nothing (RFC 9990 section 3.1.1.9).
void Metrics::countPolicy(const dmarc::Result& dmarc) {
  const std::size_t published = dmarc.record.empty() ? kPolicies : static_cast<std::size_t>(dmarc.published);
  const bool passes = dmarc.status == dmarc::Status::Pass;
  const auto applied =
      static_cast<std::size_t>(passes || !dmarc.hasPolicy ? dmarc::Policy::None : dmarc.effective);
  policies_[published][applied].add();
}

// Names are letters, digits, hyphens and underscores (policy::check): nothing needs an escape.
void Metrics::appendRules(std::string& out) const {
  Family family(out, "alignd_rule_matches_total", "counter", "Messages that a rule decided, by its name.");
  const std::lock_guard lock(rulesMutex_);
  for (const auto& [name, count] : rules_) family.labelled("rule", name, count);
}

// Each message once: the evaluated ones by their cause, the others by why they were not evaluated.
void Metrics::appendMessages(std::string& out) const {
  Family family(out, "alignd_messages_total", "counter",
                "Messages judged, by cause and by why they were not evaluated.");
  const auto line = [&](std::string_view exempt, cause::Why why, std::uint64_t value) {
    family.labelled({{"exempt", exempt}, {"why", cause::word(why)}}, value);
  };
  for (std::size_t i = 0; i < why_.size(); ++i) {
    const auto why = static_cast<cause::Why>(i);
    if (why != cause::Why::Exempt) line(kExemptions.front(), why, why_[i].value());
  }
  for (std::size_t i = 1; i < exempt_.size(); ++i)
    line(kExemptions[i], cause::Why::Exempt, exempt_[i].value());
}

// Each evaluated message once.
void Metrics::appendPolicies(std::string& out) const {
  Family family(
      out, "alignd_dmarc_policies_total", "counter",
      "Messages by the policy that is published for them (absent: none) and by what it does to them.");
  for (std::size_t p = 0; p < policies_.size(); ++p) {
    const std::string_view policy =
        p < kPolicies ? dmarc::policyWord(static_cast<dmarc::Policy>(p)) : std::string_view("absent");
    for (std::size_t d = 0; d < kPolicies; ++d) {
      family.labelled({{"policy", policy}, {"disposition", dmarc::policyWord(static_cast<dmarc::Policy>(d))}},
                      policies_[p][d].value());
    }
  }
}

void Metrics::appendSettings(std::string& out, policy::Mode mode) const {
  {
    Family family(out, "alignd_mode", "gauge", "1 for the mode in force.");
    family.labelled("mode", "stamp", mode == policy::Mode::Stamp ? 1 : 0);
    family.labelled("mode", "enforce", mode == policy::Mode::Enforce ? 1 : 0);
  }
  counter(out, "alignd_reloads_total", "Settings taken over while running.", reloads_.value());
  counter(out, "alignd_failed_reloads_total", "Settings refused while running.", failedReloads_.value());
  gauge(out, "alignd_last_reload_successful", "0 when the last settings were refused.",
        refused_.load(std::memory_order_relaxed) ? 0 : 1);
  gauge(out, "alignd_last_reload_success_timestamp_seconds",
        "When the settings in force were taken over, in seconds since 1970.",
        static_cast<std::uint64_t>(takenAt_.load(std::memory_order_relaxed)));
}

void Metrics::settingsTaken(std::chrono::system_clock::time_point now, bool reload) {
  if (reload) reloads_.add();
  refused_ = false;
  takenAt_ = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
}

void Metrics::settingsRefused() {
  failedReloads_.add();
  refused_ = true;
}

std::string Metrics::text(const dns::Counters& dns, const Standing& now) const {
  std::string out;
  Family(out, "alignd_build_info", "gauge", "1, and the version.").labelled("version", now.version, 1);
  appendMessages(out);
  byResult<spf::Status>(out, "alignd_spf_total", "SPF results of MAIL FROM.", "result", spf_,
                        spf::statusWord);
  byResult<dkim::Status>(out, "alignd_dkim_total", "DKIM results, one a signature.", "result", dkim_,
                         dkim::statusWord);
  byResult<dkim::Reason>(out, "alignd_dkim_reasons_total", "Why, one a signature.", "reason", dkimReasons_,
                         dkim::reasonWord);
  counter(out, "alignd_unsigned_total", "Evaluated messages without a DKIM signature.", unsigned_.value());
  byResult<arc::Status>(out, "alignd_arc_total", "ARC results.", "result", arc_, arc::statusWord);
  byResult<dmarc::Status>(out, "alignd_dmarc_total", "DMARC results.", "result", dmarc_, dmarc::statusWord);
  appendPolicies(out);
  byResult<policy::Action>(out, "alignd_actions_total", "Actions taken.", "action", taken_,
                           policy::actionWord);
  byResult<policy::Action>(out, "alignd_enforce_actions_total", "Actions that mode = \"enforce\" takes.",
                           "action", wouldBe_, policy::actionWord);
  appendRules(out);
  {
    Family family(out, "alignd_taken_over_total", "counter",
                  "Messages whose result of a method was taken over from a border host.");
    for (std::size_t i = 0; i < kMethods.size(); ++i) {
      family.labelled("method", kMethods[i], takenOver_[i].value());
    }
  }
  counter(out, "alignd_ambiguous_authors_total",
          "Messages without one author domain, bounces that name none aside.", ambiguousAuthors_.value());
  counter(out, "alignd_removed_fields_total", "Forged Authentication-Results removed.",
          removedFields_.value());
  counter(out, "alignd_signatures_skipped_total", "Signatures beyond the caps.",
          signaturesNotEvaluated_.value());
  counter(out, "alignd_stale_keys_total", "Signatures judged by a key beyond its TTL (serve_stale).",
          staleKeys_.value());
  counter(out, "alignd_headers_truncated_total", "Messages over the header cap.", headersTruncated_.value());
  counter(out, "alignd_deadlines_missed_total", "Messages whose DNS answers did not come in time.",
          deadlinesMissed_.value());
  counter(out, "alignd_work_refused_total", "Messages that would have taken too much work.",
          workRefused_.value());
  counter(out, "alignd_aborted_total", "Messages that ended before their end.", aborted.value());
  counter(out, "alignd_stamp_failures_total", "Messages whose fields the MTA did not take.",
          stampFailures.value());
  counter(out, "alignd_exceptions_total", "Errors caught at the boundary to libmilter.", exceptions.value());
  counter(out, "alignd_verdict_log_errors_total", "Verdict lines that could not be written.",
          verdictLogErrors.value());
  counter(out, "alignd_all_trusted_warnings_total", "Warnings that all mail came from trusted networks.",
          allTrusted.value());
  counter(out, "alignd_one_client_warnings_total", "Warnings that all mail came from one private address.",
          onePrivateClient.value());
  {
    constexpr std::array<std::string_view, 5> kFates{"written", "limited", "queue_full", "spool_full",
                                                     "error"};
    Family family(out, "alignd_failure_reports_total", "counter",
                  "Messages that a failure report was to be written about, by what became of it.");
    for (std::size_t i = 0; i < kFates.size(); ++i)
      family.labelled("result", kFates[i], failureReports[i].value());
  }
  waits_.append(out, "alignd_wait_seconds", "Time that evaluated messages waited for DNS at their end.");
  gauge(out, "alignd_connections", "Connections of the MTA that have begun a message.", now.connections);
  gauge(out, "alignd_messages_in_flight", "Messages between MAIL FROM and their end.", now.inFlight);
  appendDns(out, dns);
  appendSettings(out, now.mode);
  appendProcess(out, now.process, now.started);
  return out;
}

}  // namespace alignd::milter
