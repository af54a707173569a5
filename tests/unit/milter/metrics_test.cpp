#include "milter/metrics.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_THAT(out, HasSubstr("x_bucket{le=\"0.005\"} 3\n"));
  EXPECT_THAT(out, HasSubstr("x_bucket{le=\"20\"} 3\n"));
  EXPECT_THAT(out, HasSubstr("x_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(out, HasSubstr("x_sum 30.002001\n"));
  EXPECT_THAT(out, HasSubstr("x_count 4\n"));
}

TEST(Metrics, ExemptMailCountsAsThatAlone) {
  Metrics metrics;
  Verdict verdict;
  verdict.exemption = Exemption::Authenticated;
  metrics.count(verdict, {}, 2, 0s);
  const std::string page = metrics.text({}, 3, 1);
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
  const std::string page = metrics.text({}, 0, 0);
  EXPECT_THAT(page, HasSubstr("alignd_rule_matches_total{rule=\"our-lists\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("alignd_rule_matches_total{rule=\"strict-bank\"} 0\n"));
  EXPECT_THAT(page, Not(HasSubstr("nobody-s"))) << "names come from the settings alone";
}

TEST(Metrics, WhatWasTakenOver) {
  Metrics metrics;
  Verdict verdict;
  verdict.takenOver.methods.dkim = true;
  metrics.count(verdict, {}, 0, 0s);
  const std::string page = metrics.text({}, 0, 0);
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
  const std::string page = metrics.text(dns, 0, 0);
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
  const std::string page = Metrics().text(dns, 0, 0);
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
  std::istringstream page(Metrics().text(dns, 0, 0));
  const std::string manual = test::readWholeFile(ALIGND_SOURCE "/man/alignd.8");
  const std::string_view kType = "# TYPE ";
  std::size_t families = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with(kType)) continue;
    const std::string name = line.substr(kType.size(), line.rfind(' ') - kType.size());
    EXPECT_TRUE(manual.find("\n.B " + name + "\n") != std::string::npos ||
                manual.find("\n.B " + name + "{") != std::string::npos)
        << name;
    ++families;
  }
  EXPECT_GT(families, 30U);
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
