#include "milter/log_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/time.h>
#include <unistd.h>

namespace alignd::milter {

namespace {

bool isThere(const sockaddr_un& address) noexcept {
  const int probe = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool there = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  const int reason = errno;
  ::close(probe);
  errno = reason;
  return there;
}

}  // namespace

LogSocket::LogSocket(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, path.data(), std::min(path.size(), sizeof(address_.sun_path) - 1));
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(Patience::kFull);
  const timeval wait{.tv_sec = whole.count(), .tv_usec = 0};
  if (socket_ >= 0 && ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
      isThere(address_)) {
    return;
  }
  const int reason = errno;
  if (socket_ >= 0) ::close(socket_);
  throw std::system_error(reason, std::generic_category(), path);
}

LogSocket::~LogSocket() {
  ::close(socket_);
}

bool LogSocket::send(msghdr message) noexcept {
  message.msg_name = &address_;
  message.msg_namelen = sizeof(address_);
  const bool sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL | (patience_.lost() ? MSG_DONTWAIT : 0)) >= 0;
  // A datagram that is too large says nothing of the reader.
  if (sent || errno == EAGAIN) patience_.learn(sent);
  return sent;
}

}  // namespace alignd::milter
