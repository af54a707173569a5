// What systemd is told of the service's state (sd_notify(3)), by the environment's socket.
#pragma once

#include <string_view>

namespace alignd::milter {

/// "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=..."; nothing happens without $NOTIFY_SOCKET.
void notifyManager(std::string_view state) noexcept;

}  // namespace alignd::milter
