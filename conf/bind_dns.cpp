#include <algorithm>

#include "conf/bind.h"

namespace alignd::conf {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view kAuto = "auto";

// "auto", or a time.
void bindRetry(Section& s, std::optional<std::chrono::milliseconds>& value) {
  using Wanted = std::optional<std::chrono::milliseconds>;
  s.converted<Wanted>(
      "retry_after", value, Accept::Strings,
      [](const std::string& word) -> std::variant<Wanted, std::string> {
        if (word == kAuto) return Wanted();
        const auto time = parseDuration(word);
        if (!time || *time < 20ms || *time > 60s) {
          return std::string("must be \"auto\" or a time from \"20ms\" to \"60s\"");
        }
        return time;
      },
      [](const Wanted& time) { return time ? durationText(*time) : std::string(kAuto); },
      [&](Wanted time) { value = time; });
}

// "auto", or a number.
void bindQueue(Section& s, std::optional<std::size_t>& value) {
  using Wanted = std::optional<std::size_t>;
  s.converted<Wanted>(
      "queue", value, Accept::NumbersToo,
      [](const std::string& word) -> std::variant<Wanted, std::string> {
        if (word == kAuto) return Wanted();
        const bool digits =
            !word.empty() && word.size() < 8 && std::all_of(word.begin(), word.end(), ascii::isDigit);
        if (!digits) return std::string("must be \"auto\" or a number up to 9999999");
        return Wanted(std::stoul(word));
      },
      [](const Wanted& count) { return count ? std::to_string(*count) : std::string(kAuto); },
      [&](Wanted count) { value = count; });
}

// The complaint is put behind the text by the reader.
std::variant<dns::ServerAddress, std::string> parseServer(const std::string& text) {
  auto parsed = dns::parseServerAddress(text);
  if (auto* problem = std::get_if<std::string>(&parsed)) {
    const std::string quoted = ascii::cat({"\"", text, "\": "});
    if (problem->starts_with(quoted)) problem->replace(0, quoted.size(), "cannot be asked: ");
  }
  return parsed;
}

void bindEngine(Section& s, dns::EngineOptions& engine) {
  s.list<dns::ServerAddress>("servers", engine.servers, parseServer,
                             [](const dns::ServerAddress& server) { return server.text(); });
  s.text("resolv_conf", engine.resolvConf);
  s.duration("timeout", engine.timeout, 20ms, 120s);
  bindRetry(s, engine.retryAfter);
  s.count("channels", engine.channels, 1, 256);
  s.count("slots", engine.slots, 16, 60'000);
  bindQueue(s, engine.queue);
  s.count("parent_share", engine.parentPercent, 1, 100);
  s.flag("failover_on_error", engine.failoverOnError);
  s.flag("trust_ad", engine.trustAd);
  s.choice("random_case", engine.randomCase,
           {{"never", dns::RandomCase::Never},
            {"remote", dns::RandomCase::Remote},
            {"always", dns::RandomCase::Always}});
  s.duration("probe_interval", engine.probeEvery, 100ms, 10min);
  s.count("direct_sockets", engine.directSockets, 1, 1024);
  s.count("tcp_sockets", engine.tcpSockets, 1, 1024);
}

void bindTable(Section& s, dns::TableOptions& table) {
  s.size("cache", table.bytes, 0, std::uint64_t{1} << 40U);
  s.duration("ttl_ceiling", table.ttlCeiling, 1s, 24h * 7);
  s.duration("negative_ceiling", table.negativeCeiling, 1s, 24h);
  s.duration("failure_memory", table.failureMemory, 0s, 5min);  // RFC 9520 section 3.2: at most 5 minutes
  s.flag("serve_stale", table.serveStale);
  s.duration("stale_limit", table.staleLimit, 1s, 24h * 7);
}

}  // namespace

void bindDns(Schema& schema, Settings& settings) {
  schema.section("dns", [&](Section& s) {
    bindEngine(s, settings.dns.engine);
    bindTable(s, settings.dns.table);
    s.duration("message_time", settings.verification.dnsTime, 100ms, 5min);
    s.count("message_questions", settings.verification.budget.total, 1, 10'000);
    s.count("message_in_flight", settings.verification.budget.inFlight, 1, 1000);
  });
}

}  // namespace alignd::conf
