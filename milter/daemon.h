// The process: start, reload, stop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "conf/load.h"
#include "dns/engine/server_watch.h"
#include "milter/failure_spool.h"
#include "milter/kick.h"
#include "milter/metrics_server.h"
#include "milter/services.h"

namespace alignd::milter {

class Daemon {
 public:
  explicit Daemon(std::string configPath) : configPath_(std::move(configPath)) {}

  /// Serves until SIGTERM or SIGINT. Gives the exit code (sysexits.h).
  int run(conf::Settings settings);

 private:
  int start(conf::Settings settings);
  void reload() noexcept;
  /// Tells the operator of DNS servers in trouble.
  void watchServers() noexcept;
  void takeOver(conf::Settings settings);
  void reopenVerdicts() noexcept;
  std::unique_ptr<MetricsServer> openMetrics(const conf::Metrics& settings);
  int serve();
  /// Looks after those who wait behind a client that stalls; true when there may be more of them.
  bool helpWaiting() noexcept;
  void drain(const conf::Milter& settings) noexcept;

  std::string configPath_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  RuntimeHolder runtime_;
  std::unique_ptr<dns::ProgressThreads> progress_;
  Registry registry_;
  Metrics metrics_;
  VerdictLog verdicts_{metrics_};
  TrustWatch trustWatch_;
  dns::ServerWatch serverWatch_;
  policy::FailureMemory failures_;
  FailureSpool failureSpool_{metrics_};
  std::unique_ptr<Kick> kick_;
  std::unique_ptr<Services> services_;
  // spdlog hands out plain pointers: a thread may still write to the logger before.
  std::shared_ptr<void> retiredLog_;
  std::size_t threads_ = 0;
  conf::SocketAddress socket_;
  std::unique_ptr<MetricsServer> metricsServer_;
};

}  // namespace alignd::milter
