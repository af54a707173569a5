// Serves the metrics over HTTP to Prometheus and to curl: one thread, one request at a time, HTTP/1.0.
//
// Own code, because Debian's prometheus-cpp speaks TCP only and brings a whole web server with a thread pool
// into a process that reads hostile mail.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "conf/socket_address.h"

namespace alignd::milter {

class MetricsServer {
 public:
  /// Listens at once. `text` is called on the server's thread for each request. Throws std::system_error when
  /// it cannot listen.
  MetricsServer(conf::SocketAddress where, std::function<std::string()> text);
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;
  ~MetricsServer();

 private:
  void run() noexcept;
  void serve(int connection) const;

  conf::SocketAddress where_;
  std::function<std::string()> text_;
  int listener_ = -1;
  int stop_ = -1;  // an eventfd
  std::thread thread_;
};

/// The reply to a request whose head is `head` (up to and with the empty line): status line, head and body.
std::string httpReply(std::string_view head, const std::function<std::string()>& text);

}  // namespace alignd::milter
