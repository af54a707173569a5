#include "dns/engine/direct_client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace alignd::dns {

namespace {

constexpr std::size_t kLargestMessage = 65535;
constexpr int kDatagramsPerTurn = 16;  // of one socket: a flood of forged ones must not hold the thread

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress socketAddress(const ServerAddress& server) {
  SocketAddress out;
  if (server.address.isV4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(server.port);
    std::memcpy(&in.sin_addr, server.address.octets().data(), 4);
    std::memcpy(&out.storage, &in, sizeof(in));
    out.size = sizeof(in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(server.port);
    std::memcpy(&in.sin6_addr, server.address.octets().data(), 16);
    std::memcpy(&out.storage, &in, sizeof(in));
    out.size = sizeof(in);
  }
  return out;
}

bool wouldBlock() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// The reply's own question, octet for octet: c-ares does the same, without regard to case.
bool answers(Octets query, Octets reply) {
  const auto mine = readHeader(query);
  const auto theirs = readHeader(reply);
  return mine && theirs && theirs->response && mine->id == theirs->id && sameQuestion(query, reply);
}

}  // namespace

std::string_view obstacleText(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::Refused: return "refused the connection";
    case Obstacle::Closed: return "closed the connection";
    case Obstacle::NoRoute: return "cannot be reached";
    case Obstacle::NoSocket: return "cannot be asked: no socket is left";
  }
  return "cannot be reached";
}

Obstacle obstacleOf(int error) {
  switch (error) {
    case ECONNREFUSED: return Obstacle::Refused;
    case ECONNRESET:
    case EPIPE: return Obstacle::Closed;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return Obstacle::NoSocket;
    default: return Obstacle::NoRoute;
  }
}

DirectClient::DirectClient(Poller& poller, Completions& completions)
    : poller_(poller), completions_(completions), buffer_(kLargestMessage) {}

DirectClient::~DirectClient() {
  for (auto& [id, exchange] : exchanges_) close(*exchange);
}

