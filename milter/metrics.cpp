#include "milter/metrics.h"

#include <cstdio>
#include <string_view>

#include "dns/data/ascii.h"
#include "verifier/policy/decide.h"

namespace alignd::milter {

namespace {

constexpr std::array<std::string_view, 6> kExemptions{
    "none", "trusted_network", "authenticated", "local_submission", "network", "recipient"};

constexpr std::array<std::string_view, 5> kMethods{"iprev", "spf", "dkim", "arc", "dmarc"};

std::string realText(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.10g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

// One metric family of the text exposition format.
class Family {
 public:
  Family(std::string& out, std::string_view name, std::string_view type, std::string_view help)
      : out_(out), name_(name) {
    out_ += ascii::cat({"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"});
  }
  void value(std::uint64_t value) { out_ += ascii::cat({name_, " ", std::to_string(value), "\n"}); }
  void labelled(std::string_view label, std::string_view of, std::uint64_t value) {
    out_ += ascii::cat({name_, "{", label, "=\"", of, "\"} ", std::to_string(value), "\n"});
  }

 private:
  std::string& out_;
  std::string_view name_;
};

void counter(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  Family(out, name, "counter", help).value(value);
}
void gauge(std::string& out, std::string_view name, std::string_view help, std::uint64_t value) {
  Family(out, name, "gauge", help).value(value);
}

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

template <class Member>
void byServer(std::string& out, std::string_view name, std::string_view type, std::string_view help,
              const std::vector<dns::ServerCounters>& servers, Member dns::ServerCounters::* member) {
  Family family(out, name, type, help);
  for (const auto& server : servers) family.labelled("server", server.address, server.*member);
}

void appendServers(std::string& out, const std::vector<dns::ServerCounters>& servers) {
  using Of = dns::ServerCounters;
  byServer(out, "alignd_dns_server_packets_total", "counter", "Packets sent, by server.", servers, &Of::sent);
  byServer(out, "alignd_dns_server_replies_total", "counter", "Replies of any kind, by server.", servers,
           &Of::replies);
  byServer(out, "alignd_dns_server_silent_total", "counter", "Packets without a reply in time, by server.",
           servers, &Of::silent);
  byServer(out, "alignd_dns_server_failures_total", "counter", "Errors and unreadable replies, by server.",
           servers, &Of::failures);
  byServer(out, "alignd_dns_server_refused_total", "counter", "Of those, REFUSED, by server.", servers,
           &Of::refused);
  byServer(out, "alignd_dns_server_unreachable_total", "counter",
           "Packets that nobody took: connections refused or closed, no route, by server.", servers,
           &Of::unreachable);
  byServer(out, "alignd_dns_server_answering", "gauge",
           "0 while a server does not answer, refuses or cannot be reached, a lone one too.", servers,
           &Of::answering);
  byServer(out, "alignd_dns_server_set_aside", "gauge",
           "1 while a server is not asked, because it was silent.", servers, &Of::setAside);
}

void appendDns(std::string& out, const dns::Counters& dns) {
  {
    Family family(out, "alignd_dns_lookups_total", "counter",
                  "Lookups in the answer table, by what they met.");
    family.labelled("met", "data", dns.table.hits - dns.table.negativeHits - dns.table.failureHits);
    family.labelled("met", "negative", dns.table.negativeHits);
    family.labelled("met", "failure", dns.table.failureHits);
    family.labelled("met", "pending", dns.table.coalesced);
    family.labelled("met", "nothing", dns.table.misses);
  }
  counter(out, "alignd_dns_evicted_total", "Answers that had to make room.", dns.table.evicted);
  counter(out, "alignd_dns_overload_total", "Questions that found the engine full.", dns.table.overload);
  counter(out, "alignd_dns_packets_total", "Packets sent to servers.", dns.engine.packets);
  counter(out, "alignd_dns_retries_total", "Of those, sent because of silence or an error.",
          dns.engine.retries);
  counter(out, "alignd_dns_traced_total", "Of those, sent to find the alias that broke a chain.",
          dns.engine.traced);
  counter(out, "alignd_dns_tcp_total", "Of those, sent over TCP.", dns.engine.tcp);
  counter(out, "alignd_dns_timeouts_total", "Questions that no server answered in time.",
          dns.engine.timeouts);
  gauge(out, "alignd_dns_cache_bytes", "Octets of kept answers.", dns.table.bytes);
  gauge(out, "alignd_dns_cache_entries", "Kept answers.", dns.table.entries);
  gauge(out, "alignd_dns_in_flight", "Questions on their way.", dns.engine.inFlight);
  gauge(out, "alignd_dns_waiting", "Questions that wait for a slot.", dns.engine.waiting);
  counter(out, "alignd_dns_exceptions_total", "Errors of our own that cost a question its answer.",
          dns.engine.exceptions);
  {
    Family family(out, "alignd_dns_sockets", "gauge", "Sockets in use, by kind.");
    family.labelled("kind", "udp", dns.engine.udpSockets);
    family.labelled("kind", "tcp", dns.engine.tcpSockets);
  }
  {
    Family family(out, "alignd_dns_sockets_waiting", "gauge", "Packets that wait for a socket, by kind.");
    family.labelled("kind", "udp", dns.engine.udpWaiting);
    family.labelled("kind", "tcp", dns.engine.tcpWaiting);
  }
  appendServers(out, dns.engine.servers);
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
    if (signature.keyStale) staleKeys_.add();
  }
  signaturesNotEvaluated_.add(verdict.dkim.notEvaluated + verdict.dkim.unparsed);
  addTo(arc_, verdict.arc.status);
  addTo(dmarc_, verdict.dmarc.status);
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

// Names are letters, digits, hyphens and underscores (policy::check): nothing needs an escape.
void Metrics::appendRules(std::string& out) const {
  Family family(out, "alignd_rule_matches_total", "counter", "Messages that a rule decided, by its name.");
  const std::lock_guard lock(rulesMutex_);
  for (const auto& [name, count] : rules_) family.labelled("rule", name, count);
}

// Each message once: the evaluated ones by their cause, the others by why they were not evaluated.
void Metrics::appendMessages(std::string& out) const {
  constexpr std::string_view kName = "alignd_messages_total";
  out +=
      ascii::cat({"# HELP ", kName, " Messages judged, by cause and by why they were not evaluated.\n# TYPE ",
                  kName, " counter\n"});
  const auto line = [&](std::string_view exempt, cause::Why why, std::uint64_t value) {
    out += ascii::cat(
        {kName, "{exempt=\"", exempt, "\",why=\"", cause::word(why), "\"} ", std::to_string(value), "\n"});
  };
  for (std::size_t i = 0; i < why_.size(); ++i) {
    const auto why = static_cast<cause::Why>(i);
    if (why != cause::Why::Exempt) line(kExemptions.front(), why, why_[i].value());
  }
  for (std::size_t i = 1; i < exempt_.size(); ++i)
    line(kExemptions[i], cause::Why::Exempt, exempt_[i].value());
}

std::string Metrics::text(const dns::Counters& dns, std::size_t connections, std::size_t inFlight) const {
  std::string out;
  appendMessages(out);
  byResult<spf::Status>(out, "alignd_spf_total", "SPF results of MAIL FROM.", "result", spf_,
                        spf::statusWord);
  byResult<dkim::Status>(out, "alignd_dkim_total", "DKIM results, one a signature.", "result", dkim_,
                         dkim::statusWord);
  byResult<arc::Status>(out, "alignd_arc_total", "ARC results.", "result", arc_, arc::statusWord);
  byResult<dmarc::Status>(out, "alignd_dmarc_total", "DMARC results.", "result", dmarc_, dmarc::statusWord);
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
  counter(out, "alignd_reloads_total", "Settings taken over while running.", reloads.value());
  counter(out, "alignd_failed_reloads_total", "Settings refused while running.", failedReloads.value());
  waits_.append(out, "alignd_wait_seconds", "Time that evaluated messages waited for DNS at their end.");
  gauge(out, "alignd_connections", "Connections of the MTA that have begun a message.", connections);
  gauge(out, "alignd_messages_in_flight", "Messages between MAIL FROM and their end.", inFlight);
  appendDns(out, dns);
  return out;
}

}  // namespace alignd::milter
