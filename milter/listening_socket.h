// The socket that MTAs connect to. A unix socket's file: made room for before the start, given its mode after it,
// removed at the end. An inet socket: told to send at once.
#pragma once

#include <string>

#include "conf/settings.h"
#include "conf/socket_address.h"

namespace alignd::milter {

/// Removes a socket file that nobody listens on. Empty when the path is free afterwards; otherwise why not:
/// somebody listens there, or it is no socket. Nothing is done for inet sockets.
std::string makeRoom(const conf::SocketAddress& where);

/// The group and mode of the settings. Empty when done, otherwise what went wrong.
std::string setAccess(const conf::SocketAddress& where, unsigned mode, const std::string& group);

/// A listening socket at `where`; -1 with errno. With a unix path, makeRoom comes first.
int listenAt(const conf::SocketAddress& where);

/// The descriptor of this process that listens at `where`: libmilter's own, which it does not tell. -1 when there is none.
int listeningDescriptor(const conf::SocketAddress& where);

/// Lets every connection that is accepted at `where` from now on send what it has at once (TCP_NODELAY, which accepted
/// sockets inherit on Linux). libmilter writes the inserted field and its last answer apart: by Nagle's algorithm (RFC
/// 896) the second would wait for the MTA's delayed acknowledgement, 40 ms. Empty when done, or nothing is to do (a unix
/// socket); otherwise what went wrong.
std::string sendAtOnce(const conf::SocketAddress& where);

/// Why nobody can listen at `where`, as errno puts it: libmilter does not say. Found out by trying; "" when it goes
/// well by now.
std::string whyNot(const conf::SocketAddress& where);

/// Removes the socket file, if there is one.
void removeSocket(const conf::SocketAddress& where) noexcept;

}  // namespace alignd::milter
