#include "tests/support/fault_dns_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dns/data/ascii.h"

namespace alignd::test {

namespace {

constexpr std::size_t kMaxWaiting = 50'000;
constexpr std::size_t kMaxConnections = 512;
constexpr std::size_t kMaxQuery = 4096;
constexpr int kReceiveBuffer = 16 << 20;

Peer peerOf(const std::string& ip, std::uint16_t port) {
  Peer peer;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&peer.address);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&peer.address);
  if (inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    peer.length = sizeof(sockaddr_in);
  } else if (inet_pton(AF_INET6, ip.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    peer.length = sizeof(sockaddr_in6);
  } else {
    throw std::runtime_error("no IP address: " + ip);
  }
  return peer;
}

std::uint16_t portOf(const Peer& peer) {
  return ntohs(peer.address.ss_family == AF_INET
                   ? reinterpret_cast<const sockaddr_in&>(peer.address).sin_port
                   : reinterpret_cast<const sockaddr_in6&>(peer.address).sin6_port);
}

Fd makeSocket(int type, const Peer& peer) {
  Fd fd(::socket(peer.address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  // TCP only: a UDP port shared by two servers would give answers at random.
  if (fd && type == SOCK_STREAM) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&peer.address), peer.length) != 0) return {};
  return fd;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

FaultDnsServer::Loop::Loop(State& state, const std::string& ip, std::uint16_t port) : state_(state) {
  bool good = false;
  // A free TCP port may be taken for UDP: try others.
  for (int attempt = 0; attempt < (port == 0 ? 50 : 1) && !good; ++attempt) good = open(ip, port);
  if (!good) throw std::runtime_error("cannot listen at " + ip + " port " + std::to_string(port));
  wakeup_ = Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wakeup_) throw std::runtime_error("no eventfd");
  thread_ = std::thread([this] { run(); });
}

FaultDnsServer::Loop::~Loop() {
  stopping_ = true;
  wake();
  thread_.join();
}

