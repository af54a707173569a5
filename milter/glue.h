// The only part that knows libmilter: translates its callbacks and forwards them to Session.
#pragma once

#include <string>

#include "conf/settings.h"
#include "conf/socket_address.h"
#include "milter/services.h"

namespace alignd::milter::glue {

/// Registers the callbacks and opens the socket, which is the one of `settings`, at `where`. `services` must outlive the process's last callback. Empty
/// when all is well, otherwise what went wrong.
std::string open(const conf::Milter& settings, const conf::SocketAddress& where, Services& services);

/// Serves until stop(). False when libmilter gave up by itself.
bool run();

/// Any thread: run() returns soon; at once when the listener is kicked.
void stop();

/// Callbacks that are being executed now.
std::size_t activeCallbacks();

}  // namespace alignd::milter::glue
