// The datagram socket at which a log daemon listens.
#pragma once

#include <string>

#include <sys/socket.h>
#include <sys/un.h>

#include "milter/patience.h"

namespace alignd::milter {

/// Found by its path at each datagram, so that a daemon that was started anew is found again; one that hangs holds up
/// one message for a second, and then none. Any thread.
class LogSocket {
 public:
  /// Throws std::system_error when nobody listens at `path`: of EPROTOTYPE when it is no socket for datagrams.
  explicit LogSocket(const std::string& path);
  LogSocket(const LogSocket&) = delete;
  LogSocket& operator=(const LogSocket&) = delete;
  ~LogSocket();

  /// Sends it there. False with errno when it is lost.
  bool send(msghdr message) noexcept;

 private:
  sockaddr_un address_{};
  int socket_;
  Patience patience_;
};

}  // namespace alignd::milter
