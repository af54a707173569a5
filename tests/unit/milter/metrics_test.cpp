#include "milter/metrics.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "milter/metrics_server.h"
#include "tests/support/child_process.h"

namespace alignd::milter {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Histogram, BucketsAddUp) {
  Histogram histogram;
  for (const auto time : {0us, 1000us, 1001us, 30'000'000us}) histogram.observe(time);
  std::string out;
  histogram.append(out, "x", "help");
  EXPECT_THAT(out, HasSubstr("x_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(out, HasSubstr("x_bucket{le=\"0.0025\"} 3\n"));
  EXPECT_THAT(out, HasSubstr("x_bucket{le=\"24\"} 3\n"));
  EXPECT_THAT(out, HasSubstr("x_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(out, HasSubstr("x_sum 30.002001\n"));
  EXPECT_THAT(out, HasSubstr("x_count 4\n"));
}

TEST(Metrics, ExemptMailCountsAsThatAlone) {
  Metrics metrics;
  Verdict verdict;
  verdict.exemption = Exemption::Authenticated;
  metrics.count(verdict, {}, 2, 0s);
  const std::string page = metrics.text({}, {.connections = 3, .inFlight = 1});
  EXPECT_THAT(page, HasSubstr("alignd_messages_total{exempt=\"authenticated\",why=\"exempt\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("alignd_removed_fields_total 2\n"));
  EXPECT_THAT(page, HasSubstr("alignd_dmarc_total{result=\"none\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("alignd_connections 3\n"));
}

TEST(Metrics, RulesAreCountedByName) {
  Metrics metrics;
  policy::Rule lists;
  policy::Rule bank;
  lists.name = "our-lists";
  bank.name = "strict-bank";
  metrics.know({lists, bank});
  policy::Decision decision;
  decision.rule = "our-lists";
  metrics.count({}, decision, 0, 0s);
  metrics.know({bank});  // a reload: what was counted stays
  metrics.count({}, decision, 0, 0s);
  decision.rule = "nobody-s";
  metrics.count({}, decision, 0, 0s);
  const std::string page = metrics.text({}, {});
  EXPECT_THAT(page, HasSubstr("alignd_rule_matches_total{rule=\"our-lists\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("alignd_rule_matches_total{rule=\"strict-bank\"} 0\n"));
  EXPECT_THAT(page, Not(HasSubstr("nobody-s"))) << "names come from the settings alone";
}

TEST(Metrics, ByPolicyDispositionReasonAndSignature) {
  Metrics metrics;
  Verdict verdict;  // no record, no signature
  metrics.count(verdict, {}, 0, 0s);
  verdict.dmarc.record = "v=DMARC1; p=reject";
  verdict.dmarc.hasPolicy = true;
  verdict.dmarc.published = verdict.dmarc.effective = dmarc::Policy::Reject;
  verdict.dmarc.status = dmarc::Status::Fail;
  verdict.dkim.signatures.emplace_back().reason = dkim::Reason::KeyNotFound;
  metrics.count(verdict, {}, 0, 0s);
  verdict.dmarc.status = dmarc::Status::Pass;
  metrics.count(verdict, {}, 0, 0s);
  verdict.exemption = Exemption::Network;
  metrics.count(verdict, {}, 0, 0s);
  const std::string page = metrics.text({}, {});
  for (const char* line :
       {"alignd_dmarc_policies_total{policy=\"absent\",disposition=\"none\"} 1\n",
        "alignd_dmarc_policies_total{policy=\"reject\",disposition=\"reject\"} 1\n",
        "alignd_dmarc_policies_total{policy=\"reject\",disposition=\"none\"} 1\n",
        "alignd_dmarc_policies_total{policy=\"none\",disposition=\"none\"} 0\n",
        "alignd_dkim_reasons_total{reason=\"key_not_found\"} 2\n", "alignd_unsigned_total 1\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(Metrics, SettingsAndTheProcess) {
  Metrics metrics;
  const std::chrono::system_clock::time_point start(1'700'000'000s);
  metrics.settingsTaken(start, false);
  Standing now;
  now.version = "9.8.7";
  now.started = start + 500ms;
  now.process = {1.25, 12, 1024, 4096, 8192};
  std::string page = metrics.text({}, now);
  for (const char* line :
       {"alignd_build_info{version=\"9.8.7\"} 1\n", "alignd_mode{mode=\"stamp\"} 1\n",
        "alignd_mode{mode=\"enforce\"} 0\n", "alignd_reloads_total 0\n", "alignd_last_reload_successful 1\n",
        "alignd_last_reload_success_timestamp_seconds 1700000000\n",
        "process_start_time_seconds 1700000000.5\n", "process_cpu_seconds_total 1.25\n",
        "process_open_fds 12\n", "process_max_fds 1024\n", "process_resident_memory_bytes 4096\n",
        "process_virtual_memory_bytes 8192\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  metrics.settingsRefused();
  now.mode = policy::Mode::Enforce;
  page = metrics.text({}, now);
  for (const char* line :
       {"alignd_last_reload_successful 0\n", "alignd_failed_reloads_total 1\n",
        "alignd_last_reload_success_timestamp_seconds 1700000000\n", "alignd_mode{mode=\"enforce\"} 1\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  metrics.settingsTaken(start + 60s, true);
  page = metrics.text({}, now);
  for (const char* line : {"alignd_last_reload_successful 1\n", "alignd_reloads_total 1\n",
                           "alignd_last_reload_success_timestamp_seconds 1700000060\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(ProcessFigures, AreOfThisProcess) {
  const ProcessFigures before = processFigures();
  EXPECT_GE(before.openFiles, 3U);
  EXPECT_GT(before.maxFiles, before.openFiles);
  EXPECT_GT(before.residentBytes, 1U << 20U);
  EXPECT_GT(before.virtualBytes, before.residentBytes);
  const int file = ::dup(0);
  EXPECT_EQ(processFigures().openFiles, before.openFiles + 1);
  ::close(file);
}

TEST(Metrics, WhatWasTakenOver) {
  Metrics metrics;
  Verdict verdict;
  verdict.takenOver.methods.dkim = true;
  metrics.count(verdict, {}, 0, 0s);
  const std::string page = metrics.text({}, {});
  EXPECT_THAT(page, HasSubstr("alignd_taken_over_total{method=\"dkim\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("alignd_taken_over_total{method=\"spf\"} 0\n"));
}

TEST(Metrics, StaleKeysAndTracesAreCounted) {
  Metrics metrics;
  Verdict verdict;
  verdict.dkim.signatures.resize(3);
  verdict.dkim.signatures[1].keyStale = true;
  metrics.count(verdict, {}, 0, 0s);
  dns::Counters dns;
  dns.engine.traced = 7;
  const std::string page = metrics.text(dns, {});
  EXPECT_THAT(page, HasSubstr("alignd_stale_keys_total 1\n"));
  EXPECT_THAT(page, HasSubstr("alignd_dns_traced_total 7\n"));
}

TEST(Metrics, DnsByWhatWasMetAndByServer) {
  dns::Counters dns;
  dns.table.hits = 10;
  dns.table.negativeHits = 3;
  dns.table.failureHits = 2;
  dns.table.coalesced = 4;
  dns.table.misses = 6;
  dns.engine.servers.push_back({"127.0.0.1:53", 50, 40, 7, 3, 1, false});
  dns.engine.servers.push_back({"[::1]:53", 5, 0, 5, 0, 0, true, 2, 1, dns::Trouble::Silent, false});
  dns.engine.waiting = 9;
  dns.engine.exceptions = 1;
  dns.engine.tcpSockets = 11;
  dns.engine.udpWaiting = 188;
  const std::string page = Metrics().text(dns, {});
  for (const char* line :
       {"alignd_dns_lookups_total{met=\"data\"} 5\n", "alignd_dns_lookups_total{met=\"negative\"} 3\n",
        "alignd_dns_lookups_total{met=\"failure\"} 2\n", "alignd_dns_lookups_total{met=\"pending\"} 4\n",
        "alignd_dns_lookups_total{met=\"nothing\"} 6\n",
        "alignd_dns_server_packets_total{server=\"127.0.0.1:53\"} 50\n",
        "alignd_dns_server_replies_total{server=\"127.0.0.1:53\"} 40\n",
        "alignd_dns_server_silent_total{server=\"[::1]:53\"} 5\n",
        "alignd_dns_server_failures_total{server=\"127.0.0.1:53\"} 3\n",
        "alignd_dns_server_refused_total{server=\"[::1]:53\"} 2\n",
        "alignd_dns_server_unreachable_total{server=\"[::1]:53\"} 1\n",
        "alignd_dns_server_answering{server=\"127.0.0.1:53\"} 1\n",
        "alignd_dns_server_answering{server=\"[::1]:53\"} 0\n", "alignd_dns_waiting 9\n",
        "alignd_dns_exceptions_total 1\n", "alignd_dns_sockets{kind=\"tcp\"} 11\n",
        "alignd_dns_sockets_waiting{kind=\"udp\"} 188\n",
        "alignd_dns_server_set_aside{server=\"127.0.0.1:53\"} 0\n",
        "alignd_dns_server_set_aside{server=\"[::1]:53\"} 1\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(Metrics, TheManualNamesEach) {
  dns::Counters dns;
  dns.engine.servers.emplace_back();
  std::istringstream page(Metrics().text(dns, {}));
  const std::string manual = test::readWholeFile(ALIGND_SOURCE "/man/alignd.8");
  const std::string_view kType = "# TYPE ";
  std::size_t families = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with(kType)) continue;
    const std::string name = line.substr(kType.size(), line.rfind(' ') - kType.size());
    const bool named = manual.find("\n.B " + name + "\n") != std::string::npos ||
                       manual.find("\n.B " + name + "{") != std::string::npos;
    EXPECT_TRUE(named || (name.starts_with("process_") && manual.find(" " + name) != std::string::npos))
        << name;
    ++families;
  }
  EXPECT_GT(families, 30U);
}

TEST(Metrics, TheManualNamesNoOther) {
  dns::Counters dns;
  dns.engine.servers.emplace_back();
  const std::string page = Metrics().text(dns, {});
  std::istringstream manual(test::readWholeFile(ALIGND_SOURCE "/man/alignd.8"));
  const std::string_view kName = ".B alignd_";
  for (std::string line; std::getline(manual, line);) {
    if (!line.starts_with(kName)) continue;
    const std::string name = line.substr(3, line.find('{') - 3);
    EXPECT_THAT(page, HasSubstr("# TYPE " + name + " "));
  }
}

TEST(HttpReply, GetHeadAndOthers) {
  const auto text = [] { return std::string("a 1\n"); };
  EXPECT_THAT(httpReply("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", text), StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(httpReply("GET /metrics?x HTTP/1.1\r\n\r\n", text), EndsWith("\r\n\r\na 1\n"));
  EXPECT_THAT(httpReply("HEAD / HTTP/1.0\r\n\r\n", text), EndsWith("Connection: close\r\n\r\n"));
  EXPECT_THAT(httpReply("GET /etc/passwd HTTP/1.0\r\n\r\n", text), StartsWith("HTTP/1.0 404"));
  EXPECT_THAT(httpReply("POST /metrics HTTP/1.0\r\n\r\n", text), StartsWith("HTTP/1.0 405"));
  for (const char* head : {"", "GET", "\r\n\r\n", "GET "}) {
    EXPECT_THAT(httpReply(head, text), StartsWith("HTTP/1.0 400")) << head;
  }
}

}  // namespace
}  // namespace alignd::milter
