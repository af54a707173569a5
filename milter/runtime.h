// Everything a message needs that a reload may change. Immutable: a message keeps the one it began with.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "conf/settings.h"
#include "dns/engine/service.h"
#include "verifier/authres/upstream.h"
#include "verifier/options.h"
#include "verifier/report/line.h"

namespace alignd::milter {

struct Runtime {
  conf::Settings settings;                                  // authserv_id filled in
  std::shared_ptr<const VerificationOptions> verification;  // of settings
  authres::UpstreamOptions upstream;                        // border hosts, when there are any
  Methods upstreamMethods;                                  // that are taken over from them
  std::shared_ptr<dns::Service> dns;
  std::shared_ptr<dns::Resolver> resolver;  // what messages ask: that of dns
  report::Format format = report::Format::Json;
  std::string localPartsKey;  // of hashes; empty when nothing is hashed
};

/// The name of this machine, "localhost" when it has none.
std::string hostName();

/// Starts DNS, or shares that of `previous` when its settings are the same, so that a reload keeps the cache.
/// Throws std::runtime_error or std::system_error when DNS cannot be started, or a key cannot be read.
std::shared_ptr<const Runtime> makeRuntime(conf::Settings settings, const Runtime* previous);

/// The one in force. Any thread.
class RuntimeHolder {
 public:
  std::shared_ptr<const Runtime> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void set(std::shared_ptr<const Runtime> runtime) {
    const std::lock_guard lock(mutex_);
    current_.swap(runtime);  // the old one is freed by the caller's parameter, outside the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Runtime> current_;
};

}  // namespace alignd::milter
