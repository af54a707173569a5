// A DNS server inside the test program, on loopback, UDP and TCP, that answers from a dns::Zone as a
// recursive resolver would, and misbehaves on request. It has its own wire code (dns_message.h) and shares
// nothing with what it tests.
//
//   FaultDnsServer server;                                   // 127.0.0.1, a free port, running
//   server.edit([](dns::Zone& zone) { zone.add(*dns::Name::parse("k.example"), dns::Type::TXT, {300, "p=1"});
//   }); server.behave("k.example", dns::Type::TXT, {Behavior{.drop = true}, Behavior{}});   // the first one
//   is lost
//   ... ask server.address() ...
//   EXPECT_EQ(server.count("k.example", dns::Type::TXT), 2U);
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/zone/zone.h"

namespace alignd::test {

enum class Transport : std::uint8_t { Udp, Tcp };

/// What is wrong with the octets of a reply.
enum class Damage : std::uint8_t {
  None,
  Garbage,           // the id, then random octets
  Empty,             // a datagram (or TCP message) of no octets
  HeaderOnly,        // twelve octets: no question section, QDCOUNT 0
  Cut,               // the message ends in the middle of its last record
  CompressionLoop,   // an answer whose owner is a pointer to itself
  PointerLoop,       // an answer whose owner is two pointers that point at each other
  PointerBeyondEnd,  // an answer whose owner points behind the message
  CountTooHigh,      // ANCOUNT says 1000 more than there are
  RdlengthTooLong,   // RDLENGTH of the last answer reaches behind the message
  EmptyTxt,          // one answer of the type asked with RDLENGTH 0
  BadStringLength,   // one TXT answer whose character-string claims more octets than the record has
  NotAReply,         // QR bit clear
};

/// How a TCP connection goes on after a reply.
enum class TcpEnd : std::uint8_t {
  KeepOpen,
  HalfClose,  // FIN from our side; we go on reading until the client closes
  Close,
  Reset,  // RST
};

/// What happens to one question. A default Behavior is an honest answer. The members combine.
struct Behavior {
  std::chrono::milliseconds delay{0};  // before the reply, on top of the server's latency
  bool drop = false;                   // no reply at all (over TCP the connection stays open)
  std::optional<int> rcode{};       // this one (low four bits), without any record: 2 SERVFAIL, 5 REFUSED ...
  bool onlyWithEdns = false;        // the whole Behavior holds for questions with an OPT record, others are
                                    // answered honestly: a server that knows no EDNS (RFC 6891 section 7)
  std::optional<Transport> only{};  // the whole Behavior holds for this transport, the other one is honest
  bool withoutOpt = false;          // no OPT in the reply although the question had one
  bool truncate = false;            // over UDP: TC set and no records
  bool partial = false;             // over TCP: TC set, the last answer record left out
  bool oversized = false;           // over UDP: the whole answer whatever its size, TC clear
  bool wrongId = false;
  bool wrongQuestion = false;      // the question section says wrong.invalid
  bool otherPort = false;          // over UDP: sent from a port that was not asked
  bool thenRight = false;          // after a reply made wrong by any of the above or `damage`, the honest one
  bool foreignOwners = false;      // records of other owners among the answers: same type, and a CNAME
  bool reverse = false;            // answer records in reverse order: data before the CNAME that leads to it
  bool bareCname = false;          // the first CNAME of the chain and nothing else
  bool authenticated = false;      // AD set, if the question had AD or DO set (RFC 6840 section 5.8)
  bool soa = true;                 // negative answers carry an SOA record (RFC 2308 section 3) ...
  std::uint32_t soaTtl = 300;      // ... with this TTL ...
  std::uint32_t soaMinimum = 300;  // ... and this MINIMUM, in seconds
  std::optional<std::uint32_t> ttl{};  // of all answer records, instead of the zone's
  std::size_t stringLength = 255;      // TXT is cut into character-strings of this many octets, 1 to 255
  Damage damage = Damage::None;
  std::optional<std::string> raw{};  // this instead of a reply; its first two octets become the question's id
  std::chrono::microseconds tcpOctetDelay{0};  // over TCP: octet by octet, with this pause
  std::size_t tcpOctets = ~std::size_t{0};  // over TCP: only so many octets, the length prefix included ...
  TcpEnd tcpEnd = TcpEnd::KeepOpen;         // ... and then this
};

/// A question that arrived.
struct Seen {
  std::string name;        // exact octets and case, dots between labels
  dns::Question question;  // the same in lower case; the root when it cannot be a dns::Name
  std::uint16_t type = 0;  // also when dns::Type has no name for it
  Transport transport = Transport::Udp;
  std::uint16_t id = 0;
  std::uint16_t sourcePort = 0;
  bool edns = false;
  std::uint16_t udpPayload = 512;
  bool authenticData = false;     // AD bit: the asker understands it
  bool dnssecOk = false;          // DO bit
  bool recursionDesired = false;  // RD bit
  // 1 + the largest round of all replies that had been sent before: how many round trips after another lead
  // here. Meaningful when every answer is delayed (latency) by more than the askers' own computing takes.
  std::size_t round = 1;
};

/// All functions may be called from any thread while it runs, except construction, destruction, stop and
/// start, which belong to one thread. Bounds: 100,000 questions are remembered (more are answered and counted
/// in total() only), 50,000 replies wait (more are dropped), 512 TCP connections are open (more are closed at
/// once).
class FaultDnsServer {
 public:
  /// Listens at `ip` ("127.0.0.1", "127.0.0.5", "::1") on `port`; 0 takes a free one, the same for UDP and
  /// TCP. Throws std::runtime_error when that is impossible.
  explicit FaultDnsServer(const std::string& ip = "127.0.0.1", std::uint16_t port = 0);
  FaultDnsServer(const FaultDnsServer&) = delete;
  FaultDnsServer& operator=(const FaultDnsServer&) = delete;
  ~FaultDnsServer();

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:5353", "[::1]:5353": as `[dns] servers` wants it.
  std::string address() const;

