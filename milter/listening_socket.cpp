#include "milter/listening_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/kick.h"

namespace alignd::milter {

namespace {

std::string failure(const std::string& path, int reason) {
  return path + ": " + std::strerror(reason);
}

// True when a connection is accepted, or might be.
bool somebodyListens(const conf::SocketAddress& where) {
  sockaddr_storage address{};
  const socklen_t length = fillAddress(where, address);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return true;
  const bool refused =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), length) != 0 && errno == ECONNREFUSED;
  ::close(socket);
  return !refused;
}

std::string groupNumber(const std::string& name, gid_t& out) {
  std::vector<char> buffer(16384);
  group entry{};
  group* found = nullptr;
  const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (error != 0) return "group " + name + ": " + std::strerror(error);
  if (found == nullptr) return "group " + name + " does not exist";
  out = entry.gr_gid;
  return {};
}

// Empty when the folder of `path` is there.
std::string missingFolder(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  struct stat status{};
  if (::stat(folder.c_str(), &status) == 0) return {};
  const int reason = errno;
  if (reason != ENOENT) return failure(folder, reason);
  return folder +
         " does not exist: systemd-tmpfiles --create alignd.conf makes that of a socket for Postfix, "
         "[milter] socket names another place";
}

bool listens(int descriptor) {
  int listening = 0;
  socklen_t length = sizeof(listening);
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

// Where neither fillAddress() nor the kernel sets anything, both are zero; the kernel counts a path's length in its own way.
bool isAt(int descriptor, const sockaddr_storage& address) {
  sockaddr_storage own{};
  socklen_t length = sizeof(own);
  return ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &length) == 0 &&
         std::memcmp(&own, &address, sizeof(own)) == 0;
}

}  // namespace

std::string makeRoom(const conf::SocketAddress& where) {
  const auto* unixSocket = std::get_if<conf::UnixSocket>(&where);
  if (unixSocket == nullptr) return {};
  const std::string& path = unixSocket->path;
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0)
    return errno == ENOENT ? missingFolder(path) : failure(path, errno);
  if (!S_ISSOCK(status.st_mode)) return path + " exists and is no socket";
  if (somebodyListens(where)) return path + ": another process listens there";
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure(path, errno);
  return {};
}

std::string setAccess(const conf::SocketAddress& where, unsigned mode, const std::string& group) {
  const auto* unixSocket = std::get_if<conf::UnixSocket>(&where);
  if (unixSocket == nullptr) return {};
  const char* path = unixSocket->path.c_str();
  if (!group.empty()) {
    gid_t number = 0;
    if (std::string error = groupNumber(group, number); !error.empty()) return error;
    if (::lchown(path, static_cast<uid_t>(-1), number) != 0) return failure(unixSocket->path, errno);
  }
  if (::chmod(path, mode) != 0) return failure(unixSocket->path, errno);
  return {};
}

int listeningDescriptor(const conf::SocketAddress& where) {
  constexpr int kHighest = 1024;  // it was opened at the start, when hardly any other was
  sockaddr_storage address{};
  (void)fillAddress(where, address);
  for (int descriptor = 0; descriptor < kHighest; ++descriptor) {
    if (listens(descriptor) && isAt(descriptor, address)) return descriptor;
  }
  return -1;
}

std::string sendAtOnce(const conf::SocketAddress& where) {
  if (!std::holds_alternative<conf::InetSocket>(where)) return {};
  const int socket = listeningDescriptor(where);
  if (socket < 0) return "no listening socket of this process is there";
  const int yes = 1;
  if (::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0) {
    return std::string("TCP_NODELAY: ") + std::strerror(errno);
  }
  return {};
}

int listenAt(const conf::SocketAddress& where) {
  sockaddr_storage address{};
  const socklen_t length = fillAddress(where, address);
  const int socket = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  const int yes = 1;
  (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), length) == 0 && ::listen(socket, 16) == 0) {
    return socket;
  }
  const int reason = errno;
  ::close(socket);
  errno = reason;
  return -1;
}

std::string whyNot(const conf::SocketAddress& where) {
  const int socket = listenAt(where);
  if (socket < 0) return std::strerror(errno);
  ::close(socket);
  removeSocket(where);
  return {};
}

void removeSocket(const conf::SocketAddress& where) noexcept {
  if (const auto* unixSocket = std::get_if<conf::UnixSocket>(&where)) ::unlink(unixSocket->path.c_str());
}

}  // namespace alignd::milter
