// Sockets of our own, one for each packet: TCP for everybody, UDP for the names that c-ares does not take.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "dns/data/server_address.h"
#include "dns/data/time.h"
#include "dns/engine/poller.h"
#include "dns/engine/transport.h"

namespace alignd::dns {

/// DNS thread. A fresh socket each time is a fresh random port each time, and one slow TCP server holds up
/// nobody. How many there may be is the caller's business (FairQueue).
class DirectClient final : public Pollable {
 public:
  DirectClient(Poller& poller, Completions& completions);
  ~DirectClient() override;

  enum class Protocol : std::uint8_t { Udp, Tcp };

  /// The completion comes later, or has been put down already when this returns.
  void send(const ServerAddress& server, Protocol protocol, const QueryPacket& packet, ExchangeId exchange,
            Time expires);
  /// Over UDP: the same packet once more, from the same socket.
  void resend(ExchangeId exchange);
  /// Octets of a reply have come over TCP since the last call.
  bool arriving(ExchangeId exchange);
  /// Forgets it and closes its socket; no completion.
  void cancel(ExchangeId exchange);
  /// Ends what has expired.
  void tick(Time now);
  std::size_t inFlight() const { return exchanges_.size(); }

  void ready(int fd, bool readable, bool writable) override;

 private:
  struct Exchange {
    int fd = -1;
    ExchangeId id = 0;
    Protocol protocol = Protocol::Udp;
    Time expires{};
    QueryPacket packet;
    std::vector<std::uint8_t> out;  // TCP: what is still to be written
    std::vector<std::uint8_t> in;   // TCP: what has been read, the length included
    bool arriving = false;
  };
  using Exchanges = std::map<ExchangeId, std::unique_ptr<Exchange>>;

  bool open(const ServerAddress& server, Exchange& exchange);
  void readDatagrams(Exchange& exchange);
  void writeStream(Exchange& exchange);
  void readStream(Exchange& exchange);
  void finish(Exchange& exchange, Outcome outcome, Octets reply = {});
  void obstructed(Exchange& exchange, Obstacle obstacle);
  void close(Exchange& exchange);

  Poller& poller_;
  Completions& completions_;
  Exchanges exchanges_;
  std::map<int, Exchange*> byFd_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace alignd::dns