  /// Closes all sockets: UDP questions meet ICMP port unreachable, TCP is refused. Waiting replies are
  /// forgotten.
  void stop();
  /// Opens them again on the same port.
  void start();

  /// What honest answers come from. The zone's own failures: Timeout is silence, ServerFailure and Refused
  /// are their rcodes, Malformed is garbage. A loop or an over-long chain is sent as the records it consists
  /// of, NOERROR.
  void setZone(std::shared_ptr<const dns::Zone> zone);
  /// Changes a copy of the zone and takes it over.
  void edit(const std::function<void(dns::Zone&)>& change);

  /// What happens to questions for `name` (without case; raw octets, so also names that dns::Name refuses):
  /// of `type`, or of every type without one. The first question gets the first Behavior, and so on; the last
  /// one stays. An empty list takes the rule back. The most special rule holds: name and type, name,
  /// behaveBelow (the longest), default.
  void behave(const std::string& name, std::optional<dns::Type> type, std::vector<Behavior> script);
  /// The same for every question below `ancestor` and for itself.
  void behaveBelow(const std::string& ancestor, Behavior behavior);
  void behaveByDefault(Behavior behavior);
  void forgetBehaviors();
  /// `n` questions unanswered, `then` for those that follow.
  static std::vector<Behavior> dropFirst(std::size_t n, const Behavior& then = {});

  /// Every reply is delayed by this.
  void setLatency(std::chrono::milliseconds latency);

  /// Keeps all replies back until release(): a test decides when a round trip ends.
  void hold();
  /// Sends what is held and goes on holding; gives how many replies that were.
  std::size_t release();
  /// Ends holding; sends what is held.
  void unhold();

  // Counters. Every question that can be read counts, answered or not.
  std::size_t total() const;
  std::size_t unreadable() const;
  std::size_t count(std::string_view name) const;
  std::size_t count(std::string_view name, dns::Type type) const;
  std::size_t count(std::string_view name, dns::Type type, Transport transport) const;
  /// All questions in order of arrival.
  std::vector<Seen> questions() const;
  /// The largest round of all questions: see Seen::round.
  std::size_t rounds() const;
  /// The most questions that were waiting for their reply at one time; dropped ones do not wait.
  std::size_t maxConcurrent() const;
  /// Replies that are delayed or held now.
  std::size_t waiting() const;
  std::size_t tcpConnections() const;      // accepted so far
  std::size_t openTcpConnections() const;  // now
  void clearCounters();
  /// Waits until `n` questions have come in all, for at most `patience`. True when they have.
  bool waitForQuestions(std::size_t n, std::chrono::milliseconds patience = std::chrono::seconds(10)) const;

 private:
  struct State;  // shared with the thread, under one lock
  class Loop;    // the thread's own: sockets, connections, waiting replies
  std::string ip_;
  std::uint16_t port_ = 0;
  std::unique_ptr<State> state_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace alignd::test
