#include "milter/dns_metrics.h"

#include <string_view>

#include "milter/exposition.h"

namespace alignd::milter {

namespace {

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

}  // namespace

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

}  // namespace alignd::milter
