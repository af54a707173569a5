// The kick: a connection to our own milter socket that is closed at once. libmilter then starts a worker,
// which takes the queued sessions too; without it callbacks that block in the same instant queue behind two
// workers.
#pragma once

#include <sys/socket.h>

#include "conf/socket_address.h"

namespace alignd::milter {

class Kick {
 public:
  explicit Kick(const conf::SocketAddress& own);
  /// Any thread. Never blocks; errors do not matter: the next worker that ends serves the queue as well.
  void operator()() const noexcept;

 private:
  sockaddr_storage address_{};
  socklen_t length_ = 0;
};

/// `where` as the system's calls want it; gives the length.
socklen_t fillAddress(const conf::SocketAddress& where, sockaddr_storage& out);

}  // namespace alignd::milter
