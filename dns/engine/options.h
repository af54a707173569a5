// What can be set about DNS. The conf room maps these to `[dns]` in alignd.toml; Budget (lookups.h) belongs
// to it too.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dns/data/server_address.h"
#include "dns/table/options.h"

namespace alignd::dns {

/// When letters of a question are sent in random case, which a forged reply would have to guess.
enum class RandomCase {
  Never,
  Remote,  // towards servers that are not on loopback
  Always,
};

struct EngineOptions {
  /// Asked in this order: the first one that is alive, the next when it fails. Empty: those of `resolvConf`.
  std::vector<ServerAddress> servers;
  /// Read when `servers` is empty, and again when it changes. Without a nameserver line 127.0.0.1 is asked.
  std::string resolvConf = "/etc/resolv.conf";
  /// One question, everything included: waiting for a slot, alias hops, retries, other servers, TCP. Taken as 20 ms
  /// when shorter and as one hour when longer.
  std::chrono::milliseconds timeout{5000};
  /// How long one server may be silent before the question is sent once more, to the next server if there is
  /// one. Unset: a quarter of `timeout`.
  std::optional<std::chrono::milliseconds> retryAfter;
  /// c-ares channels for each server, each with a socket and a port of its own. Fewer than 8 lose answers in
  /// bursts: a socket's receive buffer holds only some hundred of them.
  std::size_t channels = 16;
  /// Questions in flight at once. What is beyond waits in the queue.
  std::size_t slots = 5120;
  /// Questions that may wait; beyond them a question ends at once as overload. Unset: four times `slots`.
  std::optional<std::size_t> queue;
  /// The share of the slots that the names below one domain may hold, in percent. Of the sockets below it is also
  /// what one message may hold.
  std::size_t parentPercent = 10;
  /// SERVFAIL, REFUSED, FORMERR and unreadable replies are taken to the next server too. A next server that
  /// does not validate would answer what the first found to be bogus: then say false.
  bool failoverOnError = true;
  /// Believe the AD bit of every server, not only of those on loopback (DESIGN.md decision 17).
  bool trustAd = false;
  RandomCase randomCase = RandomCase::Remote;
  /// A server that has been silent is asked for a sign of life this often.
  std::chrono::milliseconds probeEvery{2000};
  /// Names with unusual octets do not go through c-ares but through sockets of their own: at most so many at
  /// once.
  std::size_t directSockets = 128;
  /// Replies that do not fit into a datagram come over TCP: at most so many connections at once.
  std::size_t tcpSockets = 128;
};

struct Options {
  EngineOptions engine;
  TableOptions table;
};

}  // namespace alignd::dns
