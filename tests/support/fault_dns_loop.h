// The inside of FaultDnsServer: what its thread and its callers share, and the thread itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <poll.h>
#include <sys/socket.h>

#include "tests/support/dns_message.h"
#include "tests/support/fault_dns_reply.h"
#include "tests/support/fault_dns_server.h"

namespace alignd::test {

/// A file descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// The Behaviors of one rule and how far they are used.
struct Script {
  std::vector<Behavior> steps;
  std::size_t used = 0;
  const Behavior& next();
};

struct Peer {
  sockaddr_storage address{};
  socklen_t length = sizeof(sockaddr_storage);
};

/// A reply on its way.
struct Reply {
  std::vector<std::string> messages;  // sent one after the other
  Behavior behavior;
  Transport transport = Transport::Udp;
  Peer peer;                     // UDP
  std::uint64_t connection = 0;  // TCP
  std::size_t round = 1;
};

struct FaultDnsServer::State {
  mutable std::mutex mutex;
  mutable std::condition_variable arrived;
  std::shared_ptr<const dns::Zone> zone;
  std::map<std::pair<std::string, std::optional<std::uint16_t>>, Script> rules;
  std::map<std::string, Behavior> below;
  Behavior byDefault;
  std::chrono::milliseconds latency{0};
  bool holding = false;
  std::vector<Reply> held;
  std::vector<Reply> released;  // for the thread to send

  std::vector<Seen> seen;
  std::size_t total = 0;
  std::size_t unreadable = 0;
  std::size_t waiting = 0;
  std::size_t maxWaiting = 0;
  std::size_t acceptedTcp = 0;
  std::size_t openTcp = 0;
  std::size_t highestRound = 0;
  std::size_t finishedRound = 0;  // of all replies sent

  // Both with the lock held.
  Behavior behaviorFor(const std::string& name, std::uint16_t type);
  void remember(Seen one);
  template <class Match>
  std::size_t countIf(Match match) const;  // takes the lock
};

class FaultDnsServer::Loop {
 public:
  using Clock = std::chrono::steady_clock;

  Loop(State& state, const std::string& ip, std::uint16_t port);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();
  std::uint16_t port() const { return port_; }
  void wake() const;

 private:
  struct Connection {
    Fd fd;
    std::string in;
    std::string out;
    std::chrono::microseconds octetDelay{0};
    Clock::time_point nextOctet{};
    TcpEnd end = TcpEnd::KeepOpen;
    bool finSent = false;
    bool peerDone = false;  // the client has closed its side
  };
  using Connections = std::map<std::uint64_t, Connection>;

  bool open(const std::string& ip, std::uint16_t port);
  void run();
  void pollOnce();
  Clock::time_point nextEvent() const;
  void readUdp();
  void accept();
  void readTcp(std::uint64_t id, Connection& connection);
  void question(std::string_view message, Transport transport, const Peer& peer, std::uint64_t connection);
  void take(const Query& query, Reply reply, std::uint16_t sourcePort);
  void takeReleased();
  void sendDue(Clock::time_point now);
  void send(const Reply& reply);
  void sendUdp(const Reply& reply) const;
  void queueTcp(const Reply& reply);
  bool flush(Connection& connection, Clock::time_point now) const;
  bool finish(Connection& connection) const;
  void closeConnection(Connections::iterator at);

  State& state_;
  Fd udp_;
  Fd listener_;
  Fd wakeup_;
  std::uint16_t port_ = 0;
  Connections connections_;
  std::uint64_t lastConnection_ = 0;
  std::multimap<Clock::time_point, Reply> due_;
  std::mt19937 random_{4711};  // the same garbage every time  NOLINT(bugprone-random-generator-seed)
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace alignd::test