bool DirectClient::open(const ServerAddress& server, Exchange& exchange) {
  const SocketAddress address = socketAddress(server);
  const int type = exchange.protocol == Protocol::Tcp ? SOCK_STREAM : SOCK_DGRAM;
  exchange.fd = socket(address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (exchange.fd < 0) return false;
  const int connected =
      connect(exchange.fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size);
  return connected == 0 || errno == EINPROGRESS;
}

void DirectClient::send(const ServerAddress& server, Protocol protocol, const QueryPacket& packet,
                        ExchangeId exchange, Time expires) {
  auto made = std::make_unique<Exchange>();
  Exchange& mine = *made;
  mine.id = exchange;
  mine.protocol = protocol;
  mine.expires = expires;
  mine.packet = packet;
  exchanges_[exchange] = std::move(made);
  if (!open(server, mine)) return obstructed(mine, obstacleOf(errno));
  byFd_[mine.fd] = &mine;
  const Octets octets = packet.octets();
  if (protocol == Protocol::Udp) {
    if (::send(mine.fd, octets.data(), octets.size(), MSG_NOSIGNAL) < 0 && !wouldBlock()) {
      return obstructed(mine, obstacleOf(errno));
    }
    if (!poller_.watch(mine.fd, this, true, false)) return obstructed(mine, Obstacle::NoSocket);
  } else {  // RFC 1035 section 4.2.2: a length of two octets comes first
    mine.out = {static_cast<std::uint8_t>(octets.size() >> 8U),
                static_cast<std::uint8_t>(octets.size() & 0xFFU)};
    mine.out.insert(mine.out.end(), octets.begin(), octets.end());
    if (!poller_.watch(mine.fd, this, true, true)) return obstructed(mine, Obstacle::NoSocket);
  }
}

void DirectClient::ready(int fd, bool readable, bool writable) {
  const auto found = byFd_.find(fd);
  if (found == byFd_.end()) return;
  Exchange& exchange = *found->second;
  if (exchange.protocol == Protocol::Udp) return readDatagrams(exchange);
  if (writable && !exchange.out.empty()) {
    writeStream(exchange);
    if (!byFd_.contains(fd)) return;
  }
  if (readable) readStream(exchange);
}

void DirectClient::readDatagrams(Exchange& exchange) {
  for (int i = 0; i < kDatagramsPerTurn; ++i) {
    const auto got = recv(exchange.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0) {
      if (!wouldBlock()) obstructed(exchange, obstacleOf(errno));
      return;
    }
    const Octets reply(buffer_.data(), static_cast<std::size_t>(got));
    if (answers(exchange.packet.octets(), reply)) return finish(exchange, Outcome::Reply, reply);
  }
}

void DirectClient::writeStream(Exchange& exchange) {
  const auto put = ::send(exchange.fd, exchange.out.data(), exchange.out.size(), MSG_NOSIGNAL);
  if (put < 0) {
    if (!wouldBlock()) obstructed(exchange, obstacleOf(errno));
    return;
  }
  exchange.out.erase(exchange.out.begin(), exchange.out.begin() + put);
  if (exchange.out.empty()) (void)poller_.watch(exchange.fd, this, true, false);
}

void DirectClient::readStream(Exchange& exchange) {
  const auto got = recv(exchange.fd, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && wouldBlock()) return;
  if (got <= 0) return obstructed(exchange, got == 0 ? Obstacle::Closed : obstacleOf(errno));
  exchange.arriving = true;
  auto& in = exchange.in;
  const std::size_t room = kLargestMessage + 2 - in.size();
  in.insert(in.end(), buffer_.begin(),
            buffer_.begin() + static_cast<std::ptrdiff_t>(std::min(static_cast<std::size_t>(got), room)));
  if (in.size() < 2) return;
  const std::size_t size = static_cast<std::size_t>(in[0]) << 8U | in[1];
  if (in.size() - 2 < size) return;
  const Octets reply = Octets(in).subspan(2, size);
  const bool good = answers(exchange.packet.octets(), reply);
  finish(exchange, good ? Outcome::Reply : Outcome::Unreadable, good ? reply : Octets{});
}

void DirectClient::finish(Exchange& exchange, Outcome outcome, Octets reply) {
  completions_.push_back({exchange.id, outcome, {reply.begin(), reply.end()}});
  close(exchange);
  exchanges_.erase(exchange.id);
}

void DirectClient::obstructed(Exchange& exchange, Obstacle obstacle) {
  finish(exchange, Outcome::Unreachable);
  completions_.back().obstacle = obstacle;
}

void DirectClient::resend(ExchangeId exchange) {
  const auto found = exchanges_.find(exchange);
  if (found == exchanges_.end()) return;
  const Octets octets = found->second->packet.octets();
  // What goes wrong here is seen when the socket is read.
  [[maybe_unused]] const auto sent = ::send(found->second->fd, octets.data(), octets.size(), MSG_NOSIGNAL);
}

bool DirectClient::arriving(ExchangeId exchange) {
  const auto found = exchanges_.find(exchange);
  return found != exchanges_.end() && std::exchange(found->second->arriving, false);
}

void DirectClient::close(Exchange& exchange) {
  if (exchange.fd < 0) return;
  poller_.forget(exchange.fd);
  byFd_.erase(exchange.fd);
  ::close(std::exchange(exchange.fd, -1));
}

void DirectClient::cancel(ExchangeId exchange) {
  const auto found = exchanges_.find(exchange);
  if (found == exchanges_.end()) return;
  close(*found->second);
  exchanges_.erase(found);
}

void DirectClient::tick(Time now) {
  std::vector<Exchange*> expired;
  for (auto& [id, exchange] : exchanges_) {
    if (exchange->expires <= now) expired.push_back(exchange.get());
  }
  for (Exchange* exchange : expired) finish(*exchange, Outcome::Silence);
}

}  // namespace alignd::dns