bool FaultDnsServer::Loop::open(const std::string& ip, std::uint16_t port) {
  listener_ = makeSocket(SOCK_STREAM, peerOf(ip, port));
  if (!listener_ || ::listen(listener_.get(), 256) != 0) return false;
  Peer bound;
  if (::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&bound.address), &bound.length) != 0)
    return false;
  port_ = portOf(bound);
  udp_ = makeSocket(SOCK_DGRAM, peerOf(ip, port_));
  if (!udp_) return false;
  // Thousands of questions at once are asked on purpose; without the privilege the usual buffer has to do.
  if (::setsockopt(udp_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0) {
    ::setsockopt(udp_.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  }
  return true;
}

void FaultDnsServer::Loop::wake() const {
  const std::uint64_t one = 1;
  while (::write(wakeup_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void FaultDnsServer::Loop::run() {
  while (!stopping_) {
    pollOnce();
    takeReleased();
    const auto now = Clock::now();
    sendDue(now);
    for (auto at = connections_.begin(); at != connections_.end();) {
      const auto here = at++;
      if (!flush(here->second, now)) closeConnection(here);
    }
  }
}

FaultDnsServer::Loop::Clock::time_point FaultDnsServer::Loop::nextEvent() const {
  auto next = due_.empty() ? Clock::time_point::max() : due_.begin()->first;
  for (const auto& [id, connection] : connections_) {
    const bool slow = !connection.out.empty() && connection.octetDelay.count() > 0;
    if (slow) next = std::min(next, connection.nextOctet);
  }
  return next;
}

void FaultDnsServer::Loop::pollOnce() {
  std::vector<pollfd> fds{{wakeup_.get(), POLLIN, 0}, {udp_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
  std::vector<std::uint64_t> ids;
  for (const auto& [id, connection] : connections_) {
    int events = connection.peerDone ? 0 : POLLIN;
    if (!connection.out.empty() && connection.octetDelay.count() == 0) events |= POLLOUT;
    fds.push_back({connection.fd.get(), static_cast<short>(events), 0});
    ids.push_back(id);
  }
  timespec wait{};
  const auto next = nextEvent();
  if (next != Clock::time_point::max()) {
    const auto left = std::max(next - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    wait.tv_sec = seconds.count();
    wait.tv_nsec = std::chrono::nanoseconds(left - seconds).count();
  }
  if (::ppoll(fds.data(), fds.size(), next == Clock::time_point::max() ? nullptr : &wait, nullptr) <= 0)
    return;
  if (fds[0].revents != 0) {
    std::uint64_t count = 0;
    while (::read(wakeup_.get(), &count, sizeof count) > 0) {
    }
  }
  if (fds[1].revents != 0) readUdp();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (fds[i + 3].revents == 0) continue;
    const auto at = connections_.find(ids[i]);
    if (at != connections_.end()) readTcp(at->first, at->second);
  }
  if (fds[2].revents != 0) accept();
}

void FaultDnsServer::Loop::readUdp() {
  std::array<char, kMaxQuery> buffer{};
  for (int i = 0; i < 1000; ++i) {  // then see to the replies
    Peer peer;
    const auto got = ::recvfrom(udp_.get(), buffer.data(), buffer.size(), 0,
                                reinterpret_cast<sockaddr*>(&peer.address), &peer.length);
    if (got < 0) return;
    question({buffer.data(), static_cast<std::size_t>(got)}, Transport::Udp, peer, 0);
  }
}

void FaultDnsServer::Loop::accept() {
  while (true) {
    Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on,
                 sizeof on);  // octet by octet means segment by segment
    const bool room = connections_.size() < kMaxConnections;
    if (room) connections_[++lastConnection_].fd = std::move(fd);
    const std::lock_guard lock(state_.mutex);
    ++state_.acceptedTcp;
    if (room) ++state_.openTcp;
  }
}

void FaultDnsServer::Loop::readTcp(std::uint64_t id, Connection& connection) {
  std::array<char, kMaxQuery> buffer{};
  const auto got = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
    connection.peerDone = true;
    return;
  }
  if (got > 0) connection.in.append(buffer.data(), static_cast<std::size_t>(got));
  Peer peer;
  ::getpeername(connection.fd.get(), reinterpret_cast<sockaddr*>(&peer.address), &peer.length);
  while (connection.in.size() >= 2) {  // RFC 1035 section 4.2.2
    const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(connection.in[0])) << 8 |
                               static_cast<unsigned char>(connection.in[1]);
    if (length > kMaxQuery) connection.peerDone = true;
    if (length > kMaxQuery || connection.in.size() < length + 2) return;
    const std::string message = connection.in.substr(2, length);
    connection.in.erase(0, length + 2);
    question(message, Transport::Tcp, peer, id);
  }
}

void FaultDnsServer::Loop::question(std::string_view message, Transport transport, const Peer& peer,
                                    std::uint64_t connection) {
  auto query = readQuery(message);
  if (!query) {
    const std::lock_guard lock(state_.mutex);
    ++state_.unreadable;
    return;
  }
  Reply reply;
  reply.transport = transport;
  reply.peer = peer;
  reply.connection = connection;
  take(*query, std::move(reply), portOf(peer));
}

void FaultDnsServer::Loop::take(const Query& query, Reply reply, std::uint16_t sourcePort) {
  std::shared_ptr<const dns::Zone> zone;
  std::chrono::milliseconds latency{0};
  {
    const std::lock_guard lock(state_.mutex);
    reply.behavior = state_.behaviorFor(ascii::toLower(query.name()), query.type);
    reply.round = state_.finishedRound + 1;
    zone = state_.zone;
    latency = state_.latency;
    Seen seen{.name = query.name(), .question = {}, .type = query.type, .transport = reply.transport};
    seen.question = {dns::Name::parse(seen.name).value_or(dns::Name()), static_cast<dns::Type>(query.type)};
    seen.id = query.id;
    seen.sourcePort = sourcePort;
    seen.edns = query.edns;
    seen.udpPayload = query.udpPayload;
    seen.authenticData = (query.flags & kFlagAd) != 0;
    seen.dnssecOk = query.dnssecOk;
    seen.recursionDesired = (query.flags & kFlagRd) != 0;
    seen.round = reply.round;
    state_.remember(std::move(seen));
  }
  const bool spared = (reply.behavior.onlyWithEdns && !query.edns) ||
                      (reply.behavior.only && *reply.behavior.only != reply.transport);
  if (spared) reply.behavior = honest(reply.behavior);
  if (reply.behavior.drop) return;
  auto first = makeReply(query, *zone, reply.behavior, reply.transport, random_);
  if (!first) return;
  reply.messages.push_back(std::move(*first));
  if (reply.behavior.thenRight && isWrong(reply.behavior)) {
    auto right = makeReply(query, *zone, honest(reply.behavior), reply.transport, random_);
    if (right) reply.messages.push_back(std::move(*right));
  }
  const std::lock_guard lock(state_.mutex);
  if (state_.waiting >= kMaxWaiting) return;
  state_.maxWaiting = std::max(state_.maxWaiting, ++state_.waiting);
  if (state_.holding) {
    state_.held.push_back(std::move(reply));
  } else {
    due_.emplace(Clock::now() + latency + reply.behavior.delay, std::move(reply));
  }
}

void FaultDnsServer::Loop::takeReleased() {
  std::vector<Reply> released;
  {
    const std::lock_guard lock(state_.mutex);
    released.swap(state_.released);
  }
  for (auto& reply : released) send(reply);
}

void FaultDnsServer::Loop::sendDue(Clock::time_point now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    Reply reply = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    send(reply);
  }
}

void FaultDnsServer::Loop::send(const Reply& reply) {
  {
    // Before the octets leave: what is asked because of them belongs to a later round.
    const std::lock_guard lock(state_.mutex);
    if (state_.waiting > 0) --state_.waiting;
    state_.finishedRound = std::max(state_.finishedRound, reply.round);
  }
  if (reply.transport == Transport::Udp) {
    sendUdp(reply);
  } else {
    queueTcp(reply);
  }
}

void FaultDnsServer::Loop::sendUdp(const Reply& reply) const {
  Fd other;
  bool first = true;
  for (const auto& message : reply.messages) {
    int from = udp_.get();
    if (first && reply.behavior.otherPort) {
      Peer self;
      ::getsockname(from, reinterpret_cast<sockaddr*>(&self.address), &self.length);
      reinterpret_cast<sockaddr_in&>(self.address).sin_port = 0;  // the same place in sockaddr_in6
      other = makeSocket(SOCK_DGRAM, self);
      if (other) from = other.get();
    }
    first = false;
    ::sendto(from, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&reply.peer.address),
             reply.peer.length);
  }
}

void FaultDnsServer::Loop::queueTcp(const Reply& reply) {
  const auto at = connections_.find(reply.connection);
  if (at == connections_.end() || at->second.end != TcpEnd::KeepOpen) return;
  Connection& connection = at->second;
  std::string bytes;
  for (const auto& message : reply.messages) {
    bytes += static_cast<char>(message.size() >> 8);
    bytes += static_cast<char>(message.size() & 0xff);
    bytes += message;
  }
  if (bytes.size() > reply.behavior.tcpOctets) bytes.resize(reply.behavior.tcpOctets);
  connection.out += bytes;
  connection.octetDelay = reply.behavior.tcpOctetDelay;
  connection.end = reply.behavior.tcpEnd;
}

// Sends what may be sent now. False when the connection is at its end.
bool FaultDnsServer::Loop::flush(Connection& connection, Clock::time_point now) const {
  while (!connection.out.empty()) {
    const bool slow = connection.octetDelay.count() > 0;
    if (slow && connection.nextOctet > now) break;
    const auto sent =
        ::send(connection.fd.get(), connection.out.data(), slow ? 1 : connection.out.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EINTR) break;
      return false;
    }
    connection.out.erase(0, static_cast<std::size_t>(sent));
    connection.nextOctet = now + connection.octetDelay;
  }
  return !connection.out.empty() || finish(connection);
}

// Everything is sent: ends the connection as its last reply wants it. False when it is to be closed.
bool FaultDnsServer::Loop::finish(Connection& connection) const {
  switch (connection.end) {
    case TcpEnd::KeepOpen: break;
    case TcpEnd::Close: return false;
    case TcpEnd::HalfClose:
      if (!std::exchange(connection.finSent, true)) ::shutdown(connection.fd.get(), SHUT_WR);
      break;
    case TcpEnd::Reset: {
      const linger abrupt{1, 0};
      ::setsockopt(connection.fd.get(), SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
      return false;
    }
  }
  return !connection.peerDone;
}

void FaultDnsServer::Loop::closeConnection(Connections::iterator at) {
  connections_.erase(at);
  const std::lock_guard lock(state_.mutex);
  if (state_.openTcp > 0) --state_.openTcp;
}

}  // namespace alignd::test
