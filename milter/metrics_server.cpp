#include "milter/metrics_server.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/data/ascii.h"
#include "milter/listening_socket.h"

namespace alignd::milter {

namespace {

constexpr std::size_t kMaxHead = 8192;
constexpr std::chrono::seconds kPatience{2};  // for a whole request, and again for the reply

int millisecondsUntil(std::chrono::steady_clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(left);
}

// The head of a request; what came so far when the client is slow, or says too much.
std::string readHead(int connection) {
  std::string head;
  std::array<char, 2048> buffer{};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (head.size() < kMaxHead && head.find("\r\n\r\n") == std::string::npos &&
         head.find("\n\n") == std::string::npos) {
    pollfd ready{connection, POLLIN, 0};
    if (::poll(&ready, 1, millisecondsUntil(end)) <= 0) break;
    const auto got = ::recv(connection, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) break;
    head.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return head;
}

void sendAll(int connection, std::string_view reply) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!reply.empty()) {
    pollfd ready{connection, POLLOUT, 0};
    if (::poll(&ready, 1, millisecondsUntil(end)) <= 0) return;
    const auto sent = ::send(connection, reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) return;
    reply.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string reply(std::string_view status, std::string_view type, const std::string& body, bool headOnly) {
  return ascii::cat({"HTTP/1.0 ", status, "\r\nContent-Type: ", type, "\r\nContent-Length: ",
                     std::to_string(body.size()), "\r\nConnection: close\r\n\r\n", headOnly ? "" : body});
}

}  // namespace

std::string httpReply(std::string_view head, const std::function<std::string()>& text) {
  constexpr std::string_view kPlain = "text/plain; charset=utf-8";
  const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
  const auto blank = line.find(' ');
  const std::string_view method = line.substr(0, blank);
  std::string_view target = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
  target = target.substr(0, target.find(' '));
  target = target.substr(0, target.find('?'));
  if (target.empty()) return reply("400 Bad Request", kPlain, "bad request\n", false);
  const bool headOnly = method == "HEAD";
  if (method != "GET" && !headOnly) return reply("405 Method Not Allowed", kPlain, "GET only\n", false);
  if (target != "/metrics" && target != "/")
    return reply("404 Not Found", kPlain, "see /metrics\n", headOnly);
  return reply("200 OK", "text/plain; version=0.0.4; charset=utf-8", text(), headOnly);
}

MetricsServer::MetricsServer(conf::SocketAddress where, std::function<std::string()> text)
    : where_(std::move(where)), text_(std::move(text)) {
  if (const std::string error = makeRoom(where_); !error.empty()) {
    throw std::system_error(EADDRINUSE, std::generic_category(), "metrics: " + error);
  }
  listener_ = listenAt(where_);
  if (listener_ < 0) throw std::system_error(errno, std::generic_category(), "metrics");
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  if (stop_ < 0) {
    const int reason = errno;
    ::close(listener_);
    throw std::system_error(reason, std::generic_category(), "metrics");
  }
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {  // no destructor is called for what is half made
    ::close(listener_);
    ::close(stop_);
    removeSocket(where_);
    throw;
  }
}

MetricsServer::~MetricsServer() {
  const std::uint64_t one = 1;
  if (::write(stop_, &one, sizeof(one)) == sizeof(one) && thread_.joinable()) thread_.join();
  ::close(listener_);
  ::close(stop_);
  removeSocket(where_);
}

void MetricsServer::run() noexcept {
  for (;;) {
    std::array<pollfd, 2> ready{pollfd{listener_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    if (ready[0].revents == 0) continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) {
      // Out of descriptors or memory: the connection stays pending, and poll would spin on it.
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    try {
      serve(connection);
    } catch (...) {  // out of memory: no numbers this time
    }
    ::close(connection);
  }
}

void MetricsServer::serve(int connection) const {
  sendAll(connection, httpReply(readHead(connection), text_));
}

}  // namespace alignd::milter
