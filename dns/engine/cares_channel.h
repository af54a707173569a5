// One c-ares channel: one UDP socket to one server. The only file pair that includes ares.h.
#pragma once

#include <chrono>
#include <cstddef>

#include "dns/data/server_address.h"
#include "dns/engine/poller.h"
#include "dns/engine/transport.h"

struct ares_channeldata;

namespace alignd::dns {

/// Packets are ours, octet for octet (ares_send), and so are truncation, EDNS fallback, retries, other
/// servers and deadlines: c-ares keeps the sockets, matches ids, questions and addresses, and gives up after
/// `life`. That makes 1.18.1 and 1.34 behave alike.
class CaresChannel final : public Pollable {
 public:
  /// Throws std::runtime_error when c-ares cannot be set up.
  CaresChannel(const ServerAddress& server, std::chrono::milliseconds life, Poller& poller,
               Completions& completions);
  /// What is in flight is forgotten. Never from within a callback.
  ~CaresChannel() override;

  /// c-ares 1.34 refuses names with other octets than letters, digits, hyphen, underscore, asterisk and
  /// slash; both versions keep names below .onion to themselves in some of their calls (RFC 7686). Such names
  /// go another way on both versions.
  static bool takes(const Name& name);

  /// The completion comes later, or has been put down already when this returns.
  void send(Octets packet, ExchangeId exchange);
  void ready(int fd, bool readable, bool writable) override;
  /// Ends what has lived too long. Cheap; every 20 to 50 ms while anything is in flight.
  void tick();
  /// 1.18.1 turns EDNS off for a whole channel, for good, when one reply is FORMERR without an OPT record,
  /// and cuts all replies to 512 octets from then on. Such a channel is to be replaced.
  bool ednsLost() const;
  /// There was no memory to watch its socket, which stays open: it hears nothing for good, and is to be replaced.
  bool deaf() const { return deaf_; }
  std::size_t inFlight() const { return inFlight_; }

 private:
  struct Sent;
  void finish(const Sent& sent, int status, const unsigned char* reply, int size);

  Poller& poller_;
  Completions& completions_;
  ares_channeldata* channel_ = nullptr;
  std::size_t inFlight_ = 0;
  bool closing_ = false;
  bool deaf_ = false;
};

}  // namespace alignd::dns
